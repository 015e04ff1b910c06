/** The open proposals that can go into a block, in the order in which they became ready. */
import type { Item } from '../block.ts';
import type { OfferedProposal } from '../protocol.ts';

/** An open proposal. */
export interface Entry {
  proposal: OfferedProposal;
  /** Null while the check waits. */
  item: Item | null;
  /** Times that a block with it found no quorum. */
  failures: number;
  /** How many proposals had been decided in all when the last of these blocks failed. */
  contestedAt: number;
  /** The list that it is in, and its neighbours there. Written by EntryList alone. */
  list: EntryList | null;
  before: Entry | null;
  after: Entry | null;
}

/** Linked through the entries themselves: to add and to remove one takes no search and no memory. */
export class EntryList {
  #first: Entry | null = null;
  #last: Entry | null = null;

  get first(): Entry | null {
    return this.#first;
  }

  /** To the end, if it is not in the list already. It may be in no other. */
  add(entry: Entry): void {
    if (entry.list === this) return;
    entry.list = this;
    entry.before = this.#last;
    if (this.#last === null) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
  }

  remove(entry: Entry): void {
    if (entry.list !== this) return;
    const { before, after } = entry;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    entry.list = null;
    entry.before = null;
    entry.after = null;
  }
}
