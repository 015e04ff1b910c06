import { bottleneckDistance } from './distance/bottleneck.ts';
import type { Diagram } from './homology/diagram.ts';
import { lifespans } from './vectorize/lifespans.ts';

/** The diagrams of one moment, by dimension; every moment of a sequence has as many. */
export type Moment = readonly Diagram[];

export interface Stability {
  /** 0..1: 1 while the latest moment is no farther from the earlier ones than these are from one to the next; 0 where it is infinitely far. */
  readonly score: number;
  /** Median distance of the latest moment from the earlier ones, in the units of the filtration. */
  readonly drift: number;
  /** Median distance from one earlier moment to the next. */
  readonly usual: number;
}

/** Moves below this share of the longest bar count as none, or a fleet that stood perfectly still would be upset by a breath. */
const REST = 0.01;

/** Two earlier moments are the least that show how much is usual. */
const MOMENTS_MIN = 3;

/**
 * How stable the shape of a cell is: what the latest diagrams differ by from a trailing baseline, against what is usual in it
 * (change points by diagram distances: Islambekov, Yuvaraj & Gel 2020).
 *
 * The distance of two moments is the greatest bottleneck distance over the dimensions. score = (usual + rest) / (drift + rest), at most 1;
 * rest is 1 % of the longest bar of the latest earlier moment. A sequence of fewer than 3 moments says nothing yet and scores 1.
 *
 * @param sequence oldest first, the latest moment last
 */
export function stability(sequence: readonly Moment[]): Stability {
  if (sequence.length < MOMENTS_MIN) return { score: 1, drift: 0, usual: 0 };
  const latest = sequence[sequence.length - 1];
  const earlier = sequence.slice(0, -1);
  const drifts = earlier.map((moment) => momentDistance(moment, latest));
  const steps = earlier.slice(1).map((moment, k) => momentDistance(earlier[k], moment));
  const longest = Math.max(0, ...earlier[earlier.length - 1].map((diagram) => lifespans(diagram).longest));
  return compareToBaseline(drifts, steps, longest * REST);
}

/** The greatest bottleneck distance over the dimensions. */
export function momentDistance(a: Moment, b: Moment): number {
  return Math.max(0, ...a.map((diagram, dimension) => bottleneckDistance(diagram, b[dimension])));
}

/**
 * The same from distances that are already known: of the latest moment to each earlier one, and of each earlier one to the next. Keeping these
 * with the diagrams spares all but the distances to the latest.
 */
export function compareToBaseline(drifts: readonly number[], steps: readonly number[], rest: number): Stability {
  const drift = median(drifts);
  const usual = median(steps);
  // Infinity stands for a different number of bars that never die; where that is usual, it is no news.
  if (drift <= usual) return { score: 1, drift, usual };
  return { score: drift === Number.POSITIVE_INFINITY ? 0 : (usual + rest) / (drift + rest), drift, usual };
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
