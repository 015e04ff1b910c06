/** What is on stable storage, as Raft reads it. Reading is from memory and does not fail: a driver that keeps a log on disk has it there too. */
import { type Configuration, EMPTY_CONFIGURATION } from '../confchange/configuration.ts';
import { RaftError } from '../errors.ts';
import type { EntryId, Index, Term } from '../ids.ts';
import { EMPTY_HARD_STATE, type Entry, type HardState, limitBytes, type Snapshot } from './entry.ts';

export interface Storage {
  readonly hardState: HardState;
  /** As of the newest entry applied when the node starts. */
  readonly configuration: Configuration;
  /** Index of the first entry that is still there: the ones before are in the snapshot. */
  readonly firstIndex: Index;
  /** firstIndex - 1 where there is no entry. */
  readonly lastIndex: Index;
  /** Of the entry at firstIndex - 1 up to that at lastIndex; null outside. */
  term(index: Index): Term | null;
  /** From `from` up to, not including, `to`: at least one, then up to so many bytes; null where some are gone. */
  entries(from: Index, to: Index, bytesMax: number): readonly Entry[] | null;
  /** Covers at least every entry before firstIndex. */
  snapshot(): Snapshot;
}

const NO_DATA = new Uint8Array(0);

/** Storage that forgets everything when the process ends, for tests, simulators, and as the view of a log on disk. */
export class MemoryStorage implements Storage {
  #hardState: HardState = EMPTY_HARD_STATE;
  #snapshot: Snapshot;
  /** The entry before the first one. */
  #before: EntryId = { index: 0, term: 0 };
  #entries: Entry[] = [];

  /** @param configuration who is a member before anything is in the log; nobody unless given: such a node waits for a snapshot */
  constructor(configuration: Configuration = EMPTY_CONFIGURATION) {
    this.#snapshot = { index: 0, term: 0, configuration, data: NO_DATA };
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get configuration(): Configuration {
    return this.#snapshot.configuration;
  }

  get firstIndex(): Index {
    return this.#before.index + 1;
  }

  get lastIndex(): Index {
    return this.#before.index + this.#entries.length;
  }

  term(index: Index): Term | null {
    if (index === this.#before.index) return this.#before.term;
    return this.#entries[index - this.firstIndex]?.term ?? null;
  }

  entries(from: Index, to: Index, bytesMax: number): readonly Entry[] | null {
    if (from < this.firstIndex || to > this.lastIndex + 1) return null;
    return limitBytes(this.#entries, from - this.firstIndex, to - this.firstIndex, bytesMax);
  }

  snapshot(): Snapshot {
    return this.#snapshot;
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** Replaces everything. */
  restore(snapshot: Snapshot): void {
    if (snapshot.index < this.#snapshot.index)
      throw new RaftError(
        'BAD_STORAGE',
        'the snapshot is older than the one here',
        snapshot.index,
        `at least ${this.#snapshot.index}`,
      );
    this.#snapshot = snapshot;
    this.#before = { index: snapshot.index, term: snapshot.term };
    this.#entries = [];
  }

  /** The entries follow each other; what lies at or after the first of them is replaced. */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const at = entries[0].index - this.firstIndex;
    if (at < 0 || at > this.#entries.length)
      throw new RaftError(
        'BAD_STORAGE',
        'the entries leave a gap',
        entries[0].index,
        `${this.firstIndex} to ${this.lastIndex + 1}`,
      );
    this.#entries.length = at;
    for (const entry of entries) this.#entries.push(entry);
  }

  /** Keeps a snapshot of the machine after the entry at its index, which must be applied. */
  setSnapshot(snapshot: Snapshot): void {
    if (snapshot.index >= this.#snapshot.index) this.#snapshot = snapshot;
  }

  /** Forgets the entries up to and including `index`. A snapshot must cover them. */
  compact(index: Index): void {
    const term = this.term(index);
    if (term === null)
      throw new RaftError(
        'BAD_STORAGE',
        'there is no such entry to compact',
        index,
        `${this.firstIndex - 1} to ${this.lastIndex}`,
      );
    this.#entries.splice(0, index - this.#before.index);
    this.#before = { index, term };
  }
}
