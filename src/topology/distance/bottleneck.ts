import type { Diagram } from '../homology/diagram.ts';
import { largestOf } from '../p-norm.ts';
import { essentialBirths, finitePoints, halfOf, type Points } from './points.ts';
import { canSaturate, SortedPoints } from './saturation.ts';

/** While more costs than this are in question, halving the interval is cheaper than sorting them. */
const CANDIDATES_MAX = 1 << 12;

/**
 * The bottleneck distance between two diagrams of the same dimension, exact: over all matchings of their points, where a point may also be
 * matched with the diagonal, the least possible largest move in the maximum norm (Cohen-Steiner, Edelsbrunner & Harer 2007).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ.
 *
 * The answer is one of finitely many costs: the least radius that suffices. Whether moves of at most r suffice splits in two by the theorem of
 * Mendelsohn and Dulmage (1958): iff the points of either side that are too long for the diagonal can be matched into the other side,
 * each side considered for itself. One radius costs O(k^1.5) looks among near points (Efrat, Itai & Katz 2001); about 60 radii are tried.
 *
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE for a birth that is not finite
 */
export function bottleneckDistance(one: Diagram, other: Diagram): number {
  const essential = essentialDistance(essentialBirths(one), essentialBirths(other));
  if (essential === Number.POSITIVE_INFINITY) return essential;
  return bottleneckOfPoints(finitePoints(one), finitePoints(other), essential);
}

/** @returns at least `atLeast` */
export function bottleneckOfPoints(a: Points, b: Points, atLeast = 0): number {
  // H0 of a Rips complex has all births at 0, and then the points lie on a line.
  return Math.max(atLeast, haveOneBirth(a, b) ? distanceOnLine(a, b) : distanceInPlane(a, b, atLeast));
}

/** On a line the best matching is monotone: the largest move, Infinity where the numbers differ. */
function essentialDistance(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let move = 0;
  for (let k = 0; k < a.length; k++) move = Math.max(move, Math.abs(a[k] - b[k]));
  return move;
}

function haveOneBirth(a: Points, b: Points): boolean {
  const birth = a.count > 0 ? a.births[0] : b.births[0];
  for (let k = 0; k < a.count; k++) if (a.births[k] !== birth) return false;
  for (let k = 0; k < b.count; k++) if (b.births[k] !== birth) return false;
  return true;
}

/**
 * With one birth, some best matching pairs the k longest of both sides in order and sends the rest to the diagonal, for some k: two
 * pairs that cross can be uncrossed, and a longer point on the diagonal exchanged for a shorter one, without a larger move.
 */
function distanceOnLine(a: Points, b: Points): number {
  const deathsA = a.deaths.slice().sort().reverse();
  const deathsB = b.deaths.slice().sort().reverse();
  const birth = a.count > 0 ? a.births[0] : b.births[0];
  const half = (deaths: Float64Array, k: number): number => (k < deaths.length ? halfOf(birth, deaths[k]) : 0);
  let best = Math.max(half(deathsA, 0), half(deathsB, 0));
  let matched = 0;
  for (let k = 0; k < Math.min(deathsA.length, deathsB.length) && matched < best; k++) {
    matched = Math.max(matched, Math.abs(deathsA[k] - deathsB[k]));
    best = Math.min(best, Math.max(matched, half(deathsA, k + 1), half(deathsB, k + 1)));
  }
  return best;
}

function distanceInPlane(one: Points, other: Points, atLeast: number): number {
  const a = new SortedPoints(one);
  const b = new SortedPoints(other);
  // Everything on the diagonal always works, so no larger cost is of interest; nor is one that the essential bars exceed anyway.
  const most = Math.max(largestOf(a.halves), largestOf(b.halves));
  if (most <= atLeast) return atLeast;
  const suffices = (radius: number): boolean => canSaturate(a, b, radius) && canSaturate(b, a, radius);
  // Every point moves to its nearest partner or farther. Of two diagrams that are close, this is mostly the answer.
  const least = Math.max(atLeast, nearestMoves(a, b), nearestMoves(b, a));
  if (suffices(least)) return least;

  // `low` does not suffice, `high` does.
  let low = least;
  let high = most;
  for (;;) {
    const candidates = costsBetween(a, b, low, high, CANDIDATES_MAX);
    if (candidates !== undefined) return leastThatSuffices(candidates, suffices);
    const middle = low + (high - low) / 2;
    // Neighbouring numbers: nothing lies between.
    if (!(middle > low && middle < high)) return high;
    if (suffices(middle)) high = middle;
    else low = middle;
  }
}

/** The greatest, over the points of `a`, of the way to the nearest point of `b` or to the diagonal. */
function nearestMoves(a: SortedPoints, b: SortedPoints): number {
  let greatest = 0;
  for (let i = 0; i < a.count; i++) {
    if (a.halves[i] > greatest) greatest = Math.max(greatest, Math.min(a.halves[i], a.distanceToNearest(i, b)));
  }
  return greatest;
}

/** All costs in (low, high], or undefined where there are more than `most`. `high` is one of them only if it is a cost. */
function costsBetween(
  a: SortedPoints,
  b: SortedPoints,
  low: number,
  high: number,
  most: number,
): Float64Array | undefined {
  const costs: number[] = [];
  for (const half of a.halves) if (half > low && half <= high) costs.push(half);
  for (const half of b.halves) if (half > low && half <= high) costs.push(half);
  for (let i = 0; i < a.count && costs.length <= most; i++) {
    for (let j = b.windowStart(a.births[i], high); j < b.count && b.births[j] - a.births[i] <= high; j++) {
      const cost = a.distanceTo(i, b, j);
      if (cost > low && cost <= high) costs.push(cost);
    }
  }
  return costs.length <= most ? Float64Array.from(costs).sort() : undefined;
}

/** @param ascending of which the last suffices */
function leastThatSuffices(ascending: Float64Array, suffices: (radius: number) => boolean): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (suffices(ascending[middle])) high = middle;
    else low = middle + 1;
  }
  return ascending[low];
}
