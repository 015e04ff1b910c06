import type { Distances } from './distances.ts';
import { NEAREST_KEPT, type Survey } from './nearest.ts';

/** Rows of the distance matrix that are laid out at a time, so that a cache line of the lower triangle serves all of them. */
const ROWS = 8;
/** So few candidates of a row are looked at one by one. */
const FEW = 4;

/** Pairs of points, in the order of the lower triangle. */
export interface OpenPairs {
  /** tails[k] < heads[k] */
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
  /** How many pairs of these rows are within the limit, open or not. */
  readonly within: number;
}

/**
 * The relative neighbourhood graph (Toussaint 1980), ties broken: the pairs (u, v) within `limit` whose open lune is empty, that is
 * no third point w is joined to both by pairs that come before (u, v), by distance and then by place in the lower triangle.
 *
 * Nearly every pair has such a w among the nearest neighbours of one end. So row u is thinned out by the first neighbour of each v, then
 * by the second and so on; what is left is decided exactly, ties included. Rows are independent of each other: any split of them gives the
 * same pairs.
 *
 * @param limit no pair with a greater distance is wanted; finite
 * @param from, to the rows: pairs whose larger point is at least `from` and below `to`
 */
export function openPairs(
  distances: Distances,
  nearest: Survey,
  limit: number,
  from = 0,
  to = distances.count,
): OpenPairs {
  const { count, lower } = distances;
  const rows = new Float64Array(ROWS * count);
  const candidates = new Int32Array(count + 1);
  const tails: number[] = [];
  const heads: number[] = [];
  const values: number[] = [];
  let within = 0;
  for (let first = from; first < to; first += ROWS) {
    const end = Math.min(first + ROWS, to);
    layOut(distances, first, end, rows);
    for (let u = first; u < end; u++) {
      const row = (u - first) * count;
      const base = (u * (u - 1)) / 2;
      let left = 0;
      // The same as thin() with the nearest neighbour, for all v.
      for (let v = 0; v < u; v++) {
        const distance = rows[row + v];
        const isWithin = +(distance <= limit);
        within += isWithin;
        candidates[left] = v;
        left += isWithin & (+(rows[row + nearest.neighbours[v]] >= distance) | +(nearest.distances[v] >= distance));
      }
      for (let k = 1; k < NEAREST_KEPT && left > FEW; k++) left = thin(nearest, k * count, rows, row, candidates, left);
      for (let at = 0; at < left; at++) {
        const v = candidates[at];
        if (!isOpen(distances, nearest, u, v)) continue;
        tails.push(v);
        heads.push(u);
        values.push(lower[base + v]);
      }
    }
  }
  return { tails: Int32Array.from(tails), heads: Int32Array.from(heads), values: Float64Array.from(values), within };
}

/** Rows first..end of the full matrix; a point's distance to itself is Infinity here, so that it is nobody's witness. */
function layOut({ count, lower }: Distances, first: number, end: number, rows: Float64Array): void {
  for (let u = first; u < end; u++) {
    const row = (u - first) * count;
    const base = (u * (u - 1)) / 2;
    for (let v = 0; v < u; v++) rows[row + v] = lower[base + v];
    rows[row + u] = Number.POSITIVE_INFINITY;
    for (let w = u + 1; w < end; w++) rows[row + w] = lower[(w * (w - 1)) / 2 + u];
  }
  for (let w = end; w < count; w++) {
    const base = (w * (w - 1)) / 2;
    for (let u = first, at = w; u < end; u++, at += count) rows[at] = lower[base + u];
  }
}

/**
 * Keeps the candidates v of a row that the neighbour w of v at place `from` is no witness against: d(u, w) < d(u, v) and d(v, w) < d(u, v).
 * Written without branches: half of them would be mispredicted.
 */
function thin(
  { neighbours, distances }: Survey,
  from: number,
  rows: Float64Array,
  row: number,
  candidates: Int32Array,
  count: number,
): number {
  let left = 0;
  for (let at = 0; at < count; at++) {
    const v = candidates[at];
    const distance = rows[row + v];
    candidates[left] = v;
    // A missing neighbour is at Infinity, and so no witness.
    left += +(rows[row + neighbours[from + v]] >= distance) | +(distances[from + v] >= distance);
  }
  return left;
}

function isOpen(distances: Distances, nearest: Survey, u: number, v: number): boolean {
  const { count, lower } = distances;
  const pair = pairAt(u, v);
  const distance = lower[pair];
  // A list is in the order of the edges: until the other end is met all are reached by earlier edges, and then nothing else is.
  for (let end = u, other = v, side = 0; side < 2; side++, end = v, other = u) {
    for (let k = end; k < NEAREST_KEPT * count; k += count) {
      if (nearest.distances[k] === Number.POSITIVE_INFINITY) break;
      const w = nearest.neighbours[k];
      if (w === other) return true;
      const across = pairAt(other, w);
      if (lower[across] < distance || (lower[across] === distance && across < pair)) return false;
    }
  }
  return isLuneEmpty(distances, u, v);
}

/** True if no third point is joined to both u and v by pairs that come before (u, v); looks at every point. */
export function isLuneEmpty({ count, lower }: Distances, u: number, v: number): boolean {
  const pair = pairAt(u, v);
  const distance = lower[pair];
  for (let w = 0; w < count; w++) {
    if (w === u || w === v) continue;
    const toU = pairAt(u, w);
    if (!(lower[toU] < distance || (lower[toU] === distance && toU < pair))) continue;
    const toV = pairAt(v, w);
    if (lower[toV] < distance || (lower[toV] === distance && toV < pair)) return false;
  }
  return true;
}

function pairAt(i: number, j: number): number {
  return i > j ? (i * (i - 1)) / 2 + j : (j * (j - 1)) / 2 + i;
}
