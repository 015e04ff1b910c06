import { LiquidError } from '../errors.ts';
import type { Network } from '../network.ts';
import { blockOf } from '../parameters.ts';
import type { Sequence } from '../training/sequence.ts';

export interface Standardisation {
  readonly mean: Float64Array;
  /** 1 where a column does not vary. */
  readonly deviation: Float64Array;
}

/** Of a mean, as a share of it: far more than sums of millions round, far less than single precision tells apart. */
const ROUNDING = 1e-9;

/** Mean and standard deviation of each column over all steps, by weight. */
export function standardisationOf(sequences: readonly Sequence[], width: number): Standardisation {
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  let total = 0;
  for (const { steps, features, weights } of sequences) {
    for (let t = 0; t < steps; t++) {
      total += weights[t];
      for (let k = 0; k < width; k++) mean[k] += weights[t] * features[t * width + k];
    }
  }
  for (let k = 0; k < width; k++) mean[k] /= total;
  for (const { steps, features, weights } of sequences) {
    for (let t = 0; t < steps; t++) {
      for (let k = 0; k < width; k++) square[k] += weights[t] * (features[t * width + k] - mean[k]) ** 2;
    }
  }
  // The mean of equal values may be off by its last digits.
  const deviation = square.map((sum, k) => {
    const found = Math.sqrt(sum / total);
    return found > ROUNDING * Math.abs(mean[k]) ? found : 1;
  });
  return { mean, deviation };
}

/** The same sequences with the columns asked for, standardised. */
export function standardised(
  sequences: readonly Sequence[],
  width: number,
  columns: readonly number[],
  { mean, deviation }: Standardisation,
): readonly Sequence[] {
  return sequences.map((sequence) => {
    const features = new Float32Array(sequence.steps * columns.length);
    for (let t = 0; t < sequence.steps; t++) {
      for (const [j, k] of columns.entries()) {
        features[t * columns.length + j] = (sequence.features[t * width + k] - mean[k]) / deviation[k];
      }
    }
    return { ...sequence, features };
  });
}

/** What reads the inputs of a cell: the first columns of the weight are theirs. */
const READERS = { cfc: ['backbone.0.weight', 'backbone.0.bias'], gru: ['weight_ih', 'bias_ih'] } as const;

/**
 * Parameters of the network that reads its inputs as they are and gives calibrated log-odds, from those of one that was trained on standardised inputs.
 * Throws architecture-invalid for cells other than a GRU and a CfC with a backbone.
 */
export function folded(
  network: Network,
  theta: Float64Array,
  columns: readonly number[],
  { mean, deviation }: Standardisation,
  { slope, intercept }: { readonly slope: number; readonly intercept: number },
): Float64Array {
  const { architecture, layout } = network;
  if (architecture.cell !== 'gru' && !(architecture.cell === 'cfc' && architecture.backboneLayers > 0)) {
    throw new LiquidError(
      'architecture-invalid',
      `the cell is '${architecture.cell}'; valid are gru, and cfc with a backbone`,
    );
  }
  const [weightName, biasName] = READERS[architecture.cell];
  const weight = blockOf(layout, weightName);
  const bias = blockOf(layout, biasName);
  const out = theta.slice();
  for (let r = 0; r < weight.rows; r++) {
    for (const [j, k] of columns.entries()) {
      const at = weight.offset + r * weight.columns + j;
      out[at] = theta[at] / deviation[k];
      out[bias.offset + r] -= (theta[at] * mean[k]) / deviation[k];
    }
  }
  const readout = blockOf(layout, 'readout.weight');
  const readoutBias = blockOf(layout, 'readout.bias').offset;
  for (let i = 0; i < readout.columns; i++) out[readout.offset + i] *= slope;
  out[readoutBias] = slope * theta[readoutBias] + intercept;
  return out;
}
