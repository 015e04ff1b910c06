import { type AlarmReport, alarmReport, type TrackScores } from './alarms.ts';
import { averagePrecision, brierScore, type ReliabilityBin, reliability, rocAuc } from './metrics.ts';
import type { Recording } from './recording.ts';

/** Windows and agents pooled. */
export interface RankingReport {
  readonly cases: number;
  readonly positives: number;
  /** Null where all cases are of one class: there is nothing to rank. */
  readonly auc: number | null;
  readonly ap: number | null;
}

export interface ScoreReport {
  /** All windows whose outcome is known. */
  readonly all: RankingReport;
  /** Those alone at whose end the agent had not failed: foresight, without credit for seeing what has happened. */
  readonly onset: RankingReport;
  readonly alarms: AlarmReport;
}

export interface ProbabilityReport {
  readonly brier: number;
  /** Brier score of saying the base rate every time. */
  readonly brierOfBaseRate: number;
  readonly reliability: readonly ReliabilityBin[];
}

/** Scores, labels and the failed flag of every window whose outcome is known, in one row each. */
export function pooled(recordings: readonly Recording[], scores: readonly TrackScores[]) {
  const pooledScores: number[] = [];
  const labels: number[] = [];
  const failed: number[] = [];
  for (const [r, { tracks }] of recordings.entries()) {
    for (const [i, track] of tracks.entries()) {
      for (let t = 0; t < track.steps; t++) {
        if (track.weights[t] === 0) continue;
        pooledScores.push(scores[r][i][t]);
        labels.push(track.labels[t]);
        failed.push(track.failed[t]);
      }
    }
  }
  return { scores: Float64Array.from(pooledScores), labels: Uint8Array.from(labels), failed: Uint8Array.from(failed) };
}

export function scoreReport(
  recordings: readonly Recording[],
  scores: readonly TrackScores[],
  threshold: number,
): ScoreReport {
  const all = pooled(recordings, scores);
  const well = all.scores.map((_, i) => i).filter((i) => all.failed[i] === 0);
  return {
    all: rankingReport(all.scores, all.labels),
    onset: rankingReport(
      well.map((i) => all.scores[i]),
      Uint8Array.from(well, (i) => all.labels[i]),
    ),
    alarms: alarmReport(recordings, scores, threshold),
  };
}

export function probabilityReport(probabilities: Float64Array, labels: Uint8Array): ProbabilityReport {
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  return {
    brier: brierScore(probabilities, labels),
    brierOfBaseRate: rate * (1 - rate),
    reliability: reliability(probabilities, labels),
  };
}

export function rankingReport(scores: Float64Array, labels: Uint8Array): RankingReport {
  const cases = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === cases) return { cases, positives, auc: null, ap: null };
  return { cases, positives, auc: rocAuc(scores, labels), ap: averagePrecision(scores, labels) };
}
