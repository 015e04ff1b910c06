/** What this replica says under its own key. Whether it may say so is decided elsewhere, and on disk before it is sent. */
import { type Ballot, signBallot } from '../ballot.ts';
import type { Block } from '../block.ts';
import type { Hash } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import type { Signer } from '../signature.ts';
import {
  CHECKPOINT,
  type CheckpointVote,
  type NewView,
  newViewStatement,
  type Phase,
  type PrePrepare,
  type Prepared,
  type StableProof,
  type ViewChange,
  type Vote,
  viewChangeStatement,
} from './message.ts';

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

  sign(ballot: Ballot): Uint8Array {
    return signBallot(this.#instance, this.#signer, ballot);
  }

  prePrepare(view: number, block: Block, blockHash: Hash): PrePrepare {
    const signature = this.sign({ phase: 'PREPARE', height: block.height, view, blockHash });
    return { type: 'prePrepare', from: this.index, view, block, signature };
  }

  vote(phase: Phase, height: number, view: number, blockHash: Hash): Vote {
    const signature = this.sign({ phase, height, view, blockHash });
    return { type: 'vote', from: this.index, phase, height, view, blockHash, signature };
  }

  checkpoint(height: number, digest: Hash): CheckpointVote {
    const signature = this.sign({ phase: CHECKPOINT, height, view: 0, blockHash: digest });
    return { type: 'checkpoint', from: this.index, height, digest, signature };
  }

  viewChange(view: number, stable: StableProof | null, prepared: readonly Prepared[]): ViewChange {
    const told = { type: 'viewChange', from: this.index, view, stable, prepared } as const;
    return { ...told, signature: this.#signer.sign(viewChangeStatement(this.#instance, told)) };
  }

  newView(view: number, viewChanges: readonly ViewChange[], prePrepares: readonly PrePrepare[]): NewView {
    const told = { type: 'newView', from: this.index, view, viewChanges, prePrepares } as const;
    return { ...told, signature: this.#signer.sign(newViewStatement(this.#instance, told)) };
  }
}
