/**
 * The few predicates that safety rests on, in one place. The simulator swaps one at a time for a broken one and looks whether its
 * checkers notice; nothing else ever replaces them.
 */
import { equalBytes, type Hash } from '../encoding.ts';
import type { ValidatorSet } from '../validator-set.ts';

/** A block that a quorum prepared in `view`, and that is not committed yet. */
export interface LockRef {
  readonly view: number;
  readonly blockHash: Hash;
}

export interface Rules {
  /** Votes that make a certificate. */
  quorum(set: ValidatorSet): number;
  /** Lock rule (HotStuff-2, section 4): once a block is prepared at a height, only that block is proposed and voted for there. */
  extendsLock(lock: LockRef | null, blockHash: Hash): boolean;
  /** One vote a phase and view, in rising views, and none in a view after timing it out. */
  mayVote(view: number, lastVoted: number, lastTimedOut: number): boolean;
  /** A validator counts once in a tally. */
  mayCount(alreadyCounted: boolean): boolean;
  /** The first valid proposal of a view in the log is the proposal of that view. */
  mayPropose(alreadyProposed: boolean): boolean;
  /** A proposal is decided once. */
  mayDecide(alreadyDecided: boolean): boolean;
  /** Only the latest incarnation speaks. */
  mayCountIncarnation(current: number, claimed: number): boolean;
  /** A restarted validator votes only after it has read its own incarnation. */
  mayActivate(ownIncarnationSeen: boolean): boolean;
  /** External validity: own check agrees with every item. */
  mayApprove(checksAgree: boolean): boolean;
  /** Signatures decide who speaks. */
  mayBelieve(signatureValid: boolean): boolean;
}

export const RULES: Rules = Object.freeze({
  quorum: (set) => set.quorum,
  extendsLock: (lock, blockHash) => lock === null || equalBytes(lock.blockHash, blockHash),
  mayVote: (view, lastVoted, lastTimedOut) => view > lastVoted && view > lastTimedOut,
  mayCount: (alreadyCounted) => !alreadyCounted,
  mayPropose: (alreadyProposed) => !alreadyProposed,
  mayDecide: (alreadyDecided) => !alreadyDecided,
  mayCountIncarnation: (current, claimed) => claimed === current && current > 0,
  mayActivate: (ownIncarnationSeen) => ownIncarnationSeen,
  mayApprove: (checksAgree) => checksAgree,
  mayBelieve: (signatureValid) => signatureValid,
} satisfies Rules);
