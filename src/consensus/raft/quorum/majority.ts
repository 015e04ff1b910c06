/** Decisions by simple majority (Raft paper, 5.1). A set of no voters agrees to everything, which makes it neutral in a joint quorum. */
import type { Index, NodeId } from '../ids.ts';

export type VoteResult = 'pending' | 'lost' | 'won';

/** Highest index each voter is known to have on stable storage; nothing where nothing is known. */
export interface AckedIndexes {
  get(id: NodeId): Index | undefined;
}

/** Votes as they came in; nothing where none came. */
export interface Votes {
  get(id: NodeId): boolean | undefined;
}

/** How many of n voters bind the others. Any two sets of this size share a member. */
export type QuorumSize = (n: number) => number;

export const majorityOf: QuorumSize = (n) => Math.floor(n / 2) + 1;

/** The highest index that a quorum of the voters has stored; Infinity without voters. */
export function majorityCommitted(
  voters: readonly NodeId[],
  acked: AckedIndexes,
  quorum: QuorumSize = majorityOf,
): Index {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const indexes = voters.map((id) => acked.get(id) ?? 0).sort((a, b) => b - a);
  return indexes[quorum(voters.length) - 1];
}

/** Lost as soon as those who have not voted cannot win it any more. */
export function majorityVote(voters: readonly NodeId[], votes: Votes, quorum: QuorumSize = majorityOf): VoteResult {
  let yes = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing += 1;
    else if (vote) yes += 1;
  }
  const needed = voters.length === 0 ? 0 : quorum(voters.length);
  if (yes >= needed) return 'won';
  return yes + missing >= needed ? 'pending' : 'lost';
}
