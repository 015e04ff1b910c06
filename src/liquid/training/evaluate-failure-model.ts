import { calibrate } from '../calibration.ts';
import { CASCADE_FEATURES } from '../cascade.ts';
import { sigmoid } from '../dense.ts';
import { FEATURE_COUNT, type FeatureGroup, GROUP_ENTRIES } from '../features.ts';
import { type Logistic, logisticLogOdds } from '../logistic.ts';
import type { ModelParts } from '../model.ts';
import { alarmReport, type TrackScores, thresholdFor } from './alarms.ts';
import { largestDeviationScores, memorylessScores } from './baselines.ts';
import { type CascadeCases, cascadeCases } from './cascade-cases.ts';
import { pooled, probabilityReport, rankingReport, scoreReport } from './evaluate.ts';
import { predictLogits } from './predict.ts';
import type { Recording } from './recording.ts';

/** What is needed of a model to be measured. */
export type ScoringParts = Pick<
  ModelParts,
  'network' | 'theta' | 'calibration' | 'threshold' | 'normal' | 'memoryless' | 'cascade'
>;

/** Failure scores by recording and track. Entries given in `silenced` are put to the model's normal values first. */
export function failureScores(
  { network, theta, calibration, normal }: Pick<ScoringParts, 'network' | 'theta' | 'calibration' | 'normal'>,
  recordings: readonly Recording[],
  silenced: readonly number[] = [],
): readonly TrackScores[] {
  return recordings.map(({ tracks }) => {
    const seen = silenced.length === 0 ? tracks : tracks.map((track) => replaced(track, silenced, normal));
    const logits = predictLogits(network, theta, seen);
    return logits.map((track) => track.map((logit) => sigmoid(calibrate(calibration, logit))));
  });
}

/**
 * The figures of a model file: the model on these recordings, and the simple methods beside it at the threshold that gives them as many
 * false alarms here as the model has, the best that could have been chosen for them.
 */
export function evaluateFailureModel(model: ScoringParts, test: readonly Recording[]): ModelParts['metrics'] {
  const { threshold } = model;
  const scores = failureScores(model, test);
  const failure = scoreReport(test, scores, threshold);
  const known = pooled(test, scores);
  const rate = failure.alarms.falseAlarmsPerAgentHour;
  const baseline = (baselineScores: readonly TrackScores[]) =>
    scoreReport(test, baselineScores, thresholdFor(test, baselineScores, rate));
  const withNormal = (group: FeatureGroup) => {
    const { all, onset } = scoreReport(test, failureScores(model, test, GROUP_ENTRIES[group]), threshold);
    return { all, onset };
  };
  const peaceful = test.map((_, r) => r).filter((r) => test[r].peaceful);
  const peace = alarmReport(
    peaceful.map((r) => test[r]),
    peaceful.map((r) => scores[r]),
    threshold,
  );
  return jsonOf({
    about: 'test recordings: seeds and fleet sizes that neither training nor calibration saw',
    failure: { ...failure, ...probabilityReport(known.scores, known.labels) },
    falseAlarmsPerAgentHourWithoutFaults: peace.falseAlarmsPerAgentHour,
    baselines: {
      'largest robust z-score': baseline(largestDeviationScores(test)),
      'logistic regression on the same inputs': baseline(memorylessScores(test, model.memoryless)),
    },
    withInputsSetToNormal: {
      topology: withNormal('topology'),
      neighbours: withNormal('neighbours'),
      silence: withNormal('silence'),
    },
    byWindowMs: byWindow(test, scores, threshold),
    cascade: cascadeReport(cascadeCases(test, scores), model.cascade),
  });
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
