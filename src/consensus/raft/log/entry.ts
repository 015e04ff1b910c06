/** What is in the log, and what stands for a log's beginning. */
import type { Change } from '../confchange/change.ts';
import type { Configuration } from '../confchange/configuration.ts';
import type { EntryId, Index, NodeId, Term } from '../ids.ts';

/**
 * How a change of membership passes: `auto` by way of a joint state where more than one voter changes, which is then left by itself;
 * `implicit` always by way of one, left by itself; `explicit` always by way of one, left by an empty change that somebody proposes.
 */
export type Transition = 'auto' | 'implicit' | 'explicit';

/** Without changes: leave the joint state. */
export interface ConfigurationChange {
  readonly transition: Transition;
  readonly changes: readonly Change[];
  /** Proposed in the form of a single change, as before joint consensus. It does the same; etcd writes it differently. */
  readonly single: boolean;
}

export type EntryBody =
  /** Empty data is what a new leader appends to commit what came before it (Raft paper, section 8). */
  | { readonly type: 'normal'; readonly data: Uint8Array }
  | { readonly type: 'configuration'; readonly change: ConfigurationChange };

export type Entry = EntryId & EntryBody;

/** What a node must not forget, beside its log (Raft paper, figure 2: persistent state). The commit index may be forgotten. */
export interface HardState {
  readonly term: Term;
  /** Whom it voted for in this term. */
  readonly vote: NodeId | null;
  readonly commit: Index;
}

export const EMPTY_HARD_STATE: HardState = { term: 0, vote: null, commit: 0 };

/** The state of the replicated machine after an entry, and who was a member then (Raft paper, section 7). */
export interface Snapshot extends EntryId {
  readonly configuration: Configuration;
  readonly data: Uint8Array;
}

/** What an entry counts for where sizes are limited, bytes. */
const ENTRY_OVERHEAD_BYTES = 16;

export function entryBytes(entry: EntryBody): number {
  return ENTRY_OVERHEAD_BYTES + payloadBytes(entry);
}

/** Zero for a leader's empty entry. */
export function payloadBytes(entry: EntryBody): number {
  return entry.type === 'normal' ? entry.data.length : ENTRY_OVERHEAD_BYTES * entry.change.changes.length;
}

/** A copy of `entries` from `start` up to, not including, `end`, as far as they fit into `bytesMax`; the first always does. */
export function limitBytes(entries: readonly Entry[], start: number, end: number, bytesMax: number): readonly Entry[] {
  let bytes = 0;
  for (let at = start; at < end; at++) {
    bytes += entryBytes(entries[at]);
    if (at > start && bytes > bytesMax) return entries.slice(start, at);
  }
  return entries.slice(start, end);
}
