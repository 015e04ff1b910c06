import { fitLogistic } from './logistic.ts';

/** log-odds = slope x logit + intercept. */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Platt scaling (Platt 1999, with his smoothed targets): the two numbers that turn a network's logits into probabilities that hold on
 * data it was not trained on.
 */
export function plattScaling(logits: Float64Array, labels: ArrayLike<number>): Calibration {
  let positives = 0;
  for (let i = 0; i < logits.length; i++) positives += labels[i];
  const negatives = logits.length - positives;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const targets = logits.map((_, i) => (labels[i] === 1 ? high : low));
  const { weights, bias } = fitLogistic(logits, targets, 1, 0);
  return { slope: weights[0], intercept: bias };
}
