/** Joint consensus (Raft paper, section 6): while membership changes, a majority of the old voters and one of the new must agree. */
import { type Index, type NodeId, sortedIds } from '../ids.ts';
import {
  type AckedIndexes,
  majorityCommitted,
  majorityOf,
  majorityVote,
  type QuorumSize,
  type VoteResult,
  type Votes,
} from './majority.ts';

/** Two sets of voters, each ascending. Outside of a transition the outgoing one is empty. */
export interface JointVoters {
  readonly incoming: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
}

/** The highest index that is committed in both sets; Infinity where both are empty. */
export function jointCommitted(
  { incoming, outgoing }: JointVoters,
  acked: AckedIndexes,
  quorum: QuorumSize = majorityOf,
): Index {
  return Math.min(majorityCommitted(incoming, acked, quorum), majorityCommitted(outgoing, acked, quorum));
}

/** Won where both sets are won, lost where one is. */
export function jointVote(
  { incoming, outgoing }: JointVoters,
  votes: Votes,
  quorum: QuorumSize = majorityOf,
): VoteResult {
  const first = majorityVote(incoming, votes, quorum);
  const second = majorityVote(outgoing, votes, quorum);
  if (first === second) return first;
  return first === 'lost' || second === 'lost' ? 'lost' : 'pending';
}

/** Everybody who votes in either set, ascending, each once. */
export function votersOf({ incoming, outgoing }: JointVoters): readonly NodeId[] {
  if (outgoing.length === 0) return incoming;
  return sortedIds(new Set([...incoming, ...outgoing]));
}
