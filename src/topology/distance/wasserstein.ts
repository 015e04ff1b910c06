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

/** The cost of a move by dx and dy, in units. */
type Move = (dx: number, dy: number) => number;

/**
 * The p-Wasserstein distance between two diagrams of the same dimension, exact: over all matchings of their points, with the diagonal for
 * whatever is left, the least p-th root of the sum of moves to the p-th power (Kerber, Morozov & Nigmetov 2017).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ. O(k^3) for k points.
 * Powers are added in double precision, in units of the largest move: moves whose p-th power is below 1e-16 of its are lost, which blurs high orders.
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
  const halfShifts = essentialA.map((birth, k) => Math.abs(birth / 2 - essentialB[k] / 2));
  const finiteA = finitePoints(one);
  const finiteB = finitePoints(other);
  const unit = unitOf([halfShifts, halfLengths(finiteA), halfLengths(finiteB)]);
  let total = 0;
  for (const half of halfShifts) total += (2 * (half / unit)) ** order;

  const move = moveBy(order, options.ground === 'euclidean');
  const left = inUnits(finiteA, unit);
  const right = inUnits(finiteB, unit);
  // The matching goes row by row, so the side with fewer points makes the rows.
  const [a, b] = left.count <= right.count ? [left, right] : [right, left];
  const restA = toDiagonal(a, move);
  const restB = toDiagonal(b, move);
  const columnOf = cheapestMatching(gainsOf(a, b, restA, restB, move));
  const isAlone = new Uint8Array(b.count).fill(1);
  for (let i = 0; i < a.count; i++) {
    const j = columnOf[i];
    if (j === ALONE) {
      total += restA[i];
    } else {
      total += move(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j]));
      isAlone[j] = 0;
    }
  }
  for (let j = 0; j < b.count; j++) if (isAlone[j] === 1) total += restB[j];
  return unit * total ** (1 / order);
}

/** How far the points are from the diagonal. Halved before they are subtracted, as the difference may be above any number. */
function halfLengths({ births, deaths }: Points): Float64Array {
  return births.map((birth, k) => deaths[k] / 2 - birth / 2);
}

/** A power of two near the largest: in such units no power overflows or vanishes that counts, and nothing is rounded. */
function unitOf(moves: readonly Float64Array[]): number {
  const largest = moves.reduce((most, some) => some.reduce((a, b) => Math.max(a, b), most), 0);
  return largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
}

function inUnits({ count, births, deaths }: Points, unit: number): Points {
  return { count, births: births.map((birth) => birth / unit), deaths: deaths.map((death) => death / unit) };
}

function moveBy(order: number, euclidean: boolean): Move {
  if (euclidean) return order === 2 ? (dx, dy) => dx * dx + dy * dy : (dx, dy) => Math.sqrt(dx * dx + dy * dy) ** order;
  if (order === 1) return (dx, dy) => (dx > dy ? dx : dy);
  return order === 2 ? (dx, dy) => (dx > dy ? dx * dx : dy * dy) : (dx, dy) => (dx > dy ? dx : dy) ** order;
}

function toDiagonal({ births, deaths }: Points, move: Move): Float64Array {
  return births.map((birth, k) => move((deaths[k] - birth) / 2, (deaths[k] - birth) / 2));
}

/** What pairing two points costs beyond sending both to the diagonal, where that is less than nothing. */
function gainsOf(a: Points, b: Points, restA: Float64Array, restB: Float64Array, move: Move): Gains {
  let column = new Int32Array(Math.max(64, 8 * a.count));
  let cost = new Float64Array(column.length);
  const start = new Int32Array(a.count + 1);
  let size = 0;
  for (let i = 0; i < a.count; i++) {
    if (size + b.count > column.length) {
      column = grown(column, 2 * (size + b.count));
      cost = grown(cost, 2 * (size + b.count));
    }
    for (let j = 0; j < b.count; j++) {
      const excess =
        move(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j])) - restA[i] - restB[j];
      if (excess >= 0) continue;
      column[size] = j;
      cost[size++] = excess;
    }
    start[i + 1] = size;
  }
  return { rows: a.count, columns: b.count, start, column: column.subarray(0, size), cost: cost.subarray(0, size) };
}

function grown<T extends Int32Array | Float64Array>(array: T, length: number): T;
function grown(array: Int32Array | Float64Array, length: number): Int32Array | Float64Array {
  const larger = array instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
  larger.set(array);
  return larger;
}
