import { sigmoid } from '../dense.ts';
import { LiquidError } from '../errors.ts';
import type { Sequence } from './sequence.ts';

/** What training lowers. `cross-entropy`: outputs are logits of labels in [0, 1]. `squared-error`: outputs are the labels' estimates. */
export const LOSS_NAMES = ['cross-entropy', 'squared-error'] as const;
export type LossName = (typeof LOSS_NAMES)[number];

/** How far the P outputs of a step are from its P labels: the mean over the outputs. */
export interface Loss {
  /**
   * weight x the loss of outputs[at, at + P) against labels[from, from + P). Writes its gradient by the outputs to gradient[at, at + P)
   * where one is asked for.
   */
  weighed(
    weight: number,
    outputs: Float64Array,
    at: number,
    labels: Float32Array,
    from: number,
    gradient: Float64Array | null,
  ): number;
  /** Throws data-insufficient where the set does not hold what can be learned from; `name` is the set's. */
  check(name: string, sequences: readonly Sequence[]): void;
}

/** `positiveWeight`: how much more a label 1 counts than a label 0, for cross-entropy. */
export function lossOf(name: LossName, outputs: number, positiveWeight: number): Loss {
  return name === 'cross-entropy' ? crossEntropyLoss(outputs, positiveWeight) : squaredErrorLoss(outputs);
}

/** Binary cross-entropy of `outputs` independent logits. */
export function crossEntropyLoss(outputs: number, positiveWeight: number): Loss {
  return {
    weighed(weight, logits, at, labels, from, gradient) {
      let sum = 0;
      for (let p = 0; p < outputs; p++) {
        const label = labels[from + p];
        const counted = weight * (label * positiveWeight + (1 - label));
        sum += counted * crossEntropy(logits[at + p], label);
        if (gradient !== null) gradient[at + p] = (counted * (sigmoid(logits[at + p]) - label)) / outputs;
      }
      return sum / outputs;
    },
    check(name, sequences) {
      const seen = new Set<number>();
      for (const { labels, weights } of sequences) {
        for (const [i, label] of labels.entries()) if (weights[Math.floor(i / outputs)] > 0) seen.add(label);
      }
      if (!seen.has(0) || !seen.has(1)) {
        throw new LiquidError(
          'data-insufficient',
          `the ${name} set has labels {${[...seen].join(', ')}} in ${sequences.length} sequences; both 0 and 1 are needed`,
        );
      }
    },
  };
}

/** Mean squared error. */
export function squaredErrorLoss(outputs: number): Loss {
  return {
    weighed(weight, estimates, at, labels, from, gradient) {
      let sum = 0;
      for (let p = 0; p < outputs; p++) {
        const error = estimates[at + p] - labels[from + p];
        sum += error * error;
        if (gradient !== null) gradient[at + p] = (2 * weight * error) / outputs;
      }
      return (weight * sum) / outputs;
    },
    check(name, sequences) {
      if (!sequences.some(({ weights }) => weights.some((weight) => weight > 0))) {
        throw new LiquidError(
          'data-insufficient',
          `the ${name} set has no step that counts in ${sequences.length} sequences; one with a weight above 0 is needed`,
        );
      }
    },
  };
}

/** -log p of the label, from the logit, without overflow. */
export function crossEntropy(logit: number, label: number): number {
  return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
}
