/** What a leader does (Raft paper, figure 2: Leaders). */
import type { Index, NodeId } from './ids.ts';
import type { EntryBody } from './log/entry.ts';
import { whyNoChange } from './membership.ts';
import type { Message, MessageOf } from './message.ts';
import type { Outcome, Raft } from './raft.ts';
import type { Progress } from './tracker/progress.ts';

export function stepLeader(raft: Raft, message: Message): Outcome {
  switch (message.type) {
    case 'propose':
      return propose(raft, message.entries);
    case 'appendEntriesReply':
      onAppendEntriesReply(raft, message);
      return 'ok';
    case 'heartbeatReply':
      onHeartbeatReply(raft, message.from);
      return 'ok';
    case 'transferLeadership':
      transferLeadership(raft, message.target);
      return 'ok';
    // A late vote, or a request of a leader, which there cannot be a second of in this term.
    default:
      return 'ok';
  }
}

export function tickLeader(raft: Raft): void {
  const { heartbeatTicks, checkQuorum } = raft.options;
  raft.heartbeatElapsed += 1;
  raft.electionElapsed += 1;
  if (raft.electionElapsed >= raft.electionTicks) {
    raft.electionElapsed = 0;
    if (checkQuorum) checkThatQuorumIsActive(raft);
    // Whoever was to take over has not: go on (thesis, 3.10).
    raft.transferee = null;
  }
  if (raft.role !== 'leader' || raft.heartbeatElapsed < heartbeatTicks) return;
  raft.heartbeatElapsed = 0;
  sendHeartbeats(raft);
}

/** Thesis, 6.2: a leader cut off from the others must not go on believing, and telling clients, that it leads. */
function checkThatQuorumIsActive(raft: Raft): void {
  if (!raft.isQuorumActive) raft.becomeFollower(raft.term, null);
  for (const [id, progress] of raft.progress) if (id !== raft.id) progress.recentActive = false;
}

export function sendHeartbeats(raft: Raft): void {
  for (const [id, progress] of raft.progress) {
    if (id === raft.id) continue;
    const commit = raft.options.rules.heartbeatCommit(raft.log.committed, progress.match);
    raft.send(id, { type: 'heartbeat', commit });
    progress.sentCommit(commit);
  }
}

// ---- proposals

/** Appends them all, or none. A change of membership that may not be made now becomes an empty entry. */
export function propose(raft: Raft, bodies: readonly EntryBody[]): Outcome {
  // One who leads and is no member any more commits what it has, and takes nothing new.
  if (!raft.progress.has(raft.id) || raft.transferee !== null) return 'dropped';
  const allowed = bodies.map((body, i): EntryBody => {
    if (body.type !== 'configuration') return body;
    if (whyNoChange(raft, body.change) !== null) return { type: 'normal', data: new Uint8Array(0) };
    // Should the append fail, this only makes the next change wait until that index is applied.
    raft.pendingConfiguration = raft.log.lastIndex + 1 + i;
    return body;
  });
  if (!raft.append(allowed)) return 'dropped';
  broadcastAppend(raft);
  return 'ok';
}

// ---- replication (paper, 5.3)

/** To everybody, even without entries: it tells the commit index. */
export function broadcastAppend(raft: Raft): void {
  for (const [id, progress] of raft.progress) if (id !== raft.id) sendAppend(raft, id, progress, true);
}

/** To whoever lacks entries. */
export function probeOthers(raft: Raft): void {
  for (const [id, progress] of raft.progress) if (id !== raft.id) sendAppend(raft, id, progress, false);
}

/** Sends what the member lacks, as far as one message holds. False: nothing was sent. */
function sendAppend(raft: Raft, id: NodeId, progress: Progress, evenEmpty: boolean): boolean {
  if (progress.isPaused) return false;
  const previousIndex = progress.next - 1;
  const previousTerm = raft.log.term(previousIndex);
  if (previousTerm === null) return sendSnapshot(raft, id, progress);
  // With its window full, only an empty message goes out: should all that are on their way be lost, its answer gets things moving again.
  const mayCarry = progress.state !== 'replicate' || !progress.inflights.isFull;
  const entries = mayCarry ? raft.log.entriesFrom(progress.next, raft.options.messageBytesMax) : [];
  if (entries === null) return sendSnapshot(raft, id, progress);
  if (entries.length === 0 && !evenEmpty) return false;
  const commit = raft.log.committed;
  raft.send(id, { type: 'appendEntries', previous: { index: previousIndex, term: previousTerm }, entries, commit });
  progress.sentEntries(entries.length);
  progress.sentCommit(commit);
  return true;
}

/** Only to somebody who lives: a snapshot is large (paper, section 7). */
function sendSnapshot(raft: Raft, id: NodeId, progress: Progress): boolean {
  if (!progress.recentActive) return false;
  const snapshot = raft.log.snapshot();
  raft.send(id, { type: 'installSnapshot', snapshot });
  progress.becomeSnapshot(snapshot.index);
  return true;
}

function onAppendEntriesReply(raft: Raft, { from, index, rejection }: MessageOf<'appendEntriesReply'>): void {
  const progress = raft.progress.get(from);
  if (progress === undefined) return;
  progress.recentActive = true;
  if (rejection !== null) {
    // Whole terms are skipped on both sides: the follower's hint, then ours (the end of 5.3).
    const agree =
      rejection.term > 0 ? raft.log.findConflictByTerm(rejection.hint, rejection.term).index : rejection.hint;
    if (!progress.rejected(index, agree)) return;
    if (progress.state === 'replicate') progress.becomeProbe();
    sendAppend(raft, from, progress, true);
    return;
  }
  const isNews = progress.accepted(index);
  if (!isNews && !(progress.match === index && progress.state === 'probe')) return;
  resume(raft, progress, index);
  if (raft.commit()) broadcastAppend(raft);
  // Not necessary, as heartbeats tell the commit index too; but it is there sooner.
  else if (from !== raft.id && progress.canUseCommit(raft.log.committed)) sendAppend(raft, from, progress, true);
  if (from === raft.id) return;
  // Room in the window: fill it.
  while (sendAppend(raft, from, progress, false));
  if (from === raft.transferee && progress.match === raft.log.lastIndex) raft.send(from, { type: 'timeoutNow' });
}

/** The member has acknowledged `index`: go on as fast as possible. */
function resume(raft: Raft, progress: Progress, index: Index): void {
  if (progress.state === 'probe') progress.becomeReplicate();
  else if (progress.state === 'replicate') progress.inflights.freeUpTo(index);
  // Whatever index the snapshot had that it took: from here on the log goes on.
  else if (progress.match + 1 >= raft.log.firstIndex) progress.becomeReplicate();
}

function onHeartbeatReply(raft: Raft, from: NodeId): void {
  const progress = raft.progress.get(from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.flowPaused = false;
  // One that is up to date and probed, after it was unreachable, gets an empty message: its answer takes it back to replicate.
  if (progress.match < raft.log.lastIndex || progress.state === 'probe') sendAppend(raft, from, progress, true);
}

// ---- what the driver and others report

/** The transport gave up on a message. Under pipelining much else is likely lost, so find out where the member stands. */
export function onUnreachable(raft: Raft, id: NodeId): void {
  const progress = raft.progress.get(id);
  if (raft.role === 'leader' && progress?.state === 'replicate') progress.becomeProbe();
}

/** The transport has delivered a snapshot, or failed to. Without a report, the leader waits for the member's own word. */
export function onSnapshotReport(raft: Raft, id: NodeId, delivered: boolean): void {
  const progress = raft.progress.get(id);
  if (raft.role !== 'leader' || progress?.state !== 'snapshot') return;
  if (!delivered) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  // Delivered: its answer comes by itself. Failed: try again at the next heartbeat, not at once.
  progress.flowPaused = true;
}

/** Thesis, 3.10: bring the member up to date, then tell it to start an election, which it wins unless messages are lost. */
export function transferLeadership(raft: Raft, target: NodeId): void {
  const progress = raft.progress.get(target);
  if (progress === undefined || progress.isLearner || target === raft.id || raft.transferee === target) return;
  raft.electionElapsed = 0;
  raft.transferee = target;
  if (progress.match === raft.log.lastIndex) raft.send(target, { type: 'timeoutNow' });
  else sendAppend(raft, target, progress, true);
}
