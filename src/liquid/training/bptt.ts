import { affineBackward, sigmoid } from '../dense.ts';
import { LiquidError } from '../errors.ts';
import { type Network, readLogits } from '../network.ts';
import { blockOf } from '../parameters.ts';
import { type Batch, readStep } from './sequence.ts';

/**
 * Backpropagation through time over spans that differ from step to step and from row to row, truncated at `span` steps: the state is
 * carried on from one span to the next, the gradient is not (Williams and Peng 1990).
 */
export interface Unroll {
  /**
   * Runs steps from <= t < to of the batch, at most `span` of them, beginning with `state` [rows, H], which is overwritten with the state after them.
   * Overwrites gradient with that of the loss: the sum over the steps of weight x (positiveWeight where the label is 1) x binary cross-entropy,
   * divided by the sum of the weights. Returns that loss; 0, and a gradient of zeros, where every weight is 0.
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

export function createUnroll(network: Network, rows: number, span: number, positiveWeight: number): Unroll {
  const { cell, layout } = network;
  if (network.outputs !== 1) {
    throw new LiquidError('architecture-invalid', `the readout gives ${network.outputs} numbers; a logit is one`);
  }
  const weightAt = blockOf(layout, 'readout.weight').offset;
  const biasAt = blockOf(layout, 'readout.bias').offset;
  const { offset: first, size: width } = cell.output;
  const steps = Array.from({ length: span }, () => cell.createStep(rows));
  const states = Array.from({ length: span + 1 }, () => new Float64Array(rows * cell.state));
  const outputs = new Float64Array(rows * width);
  const gradOutputs = new Float64Array(rows * width);
  const x = new Float64Array(rows * cell.inputs);
  const elapsed = new Float64Array(rows);
  const logits = new Float64Array(rows);
  const gradLogits = Array.from({ length: span }, () => new Float64Array(rows));
  const gradNext = new Float64Array(rows * cell.state);
  const gradState = new Float64Array(rows * cell.state);

  return {
    lossAndGradient(theta, batch, from, to, state, gradient) {
      const n = batch.rows;
      states[0].set(state.subarray(0, n * cell.state));
      let loss = 0;
      let weightSum = 0;
      for (let t = from; t < to; t++) {
        const s = t - from;
        readStep(batch, t, cell.inputs, x, elapsed);
        steps[s].forward(theta, x, states[s], elapsed, n, states[s + 1]);
        readLogits(network, theta, states[s + 1], n, logits);
        for (let i = 0; i < n; i++) {
          const { steps: length, labels, weights } = batch.sequences[i];
          const weight = t < length ? weights[t] : 0;
          if (weight === 0) {
            gradLogits[s][i] = 0;
            continue;
          }
          const label = labels[t];
          const counted = weight * (label * positiveWeight + (1 - label));
          weightSum += weight;
          loss += counted * crossEntropy(logits[i], label);
          gradLogits[s][i] = counted * (sigmoid(logits[i]) - label);
        }
      }
      state.set(states[to - from].subarray(0, n * cell.state));
      gradient.fill(0);
      if (weightSum === 0) return 0;

      gradState.fill(0);
      for (let s = to - from - 1; s >= 0; s--) {
        const gradLogit = gradLogits[s];
        for (let i = 0; i < n; i++) gradLogit[i] /= weightSum;
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < width; k++) outputs[i * width + k] = states[s + 1][i * cell.state + first + k];
        }
        gradOutputs.fill(0);
        affineBackward(theta, weightAt, biasAt, outputs, n, width, 1, gradLogit, gradient, gradOutputs);
        gradNext.set(gradState);
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < width; k++) gradNext[i * cell.state + first + k] += gradOutputs[i * width + k];
        }
        steps[s].backward(theta, gradNext, gradient, gradState);
      }
      return loss / weightSum;
    },
  };
}

/** -log p of the label, from the logit, without overflow. */
export function crossEntropy(logit: number, label: number): number {
  return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
}
