import { halfOf, type Points } from './points.ts';

/**
 * The points of a diagram by rising birth, so that those near a given point are looked for in a window.
 *
 * The ends of a window are found by the very subtraction whose result is then compared, so that rounding cannot put a point outside of
 * its own window.
 */
export class SortedPoints {
  readonly count: number;
  readonly births: Float64Array;
  readonly deaths: Float64Array;
  /** The way of each point to the diagonal, in the maximum norm. */
  readonly halves: Float64Array;

  constructor({ count, births, deaths }: Points) {
    const order = new Uint32Array(count);
    let isSorted = true;
    for (let k = 0; k < count; k++) {
      order[k] = k;
      if (k > 0 && births[k] < births[k - 1]) isSorted = false;
    }
    if (!isSorted) order.sort((x, y) => births[x] - births[y]);
    this.count = count;
    this.births = new Float64Array(count);
    this.deaths = new Float64Array(count);
    this.halves = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      this.births[k] = births[order[k]];
      this.deaths[k] = deaths[order[k]];
      this.halves[k] = halfOf(this.births[k], this.deaths[k]);
    }
  }

  /** The distance of point i to point j of `other`, in the maximum norm. */
  distanceTo(i: number, other: SortedPoints, j: number): number {
    return Math.max(Math.abs(this.births[i] - other.births[j]), Math.abs(this.deaths[i] - other.deaths[j]));
  }

  /** The distance of point i to the nearest point of `other`; Infinity if that has none. */
  distanceToNearest(i: number, other: SortedPoints): number {
    const birth = this.births[i];
    const from = other.windowStart(birth, 0);
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = from; j < other.count && other.births[j] - birth < nearest; j++) {
      nearest = Math.min(nearest, this.distanceTo(i, other, j));
    }
    for (let j = from - 1; j >= 0 && birth - other.births[j] < nearest; j--) {
      nearest = Math.min(nearest, this.distanceTo(i, other, j));
    }
    return nearest;
  }

  /** The first point born at most `radius` before `birth`. */
  windowStart(birth: number, radius: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (birth - this.births[middle] <= radius) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * True if every point of `left` whose way to the diagonal is longer than `radius` can have a point of `right` of its own, at most `radius`
 * away in the maximum norm.
 *
 * Augmenting paths depth first, with a look for a free partner first (Pothen & Fan 1990). Searches share what they have visited; one that
 * fails is tried once more from a clean slate, and if it fails again there is no such matching (Hall 1935).
 */
export function canSaturate(left: SortedPoints, right: SortedPoints, radius: number): boolean {
  let wanted = 0;
  for (const half of left.halves) if (half > radius) wanted += 1;
  if (wanted > right.count) return false;
  const search = new Search(left, right, radius);
  let isCleanSlate = true;
  for (let start = 0; start < left.count; start++) {
    if (left.halves[start] <= radius) continue;
    if (!search.match(start)) {
      if (isCleanSlate) return false;
      search.forgetVisits();
      if (!search.match(start)) return false;
    }
    isCleanSlate = false;
  }
  return true;
}

class Search {
  readonly #left: SortedPoints;
  readonly #right: SortedPoints;
  readonly #radius: number;
  readonly #leftOf: Int32Array;
  // The next right point from here on that is free, or not yet visited: both lists only shrink, so passed entries are skipped for good.
  readonly #free: Uint32Array;
  readonly #unvisited: Uint32Array;
  // The path so far: left points, and for each the right point through which it was left.
  readonly #path: Int32Array;
  readonly #via: Int32Array;

  constructor(left: SortedPoints, right: SortedPoints, radius: number) {
    this.#left = left;
    this.#right = right;
    this.#radius = radius;
    this.#leftOf = new Int32Array(right.count).fill(-1);
    this.#free = new Uint32Array(right.count + 1);
    this.#unvisited = new Uint32Array(right.count + 1);
    this.#path = new Int32Array(left.count);
    this.#via = new Int32Array(left.count);
    for (let j = 0; j <= right.count; j++) {
      this.#free[j] = j;
      this.#unvisited[j] = j;
    }
  }

  forgetVisits(): void {
    for (let j = 0; j < this.#unvisited.length; j++) this.#unvisited[j] = j;
  }

  /** Finds a partner for a left point, moving earlier ones to others where needed. */
  match(start: number): boolean {
    const path = this.#path;
    const via = this.#via;
    let depth = 0;
    path[0] = start;
    while (depth >= 0) {
      const at = path[depth];
      const free = this.#near(at, this.#free);
      if (free >= 0) {
        this.#free[free] = free + 1;
        via[depth] = free;
        for (; depth >= 0; depth--) this.#leftOf[via[depth]] = path[depth];
        return true;
      }
      const taken = this.#near(at, this.#unvisited);
      if (taken < 0) {
        depth -= 1;
        continue;
      }
      this.#unvisited[taken] = taken + 1;
      via[depth] = taken;
      depth += 1;
      path[depth] = this.#leftOf[taken];
    }
    return false;
  }

  /** The first right point of a list that is near the left point, or -1. */
  #near(at: number, list: Uint32Array): number {
    const left = this.#left;
    const right = this.#right;
    const radius = this.#radius;
    const birth = left.births[at];
    const count = right.count;
    for (let j = next(list, right.windowStart(birth, radius)); j < count; j = next(list, j + 1)) {
      if (right.births[j] - birth > radius) return -1;
      if (left.distanceTo(at, right, j) <= radius) return j;
    }
    return -1;
  }
}

/** Follows the list to the first entry that stands for itself, and shortens the way for the next. */
function next(list: Uint32Array, from: number): number {
  let at = from;
  while (list[at] !== at) {
    list[at] = list[list[at]];
    at = list[at];
  }
  return at;
}
