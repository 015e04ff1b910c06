/** Whatever tells from the sensors whether somebody is in the room. */
import { boostedLogOdds, fitBoostedTrees } from '../../../liquid/baselines/gradient-boosted-trees.ts';
import { fitSingleThreshold } from '../../../liquid/baselines/single-threshold.ts';
import { fitLogistic, logisticLogOdds } from '../../../liquid/logistic.ts';
import { type Network, networkOf } from '../../../liquid/network.ts';
import type { Random } from '../../../liquid/parameters.ts';
import { predictOutputs } from '../../../liquid/training/predict.ts';
import type { Sequence } from '../../../liquid/training/sequence.ts';
import { fitStandardScores, standardScore } from '../../../liquid/training/standard-scores.ts';
import { type TrainingOptions, train } from '../../../liquid/training/train.ts';
import { VARIANTS, type VariantName } from '../../../liquid/variants.ts';
import { CO2, LIGHT, SENSORS, WINDOW_ROWS } from './room.ts';
import { type Classifier, labelsOf, rowsOf, type Stretch, windowsOf } from './stretches.ts';

const WIDTH = SENSORS.length;

/** What a network reads of one row, fitted on the training rows. */
export interface Reading {
  readonly inputs: number;
  write(values: Float64Array, row: number, into: Float32Array, at: number): void;
}

/** The largest standard score that is read: sunlight is far brighter than any lamp. */
const SCORE_MAX = 5;
/** How far from the threshold the light is still read in shades, in lux. */
const LIGHT_SHADES = 30;

export const UNITS = 8;

/** Chosen by days of the training recording left out; README.md says what was tried. */
export const TRAINING: TrainingOptions = {
  loss: 'cross-entropy',
  learningRate: 0.01,
  weightDecay: 0.1,
  gradientNormMax: 1,
  batchRows: 32,
  span: WINDOW_ROWS,
  averaging: 0.99,
  epochsMax: 12,
  patience: 12,
};
const TRAINING_STRIDE = 4;

/** One threshold on the light. */
export function lightThreshold(training: readonly Stretch[]): {
  readonly lux: number;
  readonly classifier: Classifier;
} {
  const lux = fitSingleThreshold(column(rowsOf(training), LIGHT), labelsOf(training));
  return { lux, classifier: rowByRow((values, at) => values[at + LIGHT] - lux) };
}

/** Logistic regression on standard scores of some sensors. */
export function logistic(training: readonly Stretch[], sensors: readonly number[]): Classifier {
  const rows = rowsOf(training);
  const scores = fitStandardScores([rows], WIDTH);
  const read = (values: Float64Array, at: number) =>
    sensors.map((k) => standardScore(scores, k, values[at + k], Number.POSITIVE_INFINITY));
  const x: number[] = [];
  for (let at = 0; at < rows.length; at += WIDTH) x.push(...read(rows, at));
  const fit = fitLogistic(x, labelsOf(training), sensors.length, 1);
  return rowByRow((values, at) => logisticLogOdds(fit, read(values, at)));
}

export function boostedTrees(training: readonly Stretch[]): Classifier {
  const fit = fitBoostedTrees({ x: rowsOf(training), labels: labelsOf(training) }, WIDTH, { trees: 100 });
  return rowByRow((values, at) => boostedLogOdds(fit, values, at));
}

/** All five sensors as standard scores: the published inputs. */
export function allSensors(training: readonly Stretch[]): Reading {
  const scores = fitStandardScores([rowsOf(training)], WIDTH);
  return {
    inputs: WIDTH,
    write(values, row, into, at) {
      for (let k = 0; k < WIDTH; k++) {
        into[at + k] = standardScore(scores, k, values[row * WIDTH + k], SCORE_MAX);
      }
    },
  };
}

/** CO2, and how far the light is from the threshold that is the floor, saturating at some lamps' worth. */
export function lightStepAndCo2(training: readonly Stretch[]): Reading {
  const { lux } = lightThreshold(training);
  const pair = (values: Float64Array, at: number) => [
    values[at + CO2],
    Math.tanh((values[at + LIGHT] - lux) / LIGHT_SHADES),
  ];
  const rows = rowsOf(training);
  const pairs = new Float64Array((rows.length / WIDTH) * 2);
  for (let i = 0; i < pairs.length / 2; i++) pairs.set(pair(rows, i * WIDTH), i * 2);
  const scores = fitStandardScores([pairs], 2);
  return {
    inputs: 2,
    write(values, row, into, at) {
      const [co2, light] = pair(values, row * WIDTH);
      into[at] = standardScore(scores, 0, co2, SCORE_MAX);
      into[at + 1] = standardScore(scores, 1, light, SCORE_MAX);
    },
  };
}

export function variantNetwork(variant: VariantName, inputs: number): Network {
  const sizes = { inputs, units: UNITS, outputs: UNITS / 2, backboneUnits: UNITS, load: [inputs - 1], seed: 1 };
  return networkOf(VARIANTS[variant](sizes));
}

/**
 * A network trained on windows of 16 rows. All windows train: which settings, and after how many epochs to stop, was learned from days left out, so
 * the loss it is watched by is that of every sixteenth of the same windows.
 */
export function trainedNetwork(
  network: Network,
  reading: Reading,
  training: readonly Stretch[],
  random: Random,
): Classifier {
  const sequences = (stride: number) =>
    training.flatMap((stretch) => windowsOf(stretch, stride)).map((one) => sequenceOf(one, reading));
  const { theta } = train(network, sequences(TRAINING_STRIDE), sequences(WINDOW_ROWS), TRAINING, random);
  return networkClassifier(network, theta, reading);
}

/** One output is a logit; two are those of empty and occupied, as the published networks have them. */
export function networkClassifier(network: Network, theta: Float64Array, reading: Reading): Classifier {
  return (stretches) => {
    const outputs = predictOutputs(
      network,
      theta,
      stretches.map((one) => sequenceOf(one, reading)),
    );
    if (network.outputs === 1) return outputs;
    return outputs.map((pairs) =>
      Float64Array.from({ length: pairs.length / 2 }, (_, t) => pairs[2 * t + 1] - pairs[2 * t]),
    );
  };
}

function sequenceOf({ recording, from, to }: Stretch, reading: Reading): Sequence {
  const steps = to - from;
  const features = new Float32Array(steps * reading.inputs);
  for (let t = 0; t < steps; t++) reading.write(recording.values, from + t, features, t * reading.inputs);
  const ones = new Float32Array(steps).fill(1);
  return {
    steps,
    features,
    elapsed: ones,
    labels: Float32Array.from(recording.occupied.subarray(from, to)),
    weights: ones,
  };
}

function rowByRow(logOdds: (values: Float64Array, at: number) => number): Classifier {
  return (stretches) =>
    stretches.map(({ recording, from, to }) =>
      Float64Array.from({ length: to - from }, (_, t) => logOdds(recording.values, (from + t) * WIDTH)),
    );
}

function column(rows: Float64Array, k: number): Float64Array {
  return Float64Array.from({ length: rows.length / WIDTH }, (_, i) => rows[i * WIDTH + k]);
}
