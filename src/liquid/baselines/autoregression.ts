import { solveSymmetric } from '../cholesky.ts';
import { LiquidError } from '../errors.ts';

/**
 * Linear autoregression: the next observation as a linear function of the last `order` ones and a constant, by ridge regression. Where a sequence has
 * not shown that many yet, the fit on as many as it has shown speaks.
 */
export interface Autoregression {
  readonly width: number;
  /** By number of observations read, from 1: [observations x width + 1, width]. */
  readonly weights: readonly Float64Array[];
}

/** An observation sequence [steps + 1, width], row-major: each step's target is the row after it. */
export type Observations = Float64Array;

/** Minimises the squared error + ridge x |weights|^2. Throws data-insufficient without sequences. */
export function fitAutoregression(
  sequences: readonly Observations[],
  width: number,
  order: number,
  ridge: number,
): Autoregression {
  if (sequences.length === 0) throw new LiquidError('data-insufficient', 'autoregression on no sequences');
  const weights = Array.from({ length: order }, (_, i) => fitOrder(sequences, width, i + 1, ridge));
  return { width, weights };
}

function fitOrder(sequences: readonly Observations[], width: number, order: number, ridge: number): Float64Array {
  const size = order * width + 1;
  const gram = new Float64Array(size * size);
  const moments = new Float64Array(size * width);
  const row = new Float64Array(size);
  for (const sequence of sequences) {
    for (let t = order - 1; t + 1 < sequence.length / width; t++) {
      regressors(sequence, t, width, order, row);
      for (let a = 0; a < size; a++) {
        for (let b = 0; b <= a; b++) gram[a * size + b] += row[a] * row[b];
        for (let k = 0; k < width; k++) moments[a * width + k] += row[a] * sequence[(t + 1) * width + k];
      }
    }
  }
  for (let a = 0; a < size; a++) gram[a * size + a] += ridge;
  return solveSymmetric(gram, moments, size, width);
}

/** The prediction [width] of what follows row t. */
export function nextByAutoregression(
  { width, weights }: Autoregression,
  sequence: Observations,
  t: number,
): Float64Array {
  const order = Math.min(t + 1, weights.length);
  const row = new Float64Array(order * width + 1);
  regressors(sequence, t, width, order, row);
  const next = new Float64Array(width);
  for (let a = 0; a < row.length; a++) {
    for (let k = 0; k < width; k++) next[k] += row[a] * weights[order - 1][a * width + k];
  }
  return next;
}

function regressors(sequence: Observations, t: number, width: number, order: number, row: Float64Array): void {
  for (let lag = 0; lag < order; lag++) {
    for (let k = 0; k < width; k++) row[lag * width + k] = sequence[(t - lag) * width + k];
  }
  row[order * width] = 1;
}
