import { TopologyError } from '../errors.ts';
import { type Moment, momentDistance } from '../stability.ts';

/** How far a moment is from those before it, and how surprising that is. */
export interface Departure {
  /** Median distance to the moments of its baseline, in the units of the filtration. */
  readonly distance: number;
  /**
   * The share of moments, of the baseline and itself, whose median distance to the others is at least as great. Under the null hypothesis below, p is at
   * most k / (window + 1) with no more than that probability, for every k.
   */
  readonly pValue: number;
}

export interface BaselineOptions {
  /** How many moments before one are its baseline; at least 2. */
  readonly window: number;
  /** Default: the greatest bottleneck distance over the dimensions. */
  readonly distance?: (a: Moment, b: Moment) => number;
}

export interface ChangePointOptions extends BaselineOptions {
  /** A departure with a p-value of at most this is a change, above 0 and below 1. Nothing below 1 / (window + 1) can be reached. */
  readonly level: number;
}

/**
 * For each moment that has a whole baseline before it, its distance from that (change points by diagram distances: Islambekov, Yuvaraj & Gel 2020).
 *
 * The null hypothesis of a p-value: the moments of the baseline and the one that follows are exchangeable, that is any order of them was as likely. The p-value
 * is then exact, whatever the distribution (conformal prediction: Vovk, Gammerman & Shafer 2005). Moments that depend on each other in time, such as
 * overlapping windows, are not exchangeable, and small p-values will be too many.
 *
 * @param sequence oldest first
 * @returns by moment; null for the first `window` ones
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE
 */
export function departures(sequence: readonly Moment[], options: BaselineOptions): (Departure | null)[] {
  const { window, distance = momentDistance } = options;
  checkWindow(window);
  // Each distance is needed by every baseline that holds both moments, so rows are kept: entry k of row t is the distance to moment t - k - 1.
  const rows: Float64Array[] = [];
  return sequence.map((moment, t) => {
    const reach = Math.min(t, window);
    rows.push(Float64Array.from({ length: reach }, (_, k) => distance(sequence[t - k - 1], moment)));
    return t < window ? null : departure(rows, t, window);
  });
}

/**
 * The moments at which a departure begins: p at most `level`, and not so at the moment before. Under the null hypothesis of departures() a
 * sequence of n moments without a change has at most level x n of them on average.
 *
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE
 */
export function changePoints(sequence: readonly Moment[], options: ChangePointOptions): number[] {
  const { level, window } = options;
  checkWindow(window);
  if (!(level >= 1 / (window + 1) && level < 1)) {
    const valid = `at least 1 / (window + 1) = ${1 / (window + 1)} and below 1`;
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'level', level, valid);
  }
  const isDeparture = departures(sequence, options).map((found) => found !== null && found.pValue <= level);
  return [...isDeparture.keys()].filter((t) => isDeparture[t] && !(t > 0 && isDeparture[t - 1]));
}

function checkWindow(window: number): void {
  if (Number.isInteger(window) && window >= 2) return;
  throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'window', window, 'a whole number of at least 2');
}

function departure(rows: readonly Float64Array[], latest: number, window: number): Departure {
  const between = (a: number, b: number): number => rows[Math.max(a, b)][Math.abs(a - b) - 1];
  const members = Array.from({ length: window + 1 }, (_, k) => latest - window + k);
  const medians = members.map((own) =>
    median(members.filter((other) => other !== own).map((other) => between(own, other))),
  );
  const distance = medians[window];
  return { distance, pValue: medians.filter((other) => other >= distance).length / (window + 1) };
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
