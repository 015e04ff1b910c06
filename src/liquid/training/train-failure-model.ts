import { plattScaling } from '../calibration.ts';
import { CASCADE_FEATURES, cascadeFeatures, cascadeSize } from '../cascade.ts';
import { sigmoid } from '../dense.ts';
import { FEATURE_COUNT, type FeatureGroup, GROUP_ENTRIES } from '../features.ts';
import { fitLogistic, type Logistic, logisticLogOdds } from '../logistic.ts';
import type { ModelParts } from '../model.ts';
import { type Architecture, networkOf } from '../network.ts';
import type { Random } from '../parameters.ts';
import { alarmReport, type TrackScores, thresholdFor } from './alarms.ts';
import { pooled, probabilityReport, rankingReport, scoreReport } from './evaluate.ts';
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
  /** Probability from which on an agent counts as about to fail. Baselines get the threshold that gives as many false alarms on the validation runs. */
  readonly threshold: number;
}

/**
 * Makes the model that AURA ships: trains the network on the training recordings, stops early, calibrates and fits the
 * cascade risk on the validation recordings, and measures everything, baselines beside it, on the test recordings, which nothing before looked at.
 */
export function trainFailureModel(
  recordings: Recordings,
  options: FailureModelOptions,
  random: Random,
  onEpoch: (report: EpochReport) => void,
): Omit<ModelParts, 'made'> & { readonly epochs: readonly EpochReport[] } {
  const { training, validation, test } = recordings;
  const network = networkOf(options.architecture);
  const tracksOf = (list: readonly Recording[]) =>
    list.flatMap(({ tracks }) =>
      tracks.map((track) => ({
        ...track,
        weights: track.weights.map((weight, t) => (track.failed[t] === 1 ? options.failedWeight * weight : weight)),
      })),
    );
  const { theta: fitted, epochs } = train(
    network,
    tracksOf(training),
    tracksOf(validation),
    options.training,
    random,
    onEpoch,
  );
  // What is calibrated and measured is what is stored: float32.
  const theta = fitted.map(Math.fround);

  const logitsOf = (list: readonly Recording[], silenced: readonly number[] = [], normal: readonly number[] = []) =>
    list.map(({ tracks }) => {
      const seen = silenced.length === 0 ? tracks : tracks.map((track) => replaced(track, silenced, normal));
      return predictLogits(network, theta, seen);
    });
  const validationLogits = logitsOf(validation);
  const knownValidation = pooled(validation, validationLogits);
  const calibration = plattScaling(knownValidation.scores, knownValidation.labels);
  const probability = (logit: number) => sigmoid(calibration.slope * logit + calibration.intercept);
  const scoresOf = (logits: readonly TrackScores[]) =>
    logits.map((tracks) => tracks.map((track) => track.map(probability)));

  const validationScores = scoresOf(validationLogits);
  const testScores = scoresOf(logitsOf(test));
  const { threshold } = options;
  const rate = alarmReport(validation, validationScores, threshold).falseAlarmsPerAgentHour;
  const normal = normalInputs(training);

  const memoryless = fitMemoryless(training);
  const cascadeFit = fitCascade(validation, validationScores);
  const cascadeTest = cascadeCases(test, testScores);

  const baseline = (scores: (list: readonly Recording[]) => readonly TrackScores[]) =>
    scoreReport(test, scores(test), thresholdFor(validation, scores(validation), rate));
  const withNormal = (group: FeatureGroup) => {
    const logits = logitsOf(test, GROUP_ENTRIES[group], normal);
    const report = scoreReport(test, scoresOf(logits), threshold);
    return { all: report.all, onset: report.onset };
  };
  const known = pooled(test, testScores);
  const peaceful = test.map((_, r) => r).filter((r) => test[r].peaceful);
  const peace = alarmReport(
    peaceful.map((r) => test[r]),
    peaceful.map((r) => testScores[r]),
    threshold,
  );
  return {
    name: options.name,
    network,
    theta,
    normal,
    timeUnitMs: options.timeUnitMs,
    elapsedMaxMs: options.elapsedMaxMs,
    horizonMs: options.horizonMs,
    threshold,
    calibration,
    memoryless,
    cascade: { features: CASCADE_FEATURES, ...cascadeFit },
    metrics: jsonOf({
      about:
        'test recordings: seeds and fleet sizes that neither training nor calibration nor the choice of the threshold saw',
      failure: { ...scoreReport(test, testScores, threshold), ...probabilityReport(known.scores, known.labels) },
      falseAlarmsPerAgentHourWithoutFaults: peace.falseAlarmsPerAgentHour,
      baselines: {
        'largest robust z-score': baseline(largestDeviation),
        'logistic regression on the same inputs': baseline((list) => memorylessScores(list, memoryless)),
      },
      withInputsSetToNormal: {
        topology: withNormal('topology'),
        neighbours: withNormal('neighbours'),
        silence: withNormal('silence'),
      },
      byWindowMs: byWindow(test, testScores, threshold),
      cascade: cascadeReport(cascadeTest, cascadeFit),
    }),
    epochs,
  };
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

/** Baseline and ablation: logistic regression on the inputs of one window. */
function fitMemoryless(recordings: readonly Recording[]): Logistic {
  const rows: number[] = [];
  const labels: number[] = [];
  let seen = 0;
  for (const { tracks } of recordings) {
    for (const track of tracks) {
      for (let t = 0; t < track.steps; t++) {
        // A third of the windows says as much about 25 numbers as all of them.
        if (track.weights[t] === 0 || seen++ % 3 !== 0) continue;
        for (let k = 0; k < FEATURE_COUNT; k++) rows.push(track.features[t * FEATURE_COUNT + k]);
        labels.push(track.labels[t]);
      }
    }
  }
  return fitLogistic(Float32Array.from(rows), labels, FEATURE_COUNT, 1);
}

function memorylessScores(recordings: readonly Recording[], model: Logistic): readonly TrackScores[] {
  return recordings.map(({ tracks }) =>
    tracks.map(({ steps, features }) =>
      Float64Array.from({ length: steps }, (_, t) => sigmoid(logisticLogOdds(model, features, t * FEATURE_COUNT))),
    ),
  );
}

/** Baseline: the largest deviation of the four signals, traffic either way and the others upwards, or the silence, whichever is more. */
function largestDeviation(recordings: readonly Recording[]): readonly TrackScores[] {
  const entries = [0, 3, 5, 9, 11];
  return recordings.map(({ tracks }) =>
    tracks.map(({ steps, features }) =>
      Float64Array.from({ length: steps }, (_, t) => {
        let largest = 0;
        for (const entry of entries) {
          const value = features[t * FEATURE_COUNT + entry];
          largest = Math.max(largest, entry === 3 ? Math.abs(value) : value);
        }
        return largest;
      }),
    ),
  );
}

function replaced<T extends { readonly steps: number; readonly features: Float32Array }>(
  track: T,
  entries: readonly number[],
  normal: readonly number[],
): T {
  const features = track.features.slice();
  for (let t = 0; t < track.steps; t++) for (const k of entries) features[t * FEATURE_COUNT + k] = normal[k];
  return { ...track, features };
}

/** Cell windows whose outcome is known. */
interface CascadeCases {
  /** [n, CASCADE_FEATURES] */
  readonly rows: Float64Array;
  readonly labels: Uint8Array;
  /** Fewer agents than a cascade's had failed at the window's end. */
  readonly before: Uint8Array;
}

function cascadeCases(recordings: readonly Recording[], scores: readonly TrackScores[]): CascadeCases {
  const rows: number[] = [];
  const labels: number[] = [];
  const before: number[] = [];
  for (const [r, { windows, tracks, horizonMs }] of recordings.entries()) {
    const lastMs = windows.at(-1)?.endMs ?? 0;
    const tracksOf = new Map<string, number[]>();
    for (const [i, { agent }] of tracks.entries()) tracksOf.set(agent, [...(tracksOf.get(agent) ?? []), i]);
    for (const [w, { endMs, agents, cell, stability }] of windows.entries()) {
      if (endMs + horizonMs > lastMs || agents.length < cascadeSize(agents.length)) continue;
      const failure = new Float64Array(agents.length);
      let failing = 0;
      let failed = 0;
      for (const [place, agent] of agents.entries()) {
        const i = (tracksOf.get(agent) ?? []).find((one) => {
          const t = w - tracks[one].firstWindow;
          return t >= 0 && t < tracks[one].steps;
        });
        if (i === undefined) continue;
        const t = w - tracks[i].firstWindow;
        failure[place] = scores[r][i][t];
        failing += tracks[i].labels[t];
        failed += tracks[i].failed[t];
      }
      const needed = cascadeSize(agents.length);
      rows.push(...cascadeFeatures(cell, failure, stability));
      labels.push(failing >= needed ? 1 : 0);
      before.push(failed < needed ? 1 : 0);
    }
  }
  return { rows: Float64Array.from(rows), labels: Uint8Array.from(labels), before: Uint8Array.from(before) };
}

function fitCascade(recordings: readonly Recording[], scores: readonly TrackScores[]) {
  const { rows, labels } = cascadeCases(recordings, scores);
  const fit = fitLogistic(rows, labels, CASCADE_FEATURES.length, 1);
  return { ...fit, threshold: 0.5 };
}

function cascadeReport(cases: CascadeCases, fit: Logistic) {
  const width = CASCADE_FEATURES.length;
  const indices = Array.from(cases.labels.keys());
  const early = indices.filter((i) => cases.before[i] === 1);
  const risk = (i: number) => sigmoid(logisticLogOdds(fit, cases.rows, i * width));
  const independent = (i: number) => sigmoid(cases.rows[i * width]);
  const report = (score: (i: number) => number, chosen: readonly number[]) => {
    const labels = Uint8Array.from(chosen, (i) => cases.labels[i]);
    const scores = Float64Array.from(chosen, score);
    return { ...rankingReport(scores, labels), ...probabilityReport(scores, labels) };
  };
  return {
    about:
      'at least 3 agents or a tenth of the cell fail within the horizon; onset: fewer had failed at the window end',
    all: report(risk, indices),
    onset: report(risk, early),
    ifAgentsFailedIndependently: { all: report(independent, indices), onset: report(independent, early) },
  };
}

function byWindow(test: readonly Recording[], scores: readonly TrackScores[], threshold: number) {
  const lengths = [...new Set(test.map(({ windowMs }) => windowMs))].sort((a, b) => a - b);
  return Object.fromEntries(
    lengths.map((length) => {
      const chosen = test.map((_, r) => r).filter((r) => test[r].windowMs === length);
      const report = scoreReport(
        chosen.map((r) => test[r]),
        chosen.map((r) => scores[r]),
        threshold,
      );
      return [String(length), report];
    }),
  );
}

function jsonOf(value: unknown): ModelParts['metrics'] {
  return JSON.parse(JSON.stringify(value));
}
