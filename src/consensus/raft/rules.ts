/**
 * What the safety of Raft rests on, each in one place. A node takes them as an argument so that the simulator can break one at a time
 * and see that its checkers notice; in production it is always RULES.
 */

import type { EntryId, Index, NodeId, Term } from './ids.ts';
import type { HardState } from './log/entry.ts';
import { majorityOf, type QuorumSize } from './quorum/majority.ts';

export interface Rules {
  /** How many of n voters elect a leader and commit an entry. Any two such sets share a member. */
  readonly quorum: QuorumSize;

  /**
   * One vote a term (paper, 5.2): again for whom we voted for, else only while we have neither voted nor heard of a leader.
   */
  mayVote(candidate: NodeId, vote: NodeId | null, leader: NodeId | null): boolean;

  /** The candidate's log holds everything committed (paper, 5.4.1): later last term, or the same and no shorter. */
  isUpToDate(candidate: EntryId, own: EntryId): boolean;

  /** Being granted enough pre-votes starts an election and does not win it (thesis, 9.6). */
  readonly preVotesElect: boolean;

  /** Entries are appended only after an entry that both logs have (paper, 5.3: the consistency check). */
  mayAppendAfter(matches: boolean): boolean;

  /**
   * Only an entry that differs replaces ours, and all after it (AppendEntries, step 3). A message may be late: what it
   * agrees with must stay, for more may have been acknowledged since.
   */
  conflicts(own: Term | null, leader: Term): boolean;

  /** A heartbeat shows no agreement, so it commits no further than what the follower has acknowledged. */
  heartbeatCommit(committed: Index, match: Index): Index;

  /** A leader counts replicas only for entries of its own term (paper, 5.4.2 and figure 8). */
  mayCommit(entry: Term | null, current: Term): boolean;

  /**
   * A snapshot replaces the log only where it is ahead of what is committed. Where the log has its last entry, all of the log stays: more of it
   * may have been acknowledged (paper, section 7).
   */
  mayRestore(snapshot: Index, committed: Index, isInLog: boolean): boolean;

  /** Term, vote and entries are on stable storage before anything said after them leaves (paper, figure 2). The commit index can wait. */
  mustSync(next: HardState, previous: HardState, entryCount: number): boolean;
}

export const RULES: Rules = Object.freeze({
  quorum: majorityOf,
  mayVote: (candidate, vote, leader) => vote === candidate || (vote === null && leader === null),
  isUpToDate: (candidate, own) =>
    candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index),
  preVotesElect: false,
  mayAppendAfter: (matches) => matches,
  conflicts: (own, leader) => own !== leader,
  heartbeatCommit: (committed, match) => Math.min(committed, match),
  mayCommit: (entry, current) => entry === current,
  mayRestore: (snapshot, committed, isInLog) => snapshot > committed && !isInLog,
  mustSync: (next, previous, entryCount) =>
    entryCount > 0 || next.term !== previous.term || next.vote !== previous.vote,
} satisfies Rules);
