/** What a process is locked on, and the latest block with a proof-of-lock that it knows (lockedValue and validValue of Algorithm 1). */
import type { BallotCertificate } from '../ballot.ts';
import type { Block } from '../block.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import type { Proposal } from './message.ts';

/** A block with its proof-of-lock: a quorum's PREVOTEs for it in `round`. */
export interface Valid {
  readonly round: number;
  readonly block: Block;
  readonly last: BallotCertificate | null;
  readonly blockHash: Hash;
  readonly proof: BallotCertificate;
}

export class ProofOfLock {
  #locked: { readonly round: number; readonly blockHash: Hash } | null = null;
  #valid: Valid | null = null;

  get valid(): Valid | null {
    return this.#valid;
  }

  /** Round of the proof-of-lock of the valid block, or -1. */
  get validRound(): number {
    return this.#valid?.round ?? -1;
  }

  get isLocked(): boolean {
    return this.#locked !== null;
  }

  /** Round of the lock, or -1. */
  get lockedRound(): number {
    return this.#locked?.round ?? -1;
  }

  isLockedOn(blockHash: Hash): boolean {
    return this.#locked !== null && equalBytes(this.#locked.blockHash, blockHash);
  }

  /** Lines 23 and 29: its own block, or one with a proof-of-lock at least as late as the lock. */
  isFreeFor({ proof, validRound }: Proposal, blockHash: Hash): boolean {
    const locked = this.#locked;
    return locked === null || this.isLockedOn(blockHash) || (proof !== null && validRound >= locked.round);
  }

  /** Lines 42 and 43: knows a valid block. One that it was told of may be of a later round than its own; the latest counts. */
  learn(valid: Valid): void {
    if (valid.round > this.validRound) this.#valid = valid;
  }

  /** Lines 38 and 39. */
  lock({ round, blockHash }: Valid): void {
    this.#locked = { round, blockHash };
  }

  /** The height is decided. */
  clear(): void {
    this.#locked = null;
    this.#valid = null;
  }

  inspect(): unknown {
    return [this.#locked, this.#valid];
  }
}
