/** What this process says under its own key. Whether it may say so is decided elsewhere, and on disk before it is sent. */
import { signBallot } from '../ballot.ts';
import type { Hash } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import type { Signer } from '../signature.ts';
import { type Phase, type Proposal, proposalStatement, type Vote } from './message.ts';

export class Author {
  readonly #instance: Instance;
  readonly #signer: Signer;
  /** Its index in instance.set.validators. */
  readonly index: number;

  constructor(instance: Instance, index: number, signer: Signer) {
    this.#instance = instance;
    this.index = index;
    this.#signer = signer;
  }

  proposal(proposed: Omit<Proposal, 'type' | 'from' | 'signature'>, blockHash: Hash): Proposal {
    const signature = this.#signer.sign(proposalStatement(this.#instance, proposed, blockHash));
    return { type: 'proposal', from: this.index, ...proposed, signature };
  }

  vote(phase: Phase, height: number, round: number, blockHash: Hash | null): Vote {
    const signature = signBallot(this.#instance, this.#signer, { phase, height, view: round, blockHash });
    return { type: 'vote', from: this.index, phase, height, round, blockHash, signature };
  }
}
