/** Takes up from what is on disk: the round and step of the last vote, the lock, and the decided blocks (README.md: what is durable when). */
import { hashBlock } from '../block.ts';
import type { Instance } from '../instance.ts';
import type { Deciding } from './deciding.ts';
import type { Proposal, TendermintRecord, Vote } from './message.ts';
import type { ProofOfLock } from './proof-of-lock.ts';
import type { RoundState } from './round-state.ts';

export interface RecoveryParts {
  readonly instance: Instance;
  readonly rounds: RoundState;
  readonly lock: ProofOfLock;
  readonly deciding: Pick<Deciding, 'apply'>;
}

/** `records`: in the order in which they were written. The parts are those of a process that has not begun. */
export function recover(records: readonly TendermintRecord[], parts: RecoveryParts): void {
  for (const record of records) {
    switch (record.type) {
      case 'decided':
        parts.deciding.apply(record, record.blamed);
        break;
      case 'proposed':
        recoverProposal(record.proposal, parts);
        break;
      case 'voted':
        recoverVote(record.vote, parts);
        break;
      case 'valid':
        recoverValid(record, parts);
        break;
    }
  }
}

function recoverProposal(message: Proposal, { instance, rounds }: RecoveryParts): void {
  rounds.resume(message.round);
  rounds.onProposed();
  rounds.at(message.round).proposal = { message, blockHash: hashBlock(instance, message.block) };
}

function recoverVote(vote: Vote, { rounds }: RecoveryParts): void {
  rounds.resume(vote.round);
  rounds.onVoted(vote.phase);
  rounds.at(vote.round).votes[vote.phase].add(vote);
}

type ValidRecord = Extract<TendermintRecord, { readonly type: 'valid' }>;

function recoverValid({ block, last, proof, isLocked }: ValidRecord, { lock }: RecoveryParts): void {
  const { view: round, blockHash } = proof;
  if (blockHash === null) return;
  const valid = { round, block, last, blockHash, proof };
  lock.learn(valid);
  if (isLocked) lock.lock(valid);
}
