/**
 * The same choice by a small recurrent network: it reads the candidates' features in order, the number of steps between them as elapsed time, and
 * gives each a logit; the choice is their softmax. There to be compared with the log-linear model.
 */
import { networkOf } from '../network.ts';
import type { Random } from '../parameters.ts';
import { predictLogits } from '../training/predict.ts';
import type { Sequence } from '../training/sequence.ts';
import { type TrainingOptions, train } from '../training/train.ts';
import { VARIANTS, type VariantName } from '../variants.ts';
import type { Candidates } from './candidates.ts';

/** A run's candidates and which of them was the mistake. */
export interface LabelledCandidates extends Candidates {
  /** From 0, into `indices`. */
  readonly chosen: number;
}

const units = 6;

const training: TrainingOptions = {
  learningRate: 0.02,
  weightDecay: 0.01,
  gradientNormMax: 1,
  batchRows: 16,
  span: 64,
  positiveWeight: 3,
  averaging: 0,
  epochsMax: 60,
  patience: 15,
};

/**
 * Trains the variant on the cases that have more than one candidate, as of one alone there is nothing to learn; every fourth of them stops it early.
 * Gives its probabilities for others. The same cases and random numbers give the same answer. Throws data-insufficient for fewer than four such cases.
 */
export function fitLiquidChoice(
  variant: VariantName,
  width: number,
  cases: readonly LabelledCandidates[],
  random: Random,
): (candidates: Candidates) => Float64Array {
  const architecture = VARIANTS[variant]({ inputs: width, units, outputs: 2, backboneUnits: units, load: [], seed: 1 });
  const network = networkOf(architecture);
  const sequences = cases.filter(({ indices }) => indices.length > 1).map((one) => sequenceOf(one, one.chosen));
  const { theta } = train(
    network,
    sequences.filter((_, i) => i % 4 !== 3),
    sequences.filter((_, i) => i % 4 === 3),
    training,
    random,
  );
  return (candidates) => softmax(predictLogits(network, theta, [sequenceOf(candidates, -1)])[0]);
}

function sequenceOf({ indices, x }: Candidates, chosen: number): Sequence {
  const steps = indices.length;
  return {
    steps,
    features: Float32Array.from(x),
    elapsed: Float32Array.from(indices, (index, i) => (i === 0 ? 1 : index - indices[i - 1])),
    labels: Float32Array.from({ length: steps }, (_, i) => Number(i === chosen)),
    weights: new Float32Array(steps).fill(1),
  };
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const p = logits.map((logit) => Math.exp(logit - largest));
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((value) => value / sum);
}
