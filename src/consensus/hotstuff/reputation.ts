/**
 * Who leads a view: the live validators in turn. Computed from the log alone, so everyone agrees.
 *
 * After Carousel (Cohen et al. 2022), only validators that signed a recent certificate lead; unlike there, one whose view failed
 * also sits out a number of heights that doubles with each failure and halves with each success. A silent validator is out after
 * at most two views. Turns change with every view, so a leader that leaves a proposal out delays it by one view.
 */

export interface Standing {
  /** Latest start of this validator that the log has accepted; 0 before its first. */
  incarnation: number;
  /** Height of the latest committed block at which it is in a certificate. */
  signedHeight: number;
  /** Views it led to nothing, halved by each that it led to a commit. */
  failures: number;
  /** It does not lead up to and with this height. */
  benchedThrough: number;
}

const FAILURES_MAX = 6;

export function createStanding(): Standing {
  return { incarnation: 0, signedHeight: 0, failures: 0, benchedThrough: 0 };
}

/** Index of the leader of `view` while the block at `height` is being decided. */
export function leaderOf(standings: readonly Standing[], view: number, height: number): number {
  const n = standings.length;
  const window = 4 * n;
  let eligible = 0;
  for (const standing of standings) if (isEligible(standing, height, window)) eligible++;
  if (eligible === 0) return view % n;
  let turn = view % eligible;
  for (let index = 0; index < n; index++) {
    if (isEligible(standings[index], height, window) && turn-- === 0) return index;
  }
  throw new RangeError('unreachable: a turn exceeds the eligible');
}

/** Whether a validator may lead: it signed lately and does not sit out. `window`: heights. */
export function isEligible(standing: Standing, height: number, window: number): boolean {
  return standing.benchedThrough < height && height - standing.signedHeight <= window;
}

export function recordFailure(standings: readonly Standing[], leader: number, height: number): void {
  const standing = standings[leader];
  standing.failures = Math.min(FAILURES_MAX, standing.failures + 1);
  standing.benchedThrough = height + standings.length * 2 ** standing.failures;
}

export function recordSuccess(standings: readonly Standing[], leader: number): void {
  standings[leader].failures >>= 1;
}
