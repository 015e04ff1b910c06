/** Words used everywhere in this folder. */

/** A member of the group: a whole number of at least 1. Nobody is null. */
export type NodeId = number;

/** Raft's logical clock: 0 before the first election, then rising. */
export type Term = number;

/** A place in the log: the first entry has index 1. */
export type Index = number;

/** What names an entry: no two different entries of a group have the same term and index (Log Matching). */
export interface EntryId {
  readonly term: Term;
  readonly index: Index;
}

/** Ascending, as everything is that goes through members: the same events then give the same messages in the same order. */
export function sortedIds(ids: Iterable<NodeId>): readonly NodeId[] {
  return [...ids].sort((a, b) => a - b);
}
