import type { Architecture } from '../architecture.ts';
import { boostedLogOdds, fitBoostedTrees } from '../baselines/gradient-boosted-trees.ts';
import { fitIsolationForest, isolationScore } from '../baselines/isolation-forest.ts';
import { fitRobustThreshold, robustDeviation } from '../baselines/robust-threshold.ts';
import { type Calibration, calibrate, plattScaling } from '../calibration.ts';
import { sigmoid } from '../dense.ts';
import { FEATURE_COUNT } from '../features.ts';
import { type Logistic, logisticLogOdds } from '../logistic.ts';
import { type Network, networkOf } from '../network.ts';
import type { Random } from '../parameters.ts';
import { alarmReport, type TrackScores, thresholdFor } from './alarms.ts';
import { fitMemoryless, largestDeviationScores } from './baselines.ts';
import { pooled, probabilityReport, scoreReport } from './evaluate.ts';
import { predictLogits } from './predict.ts';
import type { Recording } from './recording.ts';
import { type TrainingOptions, train } from './train.ts';

/** The same recordings for everything that is compared. */
export interface ComparisonData {
  readonly training: readonly Recording[];
  readonly validation: readonly Recording[];
  readonly test: readonly Recording[];
}

/** A network that was trained and calibrated, or a logistic regression. */
export type FittedCell =
  | {
      readonly kind: 'network';
      readonly network: Network;
      readonly theta: Float64Array;
      readonly calibration: Calibration;
    }
  | { readonly kind: 'logistic'; readonly logistic: Logistic };

export interface Compared {
  readonly parameters: number;
  readonly onset: { readonly auc: number | null; readonly ap: number | null };
  readonly all: { readonly auc: number | null; readonly ap: number | null };
  /** Null for a score that is no probability. */
  readonly brier: number | null;
  /** At the threshold that gives this many false alarms an agent and hour on the test recordings. */
  readonly foreseen: number;
  readonly noticed: number;
}

/** Trains on the training recordings, stops early and calibrates (Platt) on the validation recordings. */
export function fitCell(
  architecture: Architecture,
  { training, validation }: ComparisonData,
  options: TrainingOptions,
  random: Random,
): FittedCell {
  const network = networkOf(architecture);
  const tracks = (recordings: readonly Recording[]) => recordings.flatMap((one) => one.tracks);
  const theta = train(network, tracks(training), tracks(validation), options, random).theta.map(Math.fround);
  const known = pooled(
    validation,
    validation.map((one) => predictLogits(network, theta, one.tracks)),
  );
  return { kind: 'network', network, theta, calibration: plattScaling(known.scores, known.labels) };
}

export function cellScores(fitted: FittedCell, recordings: readonly Recording[]): readonly TrackScores[] {
  if (fitted.kind === 'logistic') {
    const { logistic } = fitted;
    return byWindow(recordings, (x, offset) => sigmoid(logisticLogOdds(logistic, x, offset)));
  }
  const { network, theta, calibration } = fitted;
  return recordings.map(({ tracks }) =>
    predictLogits(network, theta, tracks).map((track) => track.map((logit) => sigmoid(calibrate(calibration, logit)))),
  );
}

/** Simple methods, fitted on the same recordings, and their scores on the test ones. */
export function simpleMethods(data: ComparisonData, random: Random): Readonly<Record<string, Compared>> {
  const { training, validation, test } = data;
  const rows = rowsOf(training);
  const trees = fitBoostedTrees(rows, FEATURE_COUNT, {}, rowsOf(validation));
  const forest = fitIsolationForest(rows.x, FEATURE_COUNT, random);
  const robust = fitRobustThreshold(rows.x, FEATURE_COUNT);
  const logistic: FittedCell = { kind: 'logistic', logistic: fitMemoryless(training) };
  return {
    'boosted trees': compared(
      test,
      byWindow(test, (x, offset) => sigmoid(boostedLogOdds(trees, x, offset))),
      0,
      true,
    ),
    'logistic regression': compared(test, cellScores(logistic, test), FEATURE_COUNT + 1, true),
    'isolation forest': compared(
      test,
      byWindow(test, (x, offset) => isolationScore(forest, x, offset)),
      0,
      false,
    ),
    'robust threshold on the inputs': compared(
      test,
      byWindow(test, (x, offset) => robustDeviation(robust, x, offset)),
      0,
      false,
    ),
    'largest robust deviation': compared(test, largestDeviationScores(test), 0, false),
  };
}

/** False alarms an agent and hour at which methods are compared. */
const FALSE_ALARMS_PER_AGENT_HOUR = 1;

export function compared(
  test: readonly Recording[],
  scores: readonly TrackScores[],
  parameters: number,
  isProbability: boolean,
): Compared {
  const threshold = thresholdFor(test, scores, FALSE_ALARMS_PER_AGENT_HOUR);
  const { onset, all } = scoreReport(test, scores, threshold);
  const { foreseen, noticed } = alarmReport(test, scores, threshold);
  const known = pooled(test, scores);
  return {
    parameters,
    onset: { auc: onset.auc, ap: onset.ap },
    all: { auc: all.auc, ap: all.ap },
    brier: isProbability ? probabilityReport(known.scores, known.labels).brier : null,
    foreseen,
    noticed,
  };
}

/** The recordings with some inputs put to 0, which is what cannot be known. */
export function withoutInputs(recordings: readonly Recording[], entries: readonly number[]): readonly Recording[] {
  return recordings.map((recording) => ({
    ...recording,
    tracks: recording.tracks.map((track) => {
      const features = track.features.slice();
      for (let t = 0; t < track.steps; t++) for (const k of entries) features[t * FEATURE_COUNT + k] = 0;
      return { ...track, features };
    }),
  }));
}

function rowsOf(recordings: readonly Recording[]): { readonly x: Float32Array; readonly labels: Uint8Array } {
  const tracks = recordings.flatMap((one) => one.tracks);
  const kept = tracks.flatMap((track) =>
    Array.from({ length: track.steps }, (_, t) => ({ track, t })).filter(({ t }) => track.weights[t] > 0),
  );
  const x = new Float32Array(kept.length * FEATURE_COUNT);
  for (const [i, { track, t }] of kept.entries()) {
    x.set(track.features.subarray(t * FEATURE_COUNT, (t + 1) * FEATURE_COUNT), i * FEATURE_COUNT);
  }
  return { x, labels: Uint8Array.from(kept, ({ track, t }) => track.labels[t]) };
}

function byWindow(
  recordings: readonly Recording[],
  score: (x: Float32Array, offset: number) => number,
): readonly TrackScores[] {
  return recordings.map(({ tracks }) =>
    tracks.map(({ steps, features }) =>
      Float64Array.from({ length: steps }, (_, t) => score(features, t * FEATURE_COUNT)),
    ),
  );
}
