/** A node's whole log: stable storage and, behind it, what is still to be written; what of it is committed and applied. */
import { RaftError } from '../errors.ts';
import type { EntryId, Index, Term } from '../ids.ts';
import type { Rules } from '../rules.ts';
import { type Entry, limitBytes, type Snapshot } from './entry.ts';
import type { Storage } from './storage.ts';
import { Unstable } from './unstable.ts';

export class RaftLog {
  readonly #storage: Storage;
  readonly #rules: Rules;
  readonly unstable: Unstable;
  /** Known to be on a quorum's stable storage. */
  committed: Index;
  /** Handed out to be applied. */
  #applying: Index;
  /** applied <= applying <= committed. */
  #applied: Index;

  constructor(storage: Storage, rules: Rules, applied: Index) {
    this.#storage = storage;
    this.#rules = rules;
    this.unstable = new Unstable(storage.lastIndex + 1);
    this.committed = storage.firstIndex - 1;
    this.#applying = Math.max(applied, this.committed);
    this.#applied = this.#applying;
  }

  get applied(): Index {
    return this.#applied;
  }

  get firstIndex(): Index {
    const { snapshot } = this.unstable;
    return snapshot === null ? this.#storage.firstIndex : snapshot.index + 1;
  }

  get lastIndex(): Index {
    return this.unstable.lastIndex ?? this.#storage.lastIndex;
  }

  get lastId(): EntryId {
    const index = this.lastIndex;
    return { index, term: this.term(index) ?? 0 };
  }

  /** Null: compacted away, or beyond the end. */
  term(index: Index): Term | null {
    const unstable = this.unstable.term(index);
    if (unstable !== null) return unstable;
    if (index + 1 < this.firstIndex || index > this.lastIndex) return null;
    return this.#storage.term(index);
  }

  matches({ index, term }: EntryId): boolean {
    return this.term(index) === term;
  }

  /** From `from` up to, not including, `to`; null where some are compacted away. At least one where from < to. */
  slice(from: Index, to: Index, bytesMax: number): readonly Entry[] | null {
    if (from >= to) return [];
    if (from < this.firstIndex) return null;
    const { offset, entries } = this.unstable;
    if (from >= offset) return limitBytes(entries, from - offset, to - offset, bytesMax);
    const stable = this.#storage.entries(from, Math.min(to, offset), bytesMax);
    if (stable === null || to <= offset || stable.length < offset - from) return stable;
    return limitBytes([...stable, ...entries.slice(0, to - offset)], 0, to - from, bytesMax);
  }

  /** From `from` to the end; null where some are compacted away. */
  entriesFrom(from: Index, bytesMax: number): readonly Entry[] | null {
    return this.slice(from, this.lastIndex + 1, bytesMax);
  }

  /** What to send to a follower whose next entries are gone. */
  snapshot(): Snapshot {
    return this.unstable.snapshot ?? this.#storage.snapshot();
  }

  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const after = entries[0].index - 1;
    if (after < this.committed)
      throw new RaftError(
        'INVARIANT_BROKEN',
        'a committed entry would be replaced',
        after + 1,
        `above ${this.committed}`,
      );
    if (after > this.lastIndex)
      throw new RaftError('INVARIANT_BROKEN', 'the entries leave a gap', after + 1, `up to ${this.lastIndex + 1}`);
    this.unstable.truncateAndAppend(entries);
  }

  /**
   * A leader's entries after `previous` (AppendEntries, steps 2 to 5). Null: the logs do not agree at `previous`. Else the index of the
   * last entry that both have.
   */
  appendAfter(previous: EntryId, entries: readonly Entry[], leaderCommit: Index): Index | null {
    if (!this.#rules.mayAppendAfter(this.matches(previous))) return null;
    const last = previous.index + entries.length;
    const conflict = entries.findIndex((entry) => this.#rules.conflicts(this.term(entry.index), entry.term));
    if (conflict >= 0) this.append(entries.slice(conflict));
    // No further than what this message has shown to agree: our log may go on with entries that the leader does not have.
    this.commitTo(Math.min(leaderCommit, last));
    return last;
  }

  /** Whether a candidate whose log ends with `last` may be elected by us (Raft paper, 5.4.1). */
  isUpToDate(last: EntryId): boolean {
    return this.#rules.isUpToDate(last, this.lastId);
  }

  /**
   * Where, at or before `index`, our log may agree with one whose entry at `index` has `term`: going back, the first entry of no later
   * term. Skips whole terms at once (Raft paper, the end of 5.3). Term 0 where that is not known.
   */
  findConflictByTerm(index: Index, term: Term): EntryId {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at);
      if (ours === null) return { index: at, term: 0 };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: Index): void {
    if (index <= this.committed) return;
    if (index > this.lastIndex)
      throw new RaftError(
        'INVARIANT_BROKEN',
        'told to commit what is not there: was the log lost?',
        index,
        `up to ${this.lastIndex}`,
      );
    this.committed = index;
  }

  /** As leader of `term`: a quorum has everything up to `index`. True: more is committed now (Raft paper, 5.4.2). */
  commitByQuorum(index: Index, term: Term): boolean {
    if (index <= this.committed || !this.#rules.mayCommit(this.term(index), term)) return false;
    this.commitTo(index);
    return true;
  }

  /** Committed entries that were not handed out yet. None while a snapshot is being written: they come after it. */
  nextCommitted(bytesMax: number): readonly Entry[] {
    if (!this.hasNextCommitted) return [];
    return this.slice(this.#applying + 1, this.committed + 1, bytesMax) ?? [];
  }

  get hasNextCommitted(): boolean {
    return this.unstable.snapshot === null && this.#applying < this.committed;
  }

  handOutTo(index: Index): void {
    this.#applying = Math.max(this.#applying, index);
  }

  appliedTo(index: Index): void {
    if (index > this.committed || index < this.#applied)
      throw new RaftError('INVARIANT_BROKEN', 'applied out of order', index, `${this.#applied} to ${this.committed}`);
    this.#applied = index;
    this.#applying = Math.max(this.#applying, index);
  }

  restore(snapshot: Snapshot): void {
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }
}
