/** What a candidate and a pre-candidate do (Raft paper, 5.2; thesis, 9.6). */
import { countVote, startCampaign } from './election.ts';
import { stepFollower } from './follower.ts';
import { broadcastAppend } from './leader.ts';
import type { Message, MessageOf } from './message.ts';
import type { Outcome, Raft } from './raft.ts';

export function stepCandidate(raft: Raft, message: Message): Outcome {
  switch (message.type) {
    case 'propose':
      return 'dropped';
    // Somebody leads in this term.
    case 'appendEntries':
    case 'heartbeat':
    case 'installSnapshot':
      raft.becomeFollower(message.term, message.from);
      return stepFollower(raft, message);
    case 'requestVoteReply':
      onRequestVoteReply(raft, message);
      return 'ok';
    default:
      return 'ok';
  }
}

function onRequestVoteReply(raft: Raft, { from, preVote, granted }: MessageOf<'requestVoteReply'>): void {
  // A late answer to the question before is none to this one.
  if (preVote !== (raft.role === 'preCandidate')) return;
  const result = countVote(raft, from, granted);
  if (result === 'lost') raft.becomeFollower(raft.term, null);
  if (result !== 'won') return;
  if (raft.role === 'preCandidate') {
    startCampaign(raft, 'election');
    if (!raft.options.rules.preVotesElect) return;
  }
  raft.becomeLeader();
  broadcastAppend(raft);
}
