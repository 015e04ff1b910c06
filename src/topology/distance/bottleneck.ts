import type { Diagram } from '../homology/diagram.ts';
import { essentialBirths, finitePoints, type Points } from './points.ts';

/**
 * The bottleneck distance between two diagrams of the same dimension, exact: over all matchings of their points, where a point may also be
 * matched with the diagonal, the least possible largest move in the maximum norm (Cohen-Steiner, Edelsbrunner & Harer 2007).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ.
 *
 * The answer is one of finitely many costs, found by bisection. Whether moves of at most r suffice splits in two by the theorem of
 * Mendelsohn and Dulmage (1958): iff the points of either side that are too long for the diagonal can be matched into the other side,
 * each side considered for itself. O(k^3 log k) in the worst case for k points.
 */
export function bottleneckDistance(one: Diagram, other: Diagram): number {
  const essential = essentialDistance(essentialBirths(one), essentialBirths(other));
  if (essential === Number.POSITIVE_INFINITY) return essential;
  const a = finitePoints(one);
  const b = finitePoints(other);
  // H0 of a Rips complex has all births at 0, and then the points lie on a line.
  return Math.max(essential, haveOneBirth(a, b) ? distanceOnLine(a, b) : distanceInPlane(a, b, essential));
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
  const half = (deaths: Float64Array, k: number): number => (k < deaths.length ? (deaths[k] - birth) / 2 : 0);
  let best = Math.max(half(deathsA, 0), half(deathsB, 0));
  let matched = 0;
  for (let k = 0; k < Math.min(deathsA.length, deathsB.length) && matched < best; k++) {
    matched = Math.max(matched, Math.abs(deathsA[k] - deathsB[k]));
    best = Math.min(best, Math.max(matched, half(deathsA, k + 1), half(deathsB, k + 1)));
  }
  return best;
}

function distanceInPlane(a: Points, b: Points, atLeast: number): number {
  const costs = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      const cost = Math.max(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j]));
      costs[i * b.count + j] = cost;
    }
  }
  const onDiagonalA = halves(a);
  const onDiagonalB = halves(b);
  // Everything on the diagonal always works, so no larger cost is of interest; nor is one that the essential bars exceed anyway.
  const most = Math.max(largest(onDiagonalA), largest(onDiagonalB));
  if (most <= atLeast) return atLeast;
  const all = new Float64Array(costs.length + a.count + b.count);
  all.set(costs);
  all.set(onDiagonalA, costs.length);
  all.set(onDiagonalB, costs.length + a.count);
  const candidates = all.filter((cost) => cost > atLeast && cost <= most).sort();
  const suffices = (radius: number): boolean =>
    canSaturate(a.count, b.count, onDiagonalA, radius, (i, j) => costs[i * b.count + j] <= radius) &&
    canSaturate(b.count, a.count, onDiagonalB, radius, (j, i) => costs[i * b.count + j] <= radius);
  if (suffices(atLeast)) return atLeast;
  let low = 0;
  let high = candidates.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (suffices(candidates[middle])) high = middle;
    else low = middle + 1;
  }
  return candidates[low];
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

function halves(points: Points): Float64Array {
  return points.deaths.map((death, k) => (death - points.births[k]) / 2);
}

/** True if every left point whose way to the diagonal is longer than `radius` can have a right point of its own. */
function canSaturate(
  leftCount: number,
  rightCount: number,
  toDiagonal: Float64Array,
  radius: number,
  isNear: (left: number, right: number) => boolean,
): boolean {
  const leftOf = new Int32Array(rightCount).fill(-1);
  const rightOf = new Int32Array(leftCount).fill(-1);
  const reachedFrom = new Int32Array(rightCount);
  const seenIn = new Int32Array(rightCount).fill(-1);
  const queue = new Int32Array(leftCount);
  for (let start = 0; start < leftCount; start++) {
    if (toDiagonal[start] <= radius) continue;
    // Breadth first along alternating paths, to a right point that is still free.
    queue[0] = start;
    let end = 1;
    let free = -1;
    for (let at = 0; at < end && free < 0; at++) {
      const left = queue[at];
      for (let right = 0; right < rightCount && free < 0; right++) {
        if (seenIn[right] === start || !isNear(left, right)) continue;
        seenIn[right] = start;
        reachedFrom[right] = left;
        if (leftOf[right] < 0) free = right;
        else queue[end++] = leftOf[right];
      }
    }
    if (free < 0) return false;
    for (let right = free; right >= 0; ) {
      const left = reachedFrom[right];
      const before = rightOf[left];
      leftOf[right] = left;
      rightOf[left] = right;
      right = before;
    }
  }
  return true;
}
