/** Takes up from what is on disk: every vote that may have been sent stands again (README.md: what is durable when). */
import { type Block, hashBlock } from '../block.ts';
import type { Instance } from '../instance.ts';
import type { Author } from './author.ts';
import type { Checkpoints, Stable } from './checkpoints.ts';
import type { Log } from './log.ts';
import type { PbftRecord, PrePrepare, Prepared } from './message.ts';
import type { NormalCase } from './normal-case.ts';
import type { StateMachine } from './state.ts';
import type { View } from './view.ts';
import type { ViewChanges } from './view-changes.ts';

export interface RecoveryParts {
  readonly instance: Instance;
  readonly author: Author;
  readonly view: View;
  readonly log: Log;
  readonly state: StateMachine;
  readonly checkpoints: Pick<Checkpoints, 'recover' | 'takeWhenDue'>;
  readonly normalCase: Pick<NormalCase, 'resume'>;
  readonly viewChanges: Pick<ViewChanges, 'start'>;
}

/** `records`: in the order in which they were written. The parts are those of a replica that has not begun. */
export function recover(records: readonly PbftRecord[], parts: RecoveryParts): void {
  const { view, log, state, checkpoints, normalCase, viewChanges } = parts;
  const committed = new Map<number, Block>();
  let stable: Stable | null = null;
  for (const record of records) {
    switch (record.type) {
      case 'view':
        view.leaveFor(record.view);
        break;
      case 'newView':
        view.enter(record.newView);
        for (const prePrepare of record.newView.prePrepares) recoverAccepted(prePrepare, true, parts);
        break;
      case 'accepted':
        recoverAccepted(record.prePrepare, false, parts);
        break;
      case 'prepared':
        recoverPrepared(record, parts);
        break;
      case 'committed':
        log.at(record.block.height).decided = { block: record.block, certificate: record.certificate };
        committed.set(record.block.height, record.block);
        break;
      case 'stable':
        stable = { proof: record.proof, state: record.state };
        break;
    }
  }
  if (stable !== null) {
    state.restore(stable.state);
    checkpoints.recover(stable);
  }
  for (;;) {
    const block = committed.get(state.height + 1);
    if (block === undefined) break;
    state.apply(block);
    checkpoints.takeWhenDue();
  }
  normalCase.resume();
  // A view change that it had asked for, it asks for again.
  if (view.isChanging) viewChanges.start(view.number);
}

function recoverAccepted(prePrepare: PrePrepare, isCalledFor: boolean, { instance, author, log }: RecoveryParts): void {
  const { block, view, from, signature } = prePrepare;
  const slot = log.at(block.height);
  const blockHash = hashBlock(instance, block);
  const wasCalledFor = slot.accepted?.isCalledFor === true && slot.accepted.prePrepare.view === view;
  slot.accepted = { prePrepare, blockHash, isCalledFor: isCalledFor || wasCalledFor };
  slot.tallies.PREPARE.votes[from] = { view, blockHash, signature, isChecked: true };
  if (isCalledFor && from !== author.index) return;
  // Its vote may have been sent: it stands.
  slot.votedIn = view;
  const own = author.sign({ phase: 'PREPARE', height: block.height, view, blockHash });
  slot.tallies.PREPARE.votes[author.index] = { view, blockHash, signature: own, isChecked: true };
}

function recoverPrepared({ block, certificate }: Prepared, { author, log }: RecoveryParts): void {
  const { height, view, blockHash } = certificate;
  const slot = log.at(height);
  slot.prepared = { block, certificate };
  if (blockHash === null) return;
  const signature = author.sign({ phase: 'COMMIT', height, view, blockHash });
  slot.tallies.COMMIT.votes[author.index] = { view, blockHash, signature, isChecked: true };
}
