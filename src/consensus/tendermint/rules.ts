/**
 * The predicates that safety and liveness rest on, in one place. The simulator swaps one at a time for a broken one and looks
 * whether its checkers notice; nothing else ever replaces them.
 */
import type { ValidatorSet } from '../validator-set.ts';

export interface Rules {
  /** Votes that make a certificate. */
  quorum(set: ValidatorSet): number;
  /** A validator counts once in a tally. */
  mayCount(alreadyCounted: boolean): boolean;
  /** A vote is on disk before it leaves. */
  isDurable(): boolean;
  /** Lines 23 and 29: a locked process prevotes its own block, or one with a proof-of-lock at least as late as its lock. */
  mayPrevote(isFreeOfLock: boolean): boolean;
  /** Line 38: to precommit is to lock. */
  locks(): boolean;
  /** Line 15: a proposer that knows a valid block proposes that one. */
  proposesValid(): boolean;
  /** Line 28: a proof-of-lock is a quorum of prevotes. */
  mayBelieveLock(isProved: boolean): boolean;
  /** A vote for no block is none for this one. */
  countsFor(isForBlock: boolean, isForNone: boolean): boolean;
  /** Line 55: senders ahead that make a process skip to their round. f + 1 include an honest one. */
  skipQuorum(set: ValidatorSet): number;
  /** A block that others have decided is believed with its proof. */
  mayBelieveDecided(isProved: boolean): boolean;
  /** A proposal is decided once. */
  mayDecide(alreadyDecided: boolean): boolean;
  /** External validity: own check agrees with every item. */
  mayApprove(checksAgree: boolean): boolean;
  /** Signatures decide who speaks. */
  mayBelieve(signatureValid: boolean): boolean;
  /** Rounds by which a timeout is longer than the first. */
  growth(rounds: number): number;
  /** The timer of a step starts anew with another step, and for nothing less. */
  mayRestartTimer(isNewStep: boolean): boolean;
  /** The round that blame goes by: the one that the block names, not the one that this process has come to by itself. */
  blamedRound(named: number, own: number): number;
  /** Whoever is blamed sits out so many heights, and then no longer. */
  sitsOut(heightsAgo: number, benchHeights: number): boolean;
  /** Processes that sit out at a time: no more than may lie. */
  benchMax(set: ValidatorSet): number;
  /** From this round of a height on everybody has a turn, blamed or not. */
  openRound(set: ValidatorSet): number;
}

export const RULES: Rules = Object.freeze({
  quorum: (set) => set.quorum,
  mayCount: (alreadyCounted) => !alreadyCounted,
  isDurable: () => true,
  mayPrevote: (isFreeOfLock) => isFreeOfLock,
  locks: () => true,
  proposesValid: () => true,
  mayBelieveLock: (isProved) => isProved,
  countsFor: (isForBlock) => isForBlock,
  skipQuorum: (set) => set.faulty + 1,
  mayBelieveDecided: (isProved) => isProved,
  mayDecide: (alreadyDecided) => !alreadyDecided,
  mayApprove: (checksAgree) => checksAgree,
  mayBelieve: (signatureValid) => signatureValid,
  growth: (rounds) => rounds,
  mayRestartTimer: (isNewStep) => isNewStep,
  blamedRound: (named) => named,
  sitsOut: (heightsAgo, benchHeights) => heightsAgo <= benchHeights,
  benchMax: (set) => set.faulty,
  openRound: (set) => set.faulty + 1,
} satisfies Rules);
