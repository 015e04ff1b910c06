import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { ALONE, cheapestMatching, type Gains } from './matching.ts';
import { essentialBirths, finitePoints, type Points } from './points.ts';

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

/**
 * The p-Wasserstein distance between two diagrams of the same dimension, exact: over all matchings of their points, with the diagonal for
 * whatever is left, the least p-th root of the sum of moves to the p-th power (Kerber, Morozov & Nigmetov 2017).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ. O(k^3) for k points.
 * The matching is found in double precision: moves whose p-th power is below 1e-16 of the longest bar's are all alike to it, which blurs high orders.
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
  const length = options.ground === 'euclidean' ? Math.hypot : Math.max;
  const restA = toDiagonal(a, length);
  const restB = toDiagonal(b, length);
  const columnOf = cheapestMatching(gainsOf(a, b, restA, restB, length, costBy(order, largestOf([restA, restB]))));
  const moves = Array.from(essentialA, (birth, k) => Math.abs(birth - essentialB[k]));
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
  const largest = largestOf([moves]);
  const cost = costBy(order, largest);
  return largest * moves.reduce((sum, move) => sum + cost(move), 0) ** (1 / order);
}

function largestOf(lengths: readonly Iterable<number>[]): number {
  let largest = 0;
  for (const some of lengths) for (const length of some) if (length > largest) largest = length;
  return largest;
}

/** In units of a length that is the largest that counts, so that no power overflows and what vanishes is nothing beside it. */
function costBy(order: number, unit: number): Cost {
  const scale = unit === 0 ? 1 : unit;
  if (order === 1) return (length) => length / scale;
  return order === 2 ? (length) => (length / scale) * (length / scale) : (length) => (length / scale) ** order;
}

/** Halved before they are subtracted, as the difference may be above any number. */
function toDiagonal({ births, deaths }: Points, length: Length): Float64Array {
  return births.map((birth, k) => {
    const half = deaths[k] / 2 - birth / 2;
    return length(half, half);
  });
}

/** What pairing two points costs beyond sending both to the diagonal, where that is less than nothing. */
function gainsOf(a: Points, b: Points, restA: Float64Array, restB: Float64Array, length: Length, cost: Cost): Gains {
  const aloneA = restA.map(cost);
  const aloneB = restB.map(cost);
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
      const excess =
        cost(length(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j]))) - aloneA[i] - aloneB[j];
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
