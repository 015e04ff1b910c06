import { LiquidError } from '../errors.ts';
import { type Network, readOut } from '../network.ts';
import { batchOf, readStep, type Sequence } from './sequence.ts';

/** Logits [steps] of every sequence, of a network with one output. Throws architecture-invalid for any other. */
export function predictLogits(
  network: Network,
  theta: Float64Array,
  sequences: readonly Sequence[],
  batchRows = 64,
): readonly Float64Array[] {
  if (network.outputs !== 1) {
    throw new LiquidError('architecture-invalid', `the readout gives ${network.outputs} numbers; a logit is one`);
  }
  return predictOutputs(network, theta, sequences, batchRows);
}

/**
 * Outputs [steps, P] of every step of every sequence, each from a state of zeros, in float64. The slow, obvious counterpart of the ONNX
 * step.
 */
export function predictOutputs(
  network: Network,
  theta: Float64Array,
  sequences: readonly Sequence[],
  batchRows = 64,
): readonly Float64Array[] {
  const { cell, outputs: wide } = network;
  const results = sequences.map(({ steps }) => new Float64Array(steps * wide));
  // Sequences of like length share a batch, so that little of it is padding.
  const order = sequences.map((_, i) => i).sort((a, b) => sequences[b].steps - sequences[a].steps || a - b);
  const step = cell.createStep(batchRows);
  const x = new Float64Array(batchRows * cell.inputs);
  const elapsed = new Float64Array(batchRows);
  const said = new Float64Array(batchRows * wide);
  for (let from = 0; from < order.length; from += batchRows) {
    const picked = order.slice(from, from + batchRows);
    const batch = batchOf(picked.map((i) => sequences[i]));
    let state = new Float64Array(batchRows * cell.state);
    let next = new Float64Array(batchRows * cell.state);
    for (let t = 0; t < batch.steps; t++) {
      readStep(batch, t, cell.inputs, x, elapsed);
      step.forward(theta, x, state, elapsed, batch.rows, next);
      readOut(network, theta, next, batch.rows, said);
      for (let i = 0; i < batch.rows; i++) {
        if (t < batch.sequences[i].steps) results[picked[i]].set(said.subarray(i * wide, (i + 1) * wide), t * wide);
      }
      [state, next] = [next, state];
    }
  }
  return results;
}
