/** A validator's own view of the proposals that are open: what it checked, and what a block of its own would hold. Not agreed on. */
import type { Block, Item } from '../block.ts';
import { sameVerdict } from '../block.ts';
import type { Hash } from '../encoding.ts';
import type { Check, OfferedProposal } from '../protocol.ts';
import { shorten } from './decided-window.ts';
import { type Entry, EntryList } from './entry-list.ts';

export type Agreement = 'agree' | 'disagree' | 'wait';

export class Pool {
  /** In offset order. */
  readonly #entries = new Map<number, Entry>();
  readonly #digests = new Map<string, Entry>();
  /** Those that never failed, and those that did. */
  readonly #fresh = new EntryList();
  readonly #contested = new EntryList();

  get size(): number {
    return this.#entries.size;
  }

  /** Whether there is anything to put into a block. */
  get hasReady(): boolean {
    return this.#fresh.first !== null || this.#contested.first !== null;
  }

  get hasFresh(): boolean {
    return this.#fresh.first !== null;
  }

  /** Lowest open offset, or null. */
  get lowest(): number | null {
    const first = this.#entries.keys().next();
    return first.done ? null : first.value;
  }

  /** A copy of an open proposal at another offset is left out: the first will be decided, and that settles both. */
  offer(proposal: OfferedProposal, check: Check): void {
    const { offset, digest } = proposal;
    const key = shorten(digest);
    const known = this.#digests.get(key);
    if (known !== undefined && known.proposal.offset !== offset) return;
    const item = toItem(proposal, check);
    let entry = known ?? this.#entries.get(offset);
    if (entry === undefined) {
      entry = { proposal, item, failures: 0, contestedAt: 0, list: null, before: null, after: null };
      this.#entries.set(offset, entry);
    } else {
      entry.list?.remove(entry);
      if (known === undefined) this.#digests.delete(shorten(entry.proposal.digest));
      entry.proposal = proposal;
      entry.item = item;
    }
    if (known === undefined) this.#digests.set(key, entry);
    if (item !== null) (entry.failures === 0 ? this.#fresh : this.#contested).add(entry);
  }

  /**
   * Items for a block: contested ones that are overdue first, then those never contested, else a few of the least contested; of contested ones
   * the fewer the more often they failed, halving down to one.
   *
   * `overdue`: those that no more than so many proposals had been decided before they failed last; see DecidedWindow. Where the others always went
   * first, a liar that makes honest leaders' proposals look contested could keep them out until they are too old to be decided.
   * `isTaken`: offsets to leave out, because another block of the same proposer holds them already.
   */
  pick(max: number, overdue: number, isTaken: (offset: number) => boolean = nothingTaken): Item[] {
    const late = this.#pickContested(max, ({ contestedAt }) => contestedAt <= overdue, isTaken);
    if (late.length > 0) return late;
    const items: Item[] = [];
    for (let entry = this.#fresh.first; entry !== null && items.length < max; entry = entry.after) {
      const { item } = entry;
      if (item !== null && !isTaken(item.offset)) items.push(item);
    }
    if (items.length > 0) return items;
    const least = this.leastFailures();
    return this.#pickContested(max, ({ failures }) => failures === least, isTaken);
  }

  /** The first that qualifies, and a few more that failed as often. */
  #pickContested(max: number, qualifies: (entry: Entry) => boolean, isTaken: (offset: number) => boolean): Item[] {
    const items: Item[] = [];
    let failures = 0;
    for (let entry = this.#contested.first; entry !== null; entry = entry.after) {
      const { item } = entry;
      if (item === null || !qualifies(entry) || isTaken(item.offset)) continue;
      if (items.length === 0) ({ failures } = entry);
      if (entry.failures === failures) items.push(item);
      if (items.length >= Math.max(1, Math.floor(max / 2 ** failures))) break;
    }
    return items;
  }

  leastFailures(): number {
    let least = Number.POSITIVE_INFINITY;
    for (let entry = this.#contested.first; entry !== null; entry = entry.after)
      least = Math.min(least, entry.failures);
    return least;
  }

  /** Whether this validator's own checks say what the block says. */
  compare(block: Block): Agreement {
    let waits = false;
    for (const item of block.items) {
      const entry = this.#entries.get(item.offset);
      if (entry === undefined || entry.item === null) waits = true;
      else if (!sameVerdict(entry.item, item)) return 'disagree';
    }
    return waits ? 'wait' : 'agree';
  }

  /** The block found no quorum in its view. `decided`: proposals decided so far. */
  contest(block: Block, decided: number): void {
    for (const { offset } of block.items) {
      const entry = this.#entries.get(offset);
      if (entry === undefined) continue;
      entry.failures++;
      entry.contestedAt = decided;
      this.#fresh.remove(entry);
      if (entry.item !== null) this.#contested.add(entry);
    }
  }

  settle(items: readonly Item[]): void {
    for (const { offset, digest } of items) {
      // Itself, or a copy of it.
      const open = this.#digests.get(shorten(digest));
      if (open !== undefined) this.#remove(open);
      if (open?.proposal.offset === offset) continue;
      const other = this.#entries.get(offset);
      if (other !== undefined) this.#remove(other);
    }
  }

  /** Removes what was decided while this validator was not told item by item. */
  settleWhere(isSettled: (offset: number, digest: Hash) => boolean): void {
    for (const [offset, entry] of this.#entries) if (isSettled(offset, entry.proposal.digest)) this.#remove(entry);
  }

  /** Removes and returns what lies at or below `floor`. */
  dropThrough(floor: number): OfferedProposal[] {
    const dropped: OfferedProposal[] = [];
    if (floor < 0) return dropped;
    for (const [offset, entry] of this.#entries) {
      if (offset > floor) break;
      dropped.push(entry.proposal);
      this.#remove(entry);
    }
    return dropped;
  }

  /** All of it, as plain data. */
  inspect(): unknown {
    return Array.from(this.#entries, ([offset, { proposal, item, failures, contestedAt }]) => [
      offset,
      { proposal, item, failures, contestedAt },
    ]);
  }

  #remove(entry: Entry): void {
    const { offset, digest } = entry.proposal;
    this.#entries.delete(offset);
    this.#digests.delete(shorten(digest));
    entry.list?.remove(entry);
  }
}

function nothingTaken(): boolean {
  return false;
}

function toItem({ offset, digest, decidedMs }: OfferedProposal, check: Check): Item | null {
  if (check.verdict === 'wait') return null;
  const approved = check.verdict === 'approve';
  const reason = approved ? '' : check.reason;
  return {
    offset,
    digest: digest satisfies Hash,
    verdict: approved ? 'APPROVED' : 'REJECTED',
    reason,
    dryRun: check.dryRun,
    decidedMs,
  };
}
