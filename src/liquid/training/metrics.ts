import { LiquidError } from '../errors.ts';

/** Indices by descending score; equal scores in ascending index. */
function descending(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** A score that is no number has no place in an order. Throws LiquidError not-finite. */
export function refuseNaN(scores: Float64Array): void {
  const at = scores.findIndex(Number.isNaN);
  if (at >= 0) throw new LiquidError('not-finite', `score ${at} of ${scores.length} is NaN; valid is any number`);
}

function positivesIn(scores: Float64Array, labels: ArrayLike<number>): number {
  refuseNaN(scores);
  let positives = 0;
  for (let i = 0; i < scores.length; i++) positives += labels[i];
  if (positives === 0 || positives === scores.length) {
    throw new LiquidError(
      'data-insufficient',
      `${positives} of ${scores.length} labels are 1; both classes are needed`,
    );
  }
  return positives;
}

/** Area under the ROC curve: the chance that a case of label 1 scores above one of label 0, ties counted half. */
export function rocAuc(scores: Float64Array, labels: ArrayLike<number>): number {
  const positives = positivesIn(scores, labels);
  const order = descending(scores);
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let tied = 0;
    while (to < order.length && scores[order[to]] === scores[order[from]]) tied += labels[order[to++]];
    // Ranks count from the lowest score, 1; a tie takes their mean.
    rankSum += tied * (order.length - (from + to - 1) / 2);
    from = to;
  }
  const negatives = scores.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision: the mean over the positives of the precision at their score, as sums over thresholds without interpolation. */
export function averagePrecision(scores: Float64Array, labels: ArrayLike<number>): number {
  const positives = positivesIn(scores, labels);
  const order = descending(scores);
  let found = 0;
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let tied = 0;
    while (to < order.length && scores[order[to]] === scores[order[from]]) tied += labels[order[to++]];
    found += tied;
    sum += tied * (found / to);
    from = to;
  }
  return sum / positives;
}

/** Mean squared difference of probability and label (Brier 1950). */
export function brierScore(probabilities: Float64Array, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += (probabilities[i] - labels[i]) ** 2;
  return sum / probabilities.length;
}

/** One bin of a reliability table. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanProbability: number;
  readonly share: number;
}

/** What was said against what happened, in bins of equal width; empty bins are left out. */
export function reliability(
  probabilities: Float64Array,
  labels: ArrayLike<number>,
  bins = 10,
): readonly ReliabilityBin[] {
  const count = new Float64Array(bins);
  const said = new Float64Array(bins);
  const happened = new Float64Array(bins);
  for (let i = 0; i < probabilities.length; i++) {
    const bin = Math.min(bins - 1, Math.floor(probabilities[i] * bins));
    count[bin]++;
    said[bin] += probabilities[i];
    happened[bin] += labels[i];
  }
  return Array.from({ length: bins }, (_, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    count: count[bin],
    meanProbability: said[bin] / count[bin],
    share: happened[bin] / count[bin],
  })).filter((bin) => bin.count > 0);
}

/** Expected calibration error of a reliability table: |said - happened|, weighted by count. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, bin) => sum + (bin.count / total) * Math.abs(bin.meanProbability - bin.share), 0);
}
