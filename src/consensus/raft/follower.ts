/** What a follower does (Raft paper, figure 2: Followers, and the receivers of AppendEntries and InstallSnapshot). */
import { membersOf } from './confchange/configuration.ts';
import { campaign } from './election.ts';
import type { Snapshot } from './log/entry.ts';
import { restoreConfiguration } from './membership.ts';
import type { Message, MessageOf } from './message.ts';
import type { Outcome, Raft } from './raft.ts';

export function stepFollower(raft: Raft, message: Message): Outcome {
  switch (message.type) {
    case 'propose':
    case 'transferLeadership':
      return passOn(raft, message);
    case 'appendEntries':
      hearOfLeader(raft, message);
      onAppendEntries(raft, message);
      return 'ok';
    case 'heartbeat':
      hearOfLeader(raft, message);
      raft.log.commitTo(message.commit);
      raft.send(message.from, { type: 'heartbeatReply' });
      return 'ok';
    case 'installSnapshot':
      hearOfLeader(raft, message);
      onInstallSnapshot(raft, message);
      return 'ok';
    case 'timeoutNow':
      // Without a pre-vote, whose point is not to disturb a leader: this one asked for it.
      campaign(raft, 'transfer');
      return 'ok';
    default:
      return 'ok';
  }
}

/** It may not know yet who leads in this term. */
function hearOfLeader(raft: Raft, { from }: Message): void {
  raft.electionElapsed = 0;
  raft.leader = from;
}

/** Forgets who leads, within the term: it will grant votes at once. For somebody who knows that the leader is gone. */
export function forgetLeader(raft: Raft): void {
  if (raft.role === 'follower' && !raft.options.leaseReads) raft.leader = null;
}

function passOn(raft: Raft, message: MessageOf<'propose'> | MessageOf<'transferLeadership'>): Outcome {
  if (raft.leader === null) return 'dropped';
  const { from, to, term, ...body } = message;
  raft.sendInTerm(raft.leader, 0, body);
  return 'ok';
}

function onAppendEntries(raft: Raft, { from, previous, entries, commit }: MessageOf<'appendEntries'>): void {
  const { log } = raft;
  // What is committed agrees with every later leader's log.
  if (previous.index < log.committed) {
    raft.send(from, { type: 'appendEntriesReply', index: log.committed, rejection: null });
    return;
  }
  const last = log.appendAfter(previous, entries, commit);
  if (last !== null) {
    raft.send(from, { type: 'appendEntriesReply', index: last, rejection: null });
    return;
  }
  const hint = log.findConflictByTerm(Math.min(previous.index, log.lastIndex), previous.term);
  raft.send(from, {
    type: 'appendEntriesReply',
    index: previous.index,
    rejection: { hint: hint.index, term: hint.term },
  });
}

function onInstallSnapshot(raft: Raft, { from, snapshot }: MessageOf<'installSnapshot'>): void {
  const index = restore(raft, snapshot) ? raft.log.lastIndex : raft.log.committed;
  raft.send(from, { type: 'appendEntriesReply', index, rejection: null });
}

/** False: it was of no use, or told no more than what is committed. */
function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { log } = raft;
  // A snapshot of a group that we are not in would leave us unable to take part.
  if (!membersOf(snapshot.configuration).includes(raft.id)) return false;
  const isInLog = log.matches(snapshot);
  if (!raft.options.rules.mayRestore(snapshot.index, log.committed, isInLog)) {
    if (isInLog) log.commitTo(snapshot.index);
    return false;
  }
  log.restore(snapshot);
  restoreConfiguration(raft, snapshot.configuration);
  return true;
}
