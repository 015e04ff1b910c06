import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { largestOf, pNorm } from '../p-norm.ts';
import { bottleneckOfPoints } from './bottleneck.ts';
import { ALONE, cheapestMatching, type Gains } from './matching.ts';
import { essentialBirths, finitePoints, halfOf, type Points } from './points.ts';

export interface WassersteinOptions {
  /** Exponent p >= 1 of the sum. Default 2. */
  readonly order?: number;
  /** Norm in the plane: the maximum norm (default, as in Hera) or the Euclidean. */
  readonly ground?: 'maximum' | 'euclidean';
}

/** How long a move by dx and dy is. */
type Length = (dx: number, dy: number) => number;
/** The cost of a move of some length. */
type Cost = (length: number) => number;

/** What counts in a matching: no move may be longer than the bound. */
interface Rule {
  readonly length: Length;
  readonly bound: number;
  /** Of a length up to the bound, from 0 to 1. */
  readonly cost: Cost;
}

/** What a point costs alone that may not go to the diagonal. */
const FORBIDDEN = 2;
/** The sum of costs is found to within rounding of 1, so it may not be much less. */
const SUM_MIN = 1e-5;

/**
 * The p-Wasserstein distance between two diagrams of the same dimension, exact: over all matchings of their points, with the diagonal for
 * whatever is left, the least p-th root of the sum of moves to the p-th power (Kerber, Morozov & Nigmetov 2017).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ. O(k^3) for k points.
 *
 * A best matching has no move longer than its distance, and that is at most the bottleneck distance times the p-th root of the number of moves.
 * Longer ones are forbidden and the rest measured in units of that bound, so that no power overflows and none vanishes beside one that
 * does not matter: the sum is right to rounding at any order.
 *
 * @throws TopologyError TOPOLOGY_BAD_ORDER, and TOPOLOGY_OUT_OF_RANGE for a birth that is not finite
 */
export function wassersteinDistance(one: Diagram, other: Diagram, options: WassersteinOptions = {}): number {
  const order = options.order ?? 2;
  if (!(order >= 1) || order === Number.POSITIVE_INFINITY) {
    throw new TopologyError(
      'TOPOLOGY_BAD_ORDER',
      'order',
      order,
      'a finite number of at least 1 (bottleneckDistance is the limit)',
    );
  }
  const essentialA = essentialBirths(one);
  const essentialB = essentialBirths(other);
  if (essentialA.length !== essentialB.length) return Number.POSITIVE_INFINITY;
  const left = finitePoints(one);
  const right = finitePoints(other);
  // The matching goes row by row, so the side with fewer points makes the rows.
  const [a, b] = left.count <= right.count ? [left, right] : [right, left];
  const moves = cheapestMoves(a, b, order, options.ground === 'euclidean' ? Math.hypot : Math.max);
  // A move between births may itself be above any number.
  for (let k = 0; k < essentialA.length; k++) moves.push(Math.abs(essentialA[k] - essentialB[k]));
  return pNorm(moves, order);
}

/** The lengths of the moves of a best matching. */
function cheapestMoves(a: Points, b: Points, order: number, length: Length): number[] {
  const least = largestMove(a, b, order, length);
  if (least === 0) return [];
  const bound = Math.min(Number.MAX_VALUE, least * ((a.count + b.count) ** (1 / order) * (1 + 1e-12)));
  // Some matching costs at most 1 in all, so none is best that leaves a point alone at the cost of FORBIDDEN.
  return movesOf(a, b, { length, bound, cost: costIn(bound, order) });
}

/**
 * The least that a matching's largest move can be: the bottleneck distance. In another norm than the maximum it is found by halving, as
 * nearly as the order asks for, and from above.
 */
function largestMove(a: Points, b: Points, order: number, length: Length): number {
  let low = bottleneckOfPoints(a, b);
  let high = Math.min(Number.MAX_VALUE, low * length(1, 1));
  while ((low / high) ** order < SUM_MIN) {
    const bound = low + (high - low) / 2;
    if (!(bound > low && bound < high)) break;
    const largest = largestOf(movesOf(a, b, { length, bound, cost: () => 0 }));
    if (largest <= bound) high = largest;
    else low = bound;
  }
  return high;
}

/** General powers are slow, and the orders 1 and 2 the usual ones. */
function costIn(bound: number, order: number): Cost {
  if (order === 1) return (length) => length / bound;
  return order === 2 ? (length) => (length / bound) * (length / bound) : (length) => (length / bound) ** order;
}

function toDiagonal({ births, deaths }: Points, length: Length): Float64Array {
  return births.map((birth, k) => {
    const half = halfOf(birth, deaths[k]);
    return length(half, half);
  });
}

/** The lengths of the moves of a matching that costs least. */
function movesOf(a: Points, b: Points, rule: Rule): number[] {
  const { length } = rule;
  const restA = toDiagonal(a, length);
  const restB = toDiagonal(b, length);
  const columnOf = cheapestMatching(gainsOf(a, b, restA, restB, rule));
  const moves: number[] = [];
  const isAlone = new Uint8Array(b.count).fill(1);
  for (let i = 0; i < a.count; i++) {
    const j = columnOf[i];
    if (j === ALONE) {
      moves.push(restA[i]);
    } else {
      moves.push(length(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j])));
      isAlone[j] = 0;
    }
  }
  for (let j = 0; j < b.count; j++) if (isAlone[j] === 1) moves.push(restB[j]);
  return moves;
}

/** What pairing two points costs beyond sending both to the diagonal, where that is less than nothing. */
function gainsOf(a: Points, b: Points, restA: Float64Array, restB: Float64Array, rule: Rule): Gains {
  const { length, bound, cost } = rule;
  const alone = (rest: number): number => (rest > bound ? FORBIDDEN : cost(rest));
  const aloneA = restA.map(alone);
  const aloneB = restB.map(alone);
  let column = new Int32Array(Math.max(64, 8 * a.count));
  let gain = new Float64Array(column.length);
  const start = new Int32Array(a.count + 1);
  let size = 0;
  for (let i = 0; i < a.count; i++) {
    if (size + b.count > column.length) {
      column = grown(column, 2 * (size + b.count));
      gain = grown(gain, 2 * (size + b.count));
    }
    for (let j = 0; j < b.count; j++) {
      const move = length(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j]));
      if (move > bound) continue;
      const excess = cost(move) - aloneA[i] - aloneB[j];
      if (excess >= 0) continue;
      column[size] = j;
      gain[size++] = excess;
    }
    start[i + 1] = size;
  }
  return { rows: a.count, columns: b.count, start, column: column.subarray(0, size), cost: gain.subarray(0, size) };
}

function grown<T extends Int32Array | Float64Array>(array: T, length: number): T;
function grown(array: Int32Array | Float64Array, length: number): Int32Array | Float64Array {
  const larger = array instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
  larger.set(array);
  return larger;
}
