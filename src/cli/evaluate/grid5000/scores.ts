/** Figures from scores and labels of the cases that were held back. */

import { unitHash } from '../../../liquid/availability/sampling.ts';
import { sigmoid } from '../../../liquid/dense.ts';
import { brierScore, expectedCalibrationError } from '../../../liquid/training/metrics.ts';
import { rankingOf } from './ranking.ts';

export interface Outcome {
  /** By case, in order of time. */
  readonly labels: Uint8Array;
  readonly days: Int32Array;
  readonly ticks: Int32Array;
  readonly sites: Int32Array;
  /** Log-odds by case, by method. */
  readonly scores: ReadonlyMap<string, Float64Array>;
}

export type MethodFigures = {
  readonly auc: number;
  readonly ap: number;
  readonly brier?: number;
  /** 1 - Brier / that of the base rate: above 0 where the probabilities say more than the base rate does. */
  readonly brierSkill?: number;
  readonly calibrationError?: number;
  readonly reliability?: readonly { readonly said: number; readonly happened: number; readonly cases: number }[];
};

/** The cases that are asked for, and how well a method ranks them. */
export function among({ labels, scores }: Outcome, wanted: (i: number) => boolean) {
  const at = labels.map((_, i) => (wanted(i) ? 1 : 0));
  const own = labels.filter((_, i) => at[i] === 1);
  return {
    cases: own.length,
    positives: own.reduce((sum, label) => sum + label, 0),
    ranking: (name: string) =>
      rankingOf(
        scoresOf(scores, name).filter((_, i) => at[i] === 1),
        own,
      ),
  };
}

/**
 * Without the moments at which at least half of a site's nodes in service fail in the horizon: what takes a whole site down, such as maintenance or a power
 * cut, mostly comes from outside.
 */
export function withoutWholeSites(outcome: Outcome, name: string) {
  const { labels, ticks, sites } = outcome;
  const keyOf = (i: number) => ticks[i] * 1024 + sites[i];
  const counts = new Map<number, { up: number; failing: number }>();
  for (const i of labels.keys()) {
    const count = counts.get(keyOf(i)) ?? { up: 0, failing: 0 };
    count.up++;
    count.failing += labels[i];
    counts.set(keyOf(i), count);
  }
  const whole = new Set(
    [...counts].filter(([, { up, failing }]) => failing >= 3 && failing >= up / 2).map(([key]) => key),
  );
  const rest = among(outcome, (i) => !whole.has(keyOf(i)));
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return {
    moments: whole.size,
    shareOfFailing: 1 - rest.positives / positives,
    cases: rest.cases,
    baseRate: rest.positives / rest.cases,
    ...(rest.positives > 0 ? rest.ranking(name) : { auc: null, ap: null }),
  };
}

function scoresOf(scores: Outcome['scores'], name: string): Float64Array {
  const found = scores.get(name);
  if (found === undefined) throw new RangeError(`no scores of '${name}'`);
  return found;
}

/** Upper ends of the bins of reliability: most probabilities are small. */
const BINS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1];

export function figuresOf({ labels, scores }: Outcome, name: string, probabilities: boolean): MethodFigures {
  const logOdds = scoresOf(scores, name);
  const ranking = rankingOf(logOdds, labels);
  if (!probabilities) return ranking;
  const said = logOdds.map(sigmoid);
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const brier = brierScore(said, labels);
  const bins = reliabilityOf(said, labels);
  return {
    ...ranking,
    brier,
    brierSkill: 1 - brier / (rate * (1 - rate)),
    calibrationError: expectedCalibrationError(
      bins.map((bin) => ({ from: 0, to: 1, count: bin.cases, meanProbability: bin.said, share: bin.happened })),
    ),
    reliability: bins,
  };
}

function reliabilityOf(said: Float64Array, labels: Uint8Array) {
  const sums = BINS.map(() => ({ said: 0, happened: 0, cases: 0 }));
  for (const [i, p] of said.entries()) {
    const bin = sums[BINS.findIndex((end) => p <= end)];
    bin.said += p;
    bin.happened += labels[i];
    bin.cases++;
  }
  return sums
    .filter(({ cases }) => cases > 0)
    .map(({ said: sum, happened, cases }) => ({ said: sum / cases, happened: happened / cases, cases }));
}

/**
 * How sure it is that one method ranks better than another: days drawn with replacement (Efron 1979), as the cases of a day stand and fall together.
 * AP and AUC of a draw are taken from at most two thousand classes of score by rank: of up to a thousand failing cases as they are, of more to
 * about a thousandth. A draw whose days hold one kind of case alone ranks nothing and is left out.
 */
export function pairedByDay(outcome: Outcome, ours: string, other: string, draws = 200) {
  const [a, b] = [ours, other].map((name) => classCounts(outcome, name));
  const differences = Array.from({ length: draws }, (_, draw) => {
    const weights = new Float64Array(a.days);
    for (let d = 0; d < a.days; d++) weights[Math.floor(unitHash(draw + 1, d) * a.days)]++;
    const [one, two] = [a, b].map((counts) => drawn(counts, weights));
    return { auc: one.auc - two.auc, ap: one.ap - two.ap };
  }).filter(({ auc }) => !Number.isNaN(auc));
  const range = (values: readonly number[]) => {
    const sorted = values.toSorted((x, y) => x - y);
    return { low: sorted[Math.floor(0.025 * sorted.length)], high: sorted[Math.floor(0.975 * sorted.length)] };
  };
  return {
    days: a.days,
    draws: differences.length,
    auc: range(differences.map(({ auc }) => auc)),
    ap: range(differences.map(({ ap }) => ap)),
  };
}

const CLASSES = 2001;

interface ClassCounts {
  readonly days: number;
  /** [days, classes], the highest scores first. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

function classCounts({ labels, days, scores }: Outcome, name: string): ClassCounts {
  const logOdds = scoresOf(scores, name);
  // Classes by rank among the failing alone: there the curve moves.
  const failing = logOdds.filter((_, i) => labels[i] === 1).sort();
  const first = days[0];
  const count = days[days.length - 1] - first + 1;
  const positives = new Float64Array(count * CLASSES);
  const negatives = new Float64Array(count * CLASSES);
  const scale = Math.min(1, (CLASSES - 1) / (2 * failing.length));
  for (const [i, score] of logOdds.entries()) {
    const rank = Math.floor(scale * rankAmong(failing, score));
    (labels[i] === 1 ? positives : negatives)[(days[i] - first) * CLASSES + rank]++;
  }
  return { days: count, positives, negatives };
}

/** Twice how many are above the score, and how many tie with it: what lies between two of them has a rank between theirs. */
function rankAmong(ascending: Float64Array, score: number): number {
  const countOf = (isCounted: (value: number) => boolean) => {
    let low = 0;
    let high = ascending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isCounted(ascending[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return 2 * ascending.length - countOf((value) => value <= score) - countOf((value) => value < score);
}

function drawn({ days, positives, negatives }: ClassCounts, weights: Float64Array) {
  const found = new Float64Array(CLASSES);
  const wrong = new Float64Array(CLASSES);
  for (let d = 0; d < days; d++) {
    if (weights[d] === 0) continue;
    for (let c = 0; c < CLASSES; c++) {
      found[c] += weights[d] * positives[d * CLASSES + c];
      wrong[c] += weights[d] * negatives[d * CLASSES + c];
    }
  }
  let hits = 0;
  let misses = 0;
  let ap = 0;
  let below = 0;
  for (let c = 0; c < CLASSES; c++) {
    below += found[c] * (misses + wrong[c] / 2);
    hits += found[c];
    misses += wrong[c];
    if (hits > 0) ap += (found[c] * hits) / (hits + misses);
  }
  return { auc: 1 - below / (hits * misses), ap: ap / hits };
}
