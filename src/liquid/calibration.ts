import { fitLogistic } from './logistic.ts';

/**
 * From a network's logit to log-odds: with L = slope x logit + intercept,
 *   log-odds = L + sum of by x max(0, L - at) over the bends.
 * Without bends it is Platt's line (1999); with them any rising line of straight pieces, such as a fitted isotonic one.
 */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
  /** By rising `at`. */
  readonly bends?: readonly Bend[] | undefined;
}

/** Where the line turns, in the log-odds of Platt's line, and by how much its slope changes there. */
export interface Bend {
  readonly at: number;
  readonly by: number;
}

const NO_BENDS: readonly Bend[] = [];

export function calibrate({ slope, intercept, bends = NO_BENDS }: Calibration, logit: number): number {
  const line = slope * logit + intercept;
  let logOdds = line;
  for (const { at, by } of bends) if (line > at) logOdds += by * (line - at);
  return logOdds;
}

/**
 * Platt scaling (Platt 1999, with his smoothed targets): the two numbers that turn a network's logits into probabilities that hold on
 * data it was not trained on.
 */
export function plattScaling(logits: Float64Array, labels: ArrayLike<number>): Calibration {
  const targets = smoothedTargets(labels, logits.length);
  const { weights, bias } = fitLogistic(logits, targets, 1, 0);
  return { slope: weights[0], intercept: bias };
}

/** Platt's targets: what 1 and 0 are worth after one more case of each class was seen, so that no fit claims certainty. */
export function smoothedTargets(labels: ArrayLike<number>, n: number): Float64Array {
  let positives = 0;
  for (let i = 0; i < n; i++) positives += labels[i];
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (n - positives + 2);
  return Float64Array.from({ length: n }, (_, i) => (labels[i] === 1 ? high : low));
}
