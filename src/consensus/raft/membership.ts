/** Changes of membership in a running node (Raft paper, section 6; thesis, chapter 4). What a change does is in confchange/. */
import { type ChangeContext, changeSimple, enterJoint, leaveJoint, type Membership } from './confchange/change.ts';
import { type Configuration, isJoint } from './confchange/configuration.ts';
import { RaftError } from './errors.ts';
import { broadcastAppend, probeOthers } from './leader.ts';
import type { ConfigurationChange, EntryBody } from './log/entry.ts';
import { votersOf } from './quorum/joint.ts';
import type { Raft } from './raft.ts';

/** What a leader appends by itself to leave a joint state. */
export const LEAVE_JOINT: EntryBody = {
  type: 'configuration',
  change: { transition: 'auto', changes: [], single: false },
};

/**
 * Why a change may not be proposed now; null where it may. One at a time: the quorums of two at once might not overlap. And so the
 * configuration is still the present one when the change is applied, which tells beforehand whether it can be.
 */
export function whyNoChange(raft: Raft, change: ConfigurationChange): string | null {
  if (raft.pendingConfiguration > raft.log.applied) return 'the change before it may not be applied yet';
  if (isJoint(raft.configuration) && !leavesJoint(change)) return 'the joint configuration must be left first';
  try {
    changed(raft, change);
    return null;
  } catch (error) {
    if (error instanceof RaftError && error.code === 'CONFIGURATION_REFUSED') return error.reason;
    throw error;
  }
}

/** A committed change is in force from now on. */
export function applyChange(raft: Raft, change: ConfigurationChange): void {
  switchTo(raft, changed(raft, change));
}

function leavesJoint({ transition, changes }: ConfigurationChange): boolean {
  return changes.length === 0 && transition === 'auto';
}

/** @throws RaftError CONFIGURATION_REFUSED */
function changed(raft: Raft, change: ConfigurationChange): Membership {
  const { transition, changes } = change;
  const { inflightMessagesMax } = raft.options;
  const context: ChangeContext = { lastIndex: raft.log.lastIndex, inflightMessagesMax };
  const membership: Membership = { configuration: raft.configuration, progress: raft.progress };
  if (leavesJoint(change)) return leaveJoint(membership);
  if (transition === 'auto' && changes.length === 1) return changeSimple(membership, changes, context);
  return enterJoint(membership, changes, transition !== 'explicit', context);
}

/** After a snapshot was taken over: everybody in it is new. */
export function restoreConfiguration(raft: Raft, configuration: Configuration): void {
  switchTo(raft, { configuration, progress: raft.freshProgress(configuration) });
}

function switchTo(raft: Raft, { configuration, progress }: Membership): void {
  raft.configuration = configuration;
  raft.progress = progress;
  if (raft.role !== 'leader') return;
  const own = progress.get(raft.id);
  if (own === undefined || own.isLearner) {
    if (raft.options.stepDownOnRemoval) raft.becomeFollower(raft.term, null);
    return;
  }
  if (configuration.voters.incoming.length === 0) return;
  // Fewer voters may mean that more is committed. Else new members need not wait for a heartbeat.
  if (raft.commit()) broadcastAppend(raft);
  else probeOthers(raft);
  if (raft.transferee !== null && !votersOf(configuration.voters).includes(raft.transferee)) raft.transferee = null;
}
