/** Elections: asking for votes, giving them, counting them (Raft paper, 5.2 and 5.4.1; thesis, 9.6). */
import type { NodeId } from './ids.ts';
import type { MessageOf } from './message.ts';
import { jointVote, votersOf } from './quorum/joint.ts';
import type { VoteResult } from './quorum/majority.ts';
import type { Raft } from './raft.ts';

export type Campaign = 'preElection' | 'election' | 'transfer';

/** Does nothing as leader, as somebody who may not be elected, and while a committed change of membership waits to be applied. */
export function campaign(raft: Raft, kind: Campaign): void {
  if (raft.role === 'leader' || !raft.isPromotable || hasUnappliedChange(raft)) return;
  startCampaign(raft, kind);
}

export function startCampaign(raft: Raft, kind: Campaign): void {
  const preVote = kind === 'preElection';
  if (preVote) raft.becomePreCandidate();
  else raft.becomeCandidate();
  const term = preVote ? raft.term + 1 : raft.term;
  const last = raft.log.lastId;
  // Its own vote counts once it is on stable storage, like everybody's.
  for (const id of votersOf(raft.configuration.voters))
    if (id === raft.id) raft.sendInTerm(id, term, { type: 'requestVoteReply', preVote, granted: true });
    else raft.sendInTerm(id, term, { type: 'requestVote', preVote, last, transfer: kind === 'transfer' });
}

/** Counts a vote, the first of each only. */
export function countVote(raft: Raft, from: NodeId, granted: boolean): VoteResult {
  if (!raft.votes.has(from)) raft.votes.set(from, granted);
  return jointVote(raft.configuration.voters, raft.votes, raft.options.rules.quorum);
}

export function onRequestVote(raft: Raft, { from, term, preVote, last }: MessageOf<'requestVote'>): void {
  const mayVote = raft.options.rules.mayVote(from, raft.vote, raft.leader) || (preVote && term > raft.term);
  if (!mayVote || !raft.log.isUpToDate(last)) {
    raft.send(from, { type: 'requestVoteReply', preVote, granted: false });
    return;
  }
  // The term of the request: a pre-vote is for a term that we do not have yet.
  raft.sendInTerm(from, term, { type: 'requestVoteReply', preVote, granted: true });
  if (preVote) return;
  raft.electionElapsed = 0;
  raft.vote = from;
}

/** Somebody who does not know yet that it was removed must not be elected by those who do not know it either. */
function hasUnappliedChange({ log, options }: Raft): boolean {
  for (let from = log.applied + 1; from <= log.committed; ) {
    const entries = log.slice(from, log.committed + 1, options.messageBytesMax);
    if (entries === null) return false;
    if (entries.some(({ type }) => type === 'configuration')) return true;
    from += entries.length;
  }
  return false;
}
