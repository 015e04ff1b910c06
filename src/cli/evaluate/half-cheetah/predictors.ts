/** Whatever says what comes next, and its error. */
import { fitAutoregression, nextByAutoregression } from '../../../liquid/baselines/autoregression.ts';
import { type Network, networkOf } from '../../../liquid/network.ts';
import type { Random } from '../../../liquid/parameters.ts';
import { predictOutputs } from '../../../liquid/training/predict.ts';
import { type EpochReport, type TrainingOptions, train } from '../../../liquid/training/train.ts';
import { VARIANTS, type VariantName } from '../../../liquid/variants.ts';
import { OBSERVATION, SEQUENCE_STEPS } from './traces.ts';
import { inRawUnits, type Scaling, sequenceOf } from './windows.ts';

/** [32, 17] in raw units for each of the observation sequences [33, 17]: what follows each row, by the rows up to it alone. */
export type Predictor = (sequences: readonly Float64Array[]) => readonly Float64Array[];

/** Neurons: as published. */
export const UNITS = 32;

/** Chosen on the validation traces; README.md says what was tried. */
export const TRAINING: TrainingOptions = {
  loss: 'squared-error',
  learningRate: 0.015,
  weightDecay: 0.3,
  gradientNormMax: 1,
  batchRows: 16,
  span: SEQUENCE_STEPS,
  averaging: 0.99,
  epochsMax: 16,
  patience: 16,
};

export function variantNetwork(variant: VariantName): Network {
  // The eighth number is the speed ahead: the load that the adaptive variant's time follows.
  const sizes = { inputs: OBSERVATION, units: UNITS, outputs: OBSERVATION, backboneUnits: UNITS, load: [8], seed: 1 };
  return networkOf(VARIANTS[variant](sizes), OBSERVATION);
}

export function trainedPredictor(
  network: Network,
  training: readonly Float64Array[],
  validation: readonly Float64Array[],
  scaling: Scaling,
  random: Random,
  onEpoch: (report: EpochReport) => void,
): Predictor {
  const scaled = (sequences: readonly Float64Array[]) => sequences.map((one) => sequenceOf(one, scaling));
  const { theta } = train(network, scaled(training), scaled(validation), TRAINING, random, onEpoch);
  return networkPredictor(network, theta, scaling);
}

export function networkPredictor(network: Network, theta: Float64Array, scaling: Scaling | null): Predictor {
  return (sequences) => {
    const outputs = predictOutputs(
      network,
      theta,
      sequences.map((one) => sequenceOf(one, scaling)),
    );
    return outputs.map((output) => output.map((value, i) => inRawUnits(value, i % OBSERVATION, scaling)));
  };
}

/** Nothing changes. */
export const persistence: Predictor = (sequences) =>
  sequences.map((observations) => observations.subarray(0, SEQUENCE_STEPS * OBSERVATION));

export function linearPredictor(training: readonly Float64Array[], order: number): Predictor {
  const fit = fitAutoregression(training, OBSERVATION, order, 1);
  return (sequences) =>
    sequences.map((observations) => {
      const predicted = new Float64Array(SEQUENCE_STEPS * OBSERVATION);
      for (let t = 0; t < SEQUENCE_STEPS; t++) {
        predicted.set(nextByAutoregression(fit, observations, t), t * OBSERVATION);
      }
      return predicted;
    });
}

export interface Errors {
  /** Mean squared error over all sequences, steps and numbers, in raw units: the published figure. */
  readonly mse: number;
  /** The same at the first step, which has no past, and at the last. */
  readonly firstStep: number;
  readonly lastStep: number;
}

export function errorsOf(predictor: Predictor, sequences: readonly Float64Array[]): Errors {
  const byStep = new Float64Array(SEQUENCE_STEPS);
  for (const [i, predicted] of predictor(sequences).entries()) {
    for (const [j, value] of predicted.entries()) {
      const error = value - sequences[i][OBSERVATION + j];
      byStep[Math.floor(j / OBSERVATION)] += (error * error) / (OBSERVATION * sequences.length);
    }
  }
  return {
    mse: byStep.reduce((sum, error) => sum + error, 0) / SEQUENCE_STEPS,
    firstStep: byStep[0],
    lastStep: byStep[SEQUENCE_STEPS - 1],
  };
}
