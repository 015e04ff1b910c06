/**
 * The end of the log that is not known to be on stable storage yet, and a snapshot on its way there.
 *
 *   stable | handed out to be written | not handed out yet
 *          ^ offset                   ^ handedOut
 */
import type { EntryId, Index, Term } from '../ids.ts';
import type { Entry, Snapshot } from './entry.ts';

export class Unstable {
  /** Index of the first entry here. */
  offset: Index;
  entries: Entry[] = [];
  snapshot: Snapshot | null = null;
  #handedOut: Index;
  #snapshotHandedOut = false;

  constructor(offset: Index) {
    this.offset = offset;
    this.#handedOut = offset;
  }

  /** Null: stable storage knows. */
  get lastIndex(): Index | null {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.index ?? null;
  }

  term(index: Index): Term | null {
    if (index < this.offset) return this.snapshot?.index === index ? this.snapshot.term : null;
    return this.entries[index - this.offset]?.term ?? null;
  }

  /** Entries to be written next. */
  get nextEntries(): readonly Entry[] {
    return this.entries.slice(this.#handedOut - this.offset);
  }

  get hasNextEntries(): boolean {
    return this.#handedOut < this.offset + this.entries.length;
  }

  get nextSnapshot(): Snapshot | null {
    return this.#snapshotHandedOut ? null : this.snapshot;
  }

  /** Everything here is being written. */
  handOut(): void {
    this.#handedOut = this.offset + this.entries.length;
    this.#snapshotHandedOut = this.snapshot !== null;
  }

  /** Everything up to this entry was written, unless it was replaced by another in the meantime. */
  stableTo({ index, term }: EntryId): void {
    if (index < this.offset || this.term(index) !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.#handedOut = Math.max(this.#handedOut, this.offset);
  }

  stableSnapshotTo(index: Index): void {
    if (this.snapshot?.index !== index) return;
    this.snapshot = null;
    this.#snapshotHandedOut = false;
  }

  restore(snapshot: Snapshot): void {
    this.offset = snapshot.index + 1;
    this.#handedOut = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.#snapshotHandedOut = false;
  }

  /** The entries follow each other and leave no gap; what lies at or after the first of them is replaced. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = entries[0].index;
    if (from <= this.offset) {
      this.offset = from;
      this.#handedOut = from;
      this.entries = [...entries];
      return;
    }
    this.entries.length = from - this.offset;
    for (const entry of entries) this.entries.push(entry);
    this.#handedOut = Math.min(this.#handedOut, from);
  }
}
