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
  /** The first pre-prepare of a view and height is the only one. */
  mayAccept(alreadyAccepted: boolean): boolean;
  /** A vote is on disk before it leaves. */
  isDurable(): boolean;
  /** A view change tells what was prepared. */
  tellsPrepared(): boolean;
  /** What a view change says was prepared must be proved. */
  mayBelievePrepared(isProved: boolean): boolean;
  /** A new view must propose what its view changes call for. */
  mayEnter(isCalledFor: boolean): boolean;
  /** Of two blocks prepared at a height, the one of the higher view. */
  isBetter(view: number, than: number): boolean;
  /** A checkpoint is stable, and a state is taken over, when a quorum signed it. */
  mayTrustState(isProved: boolean): boolean;
  /** A proposal is decided once. */
  mayDecide(alreadyDecided: boolean): boolean;
  /** External validity: own check agrees with every item. */
  mayApprove(checksAgree: boolean): boolean;
  /** Signatures decide who speaks. */
  mayBelieve(signatureValid: boolean): boolean;
  /** A vote whose signature was not looked at yet hides no other of its voter. */
  mayHide(isChecked: boolean): boolean;
  /** Votes are kept unchecked, but not those in this replica's own name: it repeats these to others. */
  mayKeepUnchecked(isOwn: boolean): boolean;
  /** Timeouts by which the timer is longer than the first, as a power of two. */
  doublings(failures: number): number;
  /** The timer of a view starts anew when the next block is prepared, and when it is committed, and for nothing less. */
  mayRestartTimer(hasCommitted: boolean): boolean;
}

export const RULES: Rules = Object.freeze({
  quorum: (set) => set.quorum,
  mayCount: (alreadyCounted) => !alreadyCounted,
  mayAccept: (alreadyAccepted) => !alreadyAccepted,
  isDurable: () => true,
  tellsPrepared: () => true,
  mayBelievePrepared: (isProved) => isProved,
  mayEnter: (isCalledFor) => isCalledFor,
  isBetter: (view, than) => view > than,
  mayTrustState: (isProved) => isProved,
  mayDecide: (alreadyDecided) => !alreadyDecided,
  mayApprove: (checksAgree) => checksAgree,
  mayBelieve: (signatureValid) => signatureValid,
  mayHide: (isChecked) => isChecked,
  mayKeepUnchecked: (isOwn) => !isOwn,
  doublings: (failures) => failures,
  mayRestartTimer: (hasCommitted) => hasCommitted,
} satisfies Rules);
