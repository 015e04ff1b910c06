import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { assignment } from './assignment.ts';
import { essentialBirths, finitePoints } from './points.ts';

export interface WassersteinOptions {
  /** Exponent p >= 1 of the sum. Default 2. */
  readonly order?: number;
  /** Norm in the plane: the maximum norm (default, as in Hera) or the Euclidean. */
  readonly ground?: 'maximum' | 'euclidean';
}

/**
 * The p-Wasserstein distance between two diagrams of the same dimension, exact: over all matchings of their points, with the diagonal for
 * whatever is left, the least p-th root of the sum of moves to the p-th power (Kerber, Morozov & Nigmetov 2017).
 *
 * Bars that never die are matched among themselves by birth; Infinity if their numbers differ. O(k^3) for k points.
 * Powers are added in double precision: moves whose p-th power is below 1e-16 of the largest's are lost in it, which blurs high orders.
 *
 * @throws TopologyError TOPOLOGY_BAD_ORDER
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
  let total = 0;
  for (let k = 0; k < essentialA.length; k++) total += Math.abs(essentialA[k] - essentialB[k]) ** order;

  const euclidean = options.ground === 'euclidean';
  const left = finitePoints(one);
  const right = finitePoints(other);
  // The assignment wants no more rows than columns.
  const [a, b] = left.count <= right.count ? [left, right] : [right, left];
  const move = (dx: number, dy: number): number => (euclidean ? Math.hypot(dx, dy) : Math.max(dx, dy)) ** order;
  const toDiagonal = (birth: number, death: number): number => move((death - birth) / 2, (death - birth) / 2);
  const restA = a.births.map((birth, i) => toDiagonal(birth, a.deaths[i]));
  const restB = b.births.map((birth, j) => toDiagonal(birth, b.deaths[j]));
  const moves = new Float64Array(a.count * b.count);
  // What pairing two points costs beyond sending both to the diagonal; never more than nothing, as then that is what happens.
  const excess = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      const at = i * b.count + j;
      moves[at] = move(Math.abs(a.births[i] - b.births[j]), Math.abs(a.deaths[i] - b.deaths[j]));
      excess[at] = Math.min(0, moves[at] - restA[i] - restB[j]);
    }
  }
  const columnOf = assignment(excess, a.count, b.count);
  const isFree = new Uint8Array(b.count).fill(1);
  for (let i = 0; i < a.count; i++) {
    const at = i * b.count + columnOf[i];
    if (excess[at] < 0) {
      total += moves[at];
      isFree[columnOf[i]] = 0;
    } else {
      total += restA[i];
    }
  }
  for (let j = 0; j < b.count; j++) if (isFree[j] === 1) total += restB[j];
  return total ** (1 / order);
}
