/** What a replica writes to its own disk, as records in a file that only grows; and the storage that they amount to. */
import type { Configuration } from './confchange/configuration.ts';
import type { Index, NodeId, Term } from './ids.ts';
import type { Entry, Snapshot } from './log/entry.ts';
import { MemoryStorage } from './log/storage.ts';
import type { Ready } from './node.ts';

/**
 * Any number of them, from the first on, may be on the disk after a crash, so their order within a write matters: a vote before the
 * entries of its term, and a commit index after the entries that it is about.
 */
export type RaftRecord =
  | { readonly type: 'vote'; readonly term: Term; readonly vote: NodeId | null }
  /** Replaces the whole log. */
  | { readonly type: 'installed'; readonly snapshot: Snapshot }
  /** Replaces whatever lies at its index and after. */
  | { readonly type: 'entry'; readonly entry: Entry }
  | { readonly type: 'commit'; readonly index: Index }
  /** Entries up to `through` are forgotten: the snapshot covers them. */
  | { readonly type: 'compacted'; readonly snapshot: Snapshot; readonly through: Index };

/** What must be on the disk before any message of `ready` leaves. Empty: nothing. */
export function recordsOf({ snapshot, entries, hardState, mustSync }: Ready): readonly RaftRecord[] {
  const records: RaftRecord[] = [];
  if (mustSync && hardState !== null) records.push({ type: 'vote', term: hardState.term, vote: hardState.vote });
  if (snapshot !== null) records.push({ type: 'installed', snapshot });
  for (const entry of entries) records.push({ type: 'entry', entry });
  return records;
}

/** @param configuration who was a member when the group began */
export function storageOf(records: readonly RaftRecord[], configuration: Configuration): MemoryStorage {
  const storage = new MemoryStorage(configuration);
  for (const record of records) applyRecord(storage, record);
  return storage;
}

export function applyRecord(storage: MemoryStorage, record: RaftRecord): void {
  const { hardState } = storage;
  switch (record.type) {
    case 'vote':
      storage.setHardState({ ...hardState, term: record.term, vote: record.vote });
      break;
    case 'installed':
      storage.restore(record.snapshot);
      storage.setHardState({ ...hardState, commit: record.snapshot.index });
      break;
    case 'entry':
      storage.append([record.entry]);
      break;
    case 'commit':
      storage.setHardState({ ...hardState, commit: record.index });
      break;
    case 'compacted':
      storage.setSnapshot(record.snapshot);
      storage.compact(record.through);
      break;
  }
}
