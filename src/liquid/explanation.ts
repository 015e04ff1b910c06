import { calibrate } from './calibration.ts';
import { sigmoid } from './dense.ts';
import { FEATURE_COUNT, FEATURE_GROUPS, type FeatureGroup, GROUP_ENTRIES } from './features.ts';
import type { ModelParts } from './model.ts';
import { readLogits } from './network.ts';
import type { Random } from './parameters.ts';
import { predictLogits } from './training/predict.ts';
import type { Recording, Track } from './training/recording.ts';

/**
 * Whether evidence can be trusted. A score's evidence is what its log-odds lose when a group of inputs is put back to normal in the window that is
 * scored (scoring.ts). Here the groups it names first are put back to normal over many windows, memory included, which is another question: had these
 * signals been as usual, would the score have been lower, and by more than with other signals in their place?
 */
export interface ExplanationReport {
  /** Windows looked at: one of each alarm, at random. */
  readonly cases: number;
  /** Windows over which inputs are put to normal, the one that is scored last among them. */
  readonly windows: number;
  /** Share of the cases in which a group is named first. */
  readonly firstNamed: Readonly<Record<FeatureGroup, number>>;
  readonly ablations: readonly ExplanationAblation[];
}

export interface ExplanationAblation {
  /** How many groups were put to normal: those named first. */
  readonly groups: number;
  /** Mean over the cases of the share of all equally many other groups that lower the score less. */
  readonly aboveRandom: number;
  /** Share of the cases in which the groups named last lower it less. */
  readonly aboveLeast: number;
  /** Median over the cases of what the failure score loses; of the random ones by case the mean. */
  readonly medianDrop: { readonly named: number; readonly random: number; readonly least: number };
}

export interface ExplanationOptions {
  readonly casesMax: number;
  readonly windows: number;
}

type Parts = Pick<ModelParts, 'network' | 'theta' | 'calibration' | 'normal' | 'threshold'>;

/** Null where no score of the recordings reaches the threshold: then there is no evidence to check. */
export function explanationReport(
  parts: Parts,
  recordings: readonly Recording[],
  options: ExplanationOptions,
  random: Random,
): ExplanationReport | null {
  const cases = alarmCases(parts, recordings, options.casesMax, random);
  if (cases.length === 0) return null;
  const ablated = cases.map(({ track, window }) => {
    const ranking = ranked(groupWeights(parts, track, window));
    return { ranking, logOdds: logOddsWithout(parts, track, window, options.windows) };
  });
  const share = (group: FeatureGroup): number =>
    ablated.filter(({ ranking }) => FEATURE_GROUPS[ranking[0]] === group).length / cases.length;
  return {
    cases: cases.length,
    windows: options.windows,
    firstNamed: Object.fromEntries(FEATURE_GROUPS.map((group) => [group, share(group)])) as Record<
      FeatureGroup,
      number
    >,
    ablations: [1, 2].map((groups) => ablation(ablated, groups)),
  };
}

interface Ablated {
  /** Places of the groups in FEATURE_GROUPS, named first to last. */
  readonly ranking: readonly number[];
  /** By pattern of groups that are put to normal. */
  readonly logOdds: ReadonlyMap<number, number>;
}

function ablation(cases: readonly Ablated[], groups: number): ExplanationAblation {
  let aboveRandom = 0;
  let aboveLeast = 0;
  const drops: { named: number[]; random: number[]; least: number[] } = { named: [], random: [], least: [] };
  for (const { ranking, logOdds } of cases) {
    const drop = (chosen: readonly number[]): number => sigmoid(at(logOdds, [])) - sigmoid(at(logOdds, chosen));
    const named = drop(ranking.slice(0, groups));
    const least = drop(ranking.slice(-groups));
    const others = subsets(ranking.slice(groups), groups).map(drop);
    aboveRandom += others.filter((other) => other < named).length / others.length;
    if (least < named) aboveLeast++;
    drops.named.push(named);
    drops.least.push(least);
    drops.random.push(others.reduce((sum, other) => sum + other, 0) / others.length);
  }
  return {
    groups,
    aboveRandom: aboveRandom / cases.length,
    aboveLeast: aboveLeast / cases.length,
    medianDrop: { named: medianOf(drops.named), random: medianOf(drops.random), least: medianOf(drops.least) },
  };
}

export interface AlarmCase {
  readonly track: Track;
  readonly window: number;
}

/** One window of each run of windows at or above the threshold, at most so many of them, drawn at random. */
function alarmCases(
  { network, theta, calibration, threshold }: Parts,
  recordings: readonly Recording[],
  most: number,
  random: Random,
): readonly AlarmCase[] {
  const found: AlarmCase[] = [];
  for (const { tracks } of recordings) {
    for (const [i, logits] of predictLogits(network, theta, tracks).entries()) {
      const up = (t: number): boolean => sigmoid(calibrate(calibration, logits[t])) >= threshold;
      for (let t = 0; t < logits.length; t++) {
        if (!up(t)) continue;
        const from = t;
        while (t + 1 < logits.length && up(t + 1)) t++;
        found.push({ track: tracks[i], window: from + Math.floor(random() * (t - from + 1)) });
      }
    }
  }
  // The first `most` of a shuffle (Fisher and Yates).
  for (let i = 0; i < Math.min(most, found.length); i++) {
    const j = i + Math.floor(random() * (found.length - i));
    [found[i], found[j]] = [found[j], found[i]];
  }
  return found.slice(0, most);
}

/** What the log-odds lose by group, in the order of FEATURE_GROUPS: the evidence that scoring.ts gives for this window. */
export function groupWeights(parts: Parts, track: Track, window: number): readonly number[] {
  const logOdds = logOddsWithout(parts, track, window, 1);
  return FEATURE_GROUPS.map((_, group) => at(logOdds, []) - at(logOdds, [group]));
}

/** Log-odds of a window with every choice of up to two groups put to normal in the last `windows` windows. */
function logOddsWithout(
  { network, theta, calibration, normal }: Parts,
  { features, elapsed }: Track,
  window: number,
  windows: number,
): ReadonlyMap<number, number> {
  const places = FEATURE_GROUPS.map((_, group) => group);
  const choices = [[], ...subsets(places, 1), ...subsets(places, 2)];
  const n = choices.length;
  const { inputs, state: width } = network.cell;
  const begin = Math.max(0, window - windows + 1);
  const alone = network.cell.createStep(1);
  let before = new Float64Array(width);
  for (let t = 0; t < begin; t++) {
    const next = new Float64Array(width);
    const x = Float64Array.from(features.subarray(t * inputs, (t + 1) * inputs));
    alone.forward(theta, x, before, Float64Array.of(elapsed[t]), 1, next);
    before = next;
  }
  const together = network.cell.createStep(n);
  let states = new Float64Array(n * width);
  for (let row = 0; row < n; row++) states.set(before, row * width);
  const x = new Float64Array(n * inputs);
  for (let t = begin; t <= window; t++) {
    for (const [row, choice] of choices.entries()) {
      for (let k = 0; k < inputs; k++) x[row * inputs + k] = features[t * FEATURE_COUNT + k];
      for (const group of choice) {
        for (const entry of GROUP_ENTRIES[FEATURE_GROUPS[group]]) x[row * inputs + entry] = normal[entry];
      }
    }
    const next = new Float64Array(n * width);
    together.forward(theta, x, states, new Float64Array(n).fill(elapsed[t]), n, next);
    states = next;
  }
  const logits = new Float64Array(n);
  readLogits(network, theta, states, n, logits);
  return new Map(choices.map((choice, row) => [pattern(choice), calibrate(calibration, logits[row])]));
}

function at(logOdds: ReadonlyMap<number, number>, choice: readonly number[]): number {
  return logOdds.get(pattern(choice)) ?? Number.NaN;
}

function pattern(choice: readonly number[]): number {
  return choice.reduce((bits, group) => bits | (1 << group), 0);
}

/** Places by falling weight; ties in order. */
function ranked(weights: readonly number[]): readonly number[] {
  return weights.map((_, place) => place).sort((a, b) => weights[b] - weights[a] || a - b);
}

/** All choices of 1 or 2. */
function subsets(places: readonly number[], size: number): readonly (readonly number[])[] {
  if (size === 1) return places.map((place) => [place]);
  return places.flatMap((a, i) => places.slice(i + 1).map((b) => [a, b]));
}

function medianOf(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1];
}
