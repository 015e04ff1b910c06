/** What a replica holds of one height: the block it accepted, the votes it heard, and how far they have come. */
import type { BallotCertificate, BallotSignature } from '../ballot.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import type { Phase, PrePrepare, Prepared } from './message.ts';

export interface Heard {
  readonly view: number;
  readonly blockHash: Hash;
  readonly signature: Uint8Array;
  /** The signature was found valid. Others are looked at when they could complete a quorum, or stand in another's way. */
  readonly isChecked: boolean;
}

/** The votes of one phase: of each voter the one of the highest view, so that a flood of them takes no room. */
export class Tally {
  readonly votes: (Heard | undefined)[] = [];
  /** Votes counted again; stays 0 but under a broken rule. */
  repeats = 0;
  /** By voter: the latest view in which it was found to have voted twice. One proof is enough. */
  readonly accusedIn: (number | undefined)[] = [];

  /** Votes that count if they are signed. */
  count(view: number, blockHash: Hash): number {
    let count = this.repeats;
    for (const vote of this.votes) if (isFor(vote, view, blockHash)) count++;
    return count;
  }

  /** Those of them that are known to be signed. */
  countChecked(view: number, blockHash: Hash): number {
    let count = this.repeats;
    for (const vote of this.votes) if (isFor(vote, view, blockHash) && vote.isChecked) count++;
    return count;
  }

  /** Who cast them. */
  voters(view: number, blockHash: Hash): number[] {
    return [...this.votes.keys()].filter((voter) => isFor(this.votes[voter], view, blockHash));
  }

  /** At most `limit` of the others. */
  unchecked(view: number, blockHash: Hash, limit: number): BallotSignature[] {
    return this.#signatures(view, blockHash, limit, false);
  }

  /** At most `quorum` signatures of those that `countChecked` counts. */
  signatures(view: number, blockHash: Hash, quorum: number): BallotSignature[] {
    return this.#signatures(view, blockHash, quorum, true);
  }

  #signatures(view: number, blockHash: Hash, limit: number, isChecked: boolean): BallotSignature[] {
    const signatures: BallotSignature[] = [];
    for (const [voter, vote] of this.votes.entries()) {
      if (!isFor(vote, view, blockHash) || vote.isChecked !== isChecked) continue;
      if (signatures.length < limit) signatures.push({ voter, signature: vote.signature });
    }
    return signatures;
  }
}

function isFor(vote: Heard | undefined, view: number, blockHash: Hash): vote is Heard {
  return vote !== undefined && vote.view === view && equalBytes(vote.blockHash, blockHash);
}

export interface Accepted {
  readonly prePrepare: PrePrepare;
  readonly blockHash: Hash;
  /** The new view called for it: a quorum has found it valid, or it is empty. */
  readonly isCalledFor: boolean;
}

export class Slot {
  readonly height: number;
  accepted: Accepted | null = null;
  /** Latest view in which this replica voted PREPARE; -1 before. */
  votedIn = -1;
  prepared: Prepared | null = null;
  decided: { readonly block: Prepared['block']; readonly certificate: BallotCertificate } | null = null;
  readonly tallies: Readonly<Record<Phase, Tally>> = { PREPARE: new Tally(), COMMIT: new Tally() };

  constructor(height: number) {
    this.height = height;
  }

  /** View of the latest PREPARE certificate; -1 without. */
  get preparedIn(): number {
    return this.prepared?.certificate.view ?? -1;
  }
}
