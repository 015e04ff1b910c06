import { affineBackward } from '../dense.ts';
import { type Network, readOut } from '../network.ts';
import { blockOf } from '../parameters.ts';
import type { Loss } from './loss.ts';
import { type Batch, readStep } from './sequence.ts';

/**
 * Backpropagation through time over spans that differ from step to step and from row to row, truncated at `span` steps: the state is
 * carried on from one span to the next, the gradient is not (Williams and Peng 1990).
 */
export interface Unroll {
  /**
   * Runs steps from <= t < to of the batch, at most `span` of them, beginning with `state` [rows, H], which is overwritten with the state after them.
   * Overwrites gradient with that of the loss: the sum over the steps of weight x loss, divided by the sum of the weights. Returns that loss; 0, and a gradient of zeros, where every weight is 0.
   */
  lossAndGradient(
    theta: Float64Array,
    batch: Batch,
    from: number,
    to: number,
    state: Float64Array,
    gradient: Float64Array,
  ): number;
}

export function createUnroll(network: Network, rows: number, span: number, loss: Loss): Unroll {
  const { cell, layout, outputs: wide } = network;
  const weightAt = blockOf(layout, 'readout.weight').offset;
  const biasAt = blockOf(layout, 'readout.bias').offset;
  const { offset: first, size: width } = cell.output;
  const steps = Array.from({ length: span }, () => cell.createStep(rows));
  const states = Array.from({ length: span + 1 }, () => new Float64Array(rows * cell.state));
  const outputs = new Float64Array(rows * width);
  const gradOutputs = new Float64Array(rows * width);
  const x = new Float64Array(rows * cell.inputs);
  const elapsed = new Float64Array(rows);
  const said = new Float64Array(rows * wide);
  const gradSaid = Array.from({ length: span }, () => new Float64Array(rows * wide));
  const gradNext = new Float64Array(rows * cell.state);
  const gradState = new Float64Array(rows * cell.state);

  return {
    lossAndGradient(theta, batch, from, to, state, gradient) {
      const n = batch.rows;
      states[0].set(state.subarray(0, n * cell.state));
      let lossSum = 0;
      let weightSum = 0;
      for (let t = from; t < to; t++) {
        const s = t - from;
        readStep(batch, t, cell.inputs, x, elapsed);
        steps[s].forward(theta, x, states[s], elapsed, n, states[s + 1]);
        readOut(network, theta, states[s + 1], n, said);
        for (let i = 0; i < n; i++) {
          const { steps: length, labels, weights } = batch.sequences[i];
          const weight = t < length ? weights[t] : 0;
          if (weight === 0) {
            gradSaid[s].fill(0, i * wide, (i + 1) * wide);
            continue;
          }
          weightSum += weight;
          lossSum += loss.weighed(weight, said, i * wide, labels, t * wide, gradSaid[s]);
        }
      }
      state.set(states[to - from].subarray(0, n * cell.state));
      gradient.fill(0);
      if (weightSum === 0) return 0;

      gradState.fill(0);
      for (let s = to - from - 1; s >= 0; s--) {
        const gradOut = gradSaid[s];
        for (let j = 0; j < n * wide; j++) gradOut[j] /= weightSum;
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < width; k++) outputs[i * width + k] = states[s + 1][i * cell.state + first + k];
        }
        gradOutputs.fill(0);
        affineBackward(theta, weightAt, biasAt, outputs, n, width, wide, gradOut, gradient, gradOutputs);
        gradNext.set(gradState);
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < width; k++) gradNext[i * cell.state + first + k] += gradOutputs[i * width + k];
        }
        steps[s].backward(theta, gradNext, gradient, gradState);
      }
      return lossSum / weightSum;
    },
  };
}
