import type { Architecture } from '../architecture.ts';
import { CASCADE_FEATURES } from '../cascade.ts';
import { explanationReport } from '../explanation.ts';
import { FEATURE_COUNT } from '../features.ts';
import type { Logistic } from '../logistic.ts';
import type { ModelParts } from '../model.ts';
import { networkOf } from '../network.ts';
import type { Random } from '../parameters.ts';
import { thresholdFor } from './alarms.ts';
import { fitMemoryless } from './baselines.ts';
import { chooseCalibration } from './calibrate.ts';
import { type CascadeCases, cascadeCases, fitCascade } from './cascade-cases.ts';
import { pooled } from './evaluate.ts';
import { evaluateFailureModel, failureScores } from './evaluate-failure-model.ts';
import { predictLogits } from './predict.ts';
import type { Recording } from './recording.ts';
import { type EpochReport, type TrainingOptions, train } from './train.ts';

export interface Recordings {
  readonly training: readonly Recording[];
  readonly validation: readonly Recording[];
  readonly test: readonly Recording[];
}

export interface FailureModelOptions {
  readonly name: string;
  readonly architecture: Architecture;
  readonly training: TrainingOptions;
  /**
   * How much a window counts in which the agent has failed already, against 1 for the others: that it goes on is easily told, and
   * without this most of what is learned is about that. Calibration counts them alike.
   */
  readonly failedWeight: number;
  readonly timeUnitMs: number;
  readonly elapsedMaxMs: number;
  readonly horizonMs: number;
  /**
   * Probability from which on an agent counts as about to fail; or the rate of false alarms, by agent and hour, that the lowest threshold keeps on the
   * validation recordings.
   */
  readonly threshold: number | { readonly falseAlarmsPerAgentHour: number };
}

/** Cases and windows of the check of the evidence: enough for a share to the nearest few hundredths, few enough for some seconds. */
const EXPLAINED = { casesMax: 400, windows: 30 } as const;

/**
 * Makes a model that scores agents: trains the network on the training recordings, stops early, calibrates and fits the cascade risk on the
 * validation recordings, and measures it on the test recordings, which nothing before looked at.
 */
export function trainFailureModel(
  { training, validation, test }: Recordings,
  options: FailureModelOptions,
  random: Random,
  onEpoch: (report: EpochReport) => void,
): Omit<ModelParts, 'made'> & { readonly epochs: readonly EpochReport[] } {
  const { name, timeUnitMs, elapsedMaxMs, horizonMs, failedWeight } = options;
  const network = networkOf(options.architecture);
  const weighted = (recordings: readonly Recording[]) => recordings.flatMap((one) => weightedTracks(one, failedWeight));
  const fitted = train(network, weighted(training), weighted(validation), options.training, random, onEpoch);
  // What is calibrated and measured is what is stored: float32.
  const theta = fitted.theta.map(Math.fround);

  const logits = validation.map(({ tracks }) => predictLogits(network, theta, tracks));
  const known = pooled(validation, logits);
  const { calibration, chosen, heldBack } = chooseCalibration(
    { logits: known.scores, labels: known.labels },
    halvesInTime(validation),
  );
  const uncut = { network, theta, calibration, normal: normalInputs(training), memoryless: fitMemoryless(training) };
  const scores = failureScores(uncut, validation);
  const threshold =
    typeof options.threshold === 'number'
      ? options.threshold
      : thresholdFor(validation, scores, options.threshold.falseAlarmsPerAgentHour);
  const scoring = { ...uncut, threshold };
  const cascade = { features: CASCADE_FEATURES, threshold: 0.5, ...cascadeOf(cascadeCases(validation, scores)) };
  const metrics = evaluateFailureModel({ ...scoring, cascade }, test);
  const explanation = explanationReport(scoring, test, EXPLAINED, random);
  return {
    name,
    timeUnitMs,
    elapsedMaxMs,
    horizonMs,
    ...scoring,
    cascade,
    metrics: {
      ...metrics,
      calibration: { chosen, brierHeldBack: heldBack },
      explanation: JSON.parse(JSON.stringify(explanation)),
    },
    epochs: fitted.epochs,
  };
}

function weightedTracks({ tracks }: Recording, failedWeight: number) {
  return tracks.map((track) => ({
    ...track,
    weights: track.weights.map((weight, t) => (track.failed[t] === 1 ? failedWeight * weight : weight)),
  }));
}

/** By case, in the order of `pooled`: 0 for windows in the first half of their recording, 1 for the others. */
function halvesInTime(recordings: readonly Recording[]): Uint8Array {
  const halves: number[] = [];
  for (const { windows, tracks } of recordings) {
    for (const { firstWindow, steps, weights } of tracks) {
      for (let t = 0; t < steps; t++) {
        if (weights[t] !== 0) halves.push(2 * (firstWindow + t) < windows.length ? 0 : 1);
      }
    }
  }
  return Uint8Array.from(halves);
}

/** Where no cell was seen with and without a cascade, agents count as failing independently of each other. */
const INDEPENDENT: Logistic = {
  weights: CASCADE_FEATURES.map((name) => (name === 'independent.logOdds' ? 1 : 0)),
  bias: 0,
};

function cascadeOf(cases: CascadeCases): Logistic {
  return cases.labels.includes(0) && cases.labels.includes(1) ? fitCascade(cases) : INDEPENDENT;
}

/** Medians of the inputs over the windows of well agents that stay well. */
function normalInputs(recordings: readonly Recording[]): number[] {
  const columns: number[][] = Array.from({ length: FEATURE_COUNT }, () => []);
  for (const { tracks } of recordings) {
    for (const { steps, features, labels, weights } of tracks) {
      // Every seventh window is plenty for a median.
      for (let t = 0; t < steps; t += 7) {
        if (weights[t] === 0 || labels[t] === 1) continue;
        for (let k = 0; k < FEATURE_COUNT; k++) columns[k].push(features[t * FEATURE_COUNT + k]);
      }
    }
  }
  return columns.map((values) => Float64Array.from(values).sort()[values.length >> 1]);
}
