import { comesBefore, type PairValues, pairOf } from './pair-values.ts';

/** How far beyond what was asked for the lists are drawn up, so that they seldom have to be again. */
const SLACK = 1.15;

/** For every vertex its neighbours by the order of the joining pairs, as far as a horizon: pairs of greater value are left out. */
export class NeighbourLists {
  readonly #values: PairValues;
  /** Row v: neighbours of v. */
  #neighbours: Int32Array;
  #lengths: Int32Array;
  #horizon = -1;
  /** All 0 between calls. */
  #isListed: Uint8Array;

  constructor(values: PairValues) {
    this.#values = values;
    this.#neighbours = new Int32Array(values.stride * values.stride);
    this.#lengths = new Int32Array(values.stride);
    this.#isListed = new Uint8Array(values.stride);
  }

  /** All pairs up to this value are listed, those of just this value included. Infinity: all. */
  get horizon(): number {
    return this.#horizon;
  }

  /** Entries v * stride, and as many as length(v). */
  get neighbours(): Int32Array {
    return this.#neighbours;
  }

  length(vertex: number): number {
    return this.#lengths[vertex];
  }

  /** After the values have grown. */
  grow(): void {
    const { stride } = this.#values;
    const before = this.#lengths.length;
    const neighbours = new Int32Array(stride * stride);
    const lengths = new Int32Array(stride);
    for (let v = 0; v < before; v++) {
      neighbours.set(this.#neighbours.subarray(v * before, v * before + this.#lengths[v]), v * stride);
    }
    lengths.set(this.#lengths);
    this.#neighbours = neighbours;
    this.#lengths = lengths;
    this.#isListed = new Uint8Array(stride);
  }

  /** Lists all pairs up to `horizon` and a little further, in any case further than now, if there are any. What was listed keeps its place. */
  extend(horizon: number): void {
    const { rows, stride } = this.#values;
    const from = this.#horizon;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (let at = 0; at < rows.length; at++) {
      const value = rows[at];
      if (value <= from || value === Number.POSITIVE_INFINITY) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const next = Math.max(horizon * SLACK, least);
    this.#horizon = next < most ? next : Number.POSITIVE_INFINITY;
    for (let v = 0; v < stride; v++) this.#lengths[v] = this.#append(v, this.#lengths[v], from);
  }

  /** Draws up one vertex's list after its values have changed. */
  renew(vertex: number): void {
    const { rows, stride } = this.#values;
    const neighbours = this.#neighbours;
    const isListed = this.#isListed;
    const start = vertex * stride;
    const before = start + this.#lengths[vertex];
    let end = start;
    // In the order of before, which after a small move is nearly the new one; then whoever has come.
    for (let at = start; at < before; at++) {
      const neighbour = neighbours[at];
      isListed[neighbour] = 1;
      if (this.reaches(rows[start + neighbour])) neighbours[end++] = neighbour;
    }
    const kept = end;
    for (let w = 0; w < stride; w++) {
      if (isListed[w] === 0 && this.reaches(rows[start + w])) neighbours[end++] = w;
      isListed[w] = 0;
    }
    this.#lengths[vertex] = end - start;
    // Many that have come, or a move across the cloud, are sorted from scratch.
    const movesMax = MOVES_PER_NEIGHBOUR * (end - start);
    if (end - kept > SHORT || !insertionSort(neighbours, start, end, rows, start, vertex, movesMax)) {
      sortLong(neighbours.subarray(start, end), rows, start);
    }
  }

  /** Puts the neighbour at a place of a vertex's list where it belongs by its present value, by which it is listed too. */
  settle(vertex: number, place: number): void {
    const { rows, stride } = this.#values;
    const neighbours = this.#neighbours;
    const start = vertex * stride;
    const end = start + this.#lengths[vertex];
    let at = start + place;
    const neighbour = neighbours[at];
    const value = rows[start + neighbour];
    const pair = pairOf(vertex, neighbour);
    for (; at > start; at--) {
      const other = neighbours[at - 1];
      const otherValue = rows[start + other];
      if (otherValue < value || (otherValue === value && pairOf(vertex, other) < pair)) break;
      neighbours[at] = other;
    }
    for (; at + 1 < end; at++) {
      const other = neighbours[at + 1];
      const otherValue = rows[start + other];
      if (otherValue > value || (otherValue === value && pairOf(vertex, other) > pair)) break;
      neighbours[at] = other;
    }
    neighbours[at] = neighbour;
  }

  /** Takes `neighbour` out of the list of `vertex`; the value is still the one it was listed by. */
  remove(vertex: number, neighbour: number): void {
    const start = vertex * this.#values.stride;
    const length = this.#lengths[vertex];
    const at = start + this.countBefore(vertex, this.#values.get(vertex, neighbour), pairOf(vertex, neighbour));
    this.#neighbours.copyWithin(at, at + 1, start + length);
    this.#lengths[vertex] = length - 1;
  }

  /** Puts `neighbour` into the list of `vertex`, by the present value. */
  insert(vertex: number, neighbour: number): void {
    const start = vertex * this.#values.stride;
    const length = this.#lengths[vertex];
    const at = start + this.countBefore(vertex, this.#values.get(vertex, neighbour), pairOf(vertex, neighbour));
    this.#neighbours.copyWithin(at + 1, at, start + length);
    this.#neighbours[at] = neighbour;
    this.#lengths[vertex] = length + 1;
  }

  /** How many of the pairs at a vertex that are listed come before the pair of that value and name. */
  countBefore(vertex: number, value: number, pair: number): number {
    const { rows, stride } = this.#values;
    const start = vertex * stride;
    let low = start;
    let high = start + this.#lengths[vertex];
    while (low < high) {
      const middle = (low + high) >> 1;
      const neighbour = this.#neighbours[middle];
      const found = rows[start + neighbour];
      if (found < value || (found === value && pairOf(vertex, neighbour) < pair)) low = middle + 1;
      else high = middle;
    }
    return low - start;
  }

  /** True if a pair of this value is listed. */
  reaches(value: number): boolean {
    return value <= this.#horizon && value < Number.POSITIVE_INFINITY;
  }

  /** Appends the neighbours beyond `from` up to the horizon, sorted; the new length. */
  #append(vertex: number, length: number, from: number): number {
    const { rows, stride } = this.#values;
    const neighbours = this.#neighbours;
    const start = vertex * stride;
    const first = start + length;
    let end = first;
    for (let w = 0; w < stride; w++) {
      const value = rows[start + w];
      if (value === Number.POSITIVE_INFINITY || value <= from || value > this.#horizon) continue;
      neighbours[end++] = w;
    }
    if (end - first > SHORT) sortLong(neighbours.subarray(first, end), rows, start);
    else insertionSort(neighbours, first, end, rows, start, vertex, Number.POSITIVE_INFINITY);
    return end - start;
  }
}

const SHORT = 48;
const MOVES_PER_NEIGHBOUR = 16;

/** False, with the order left as far as it came, if more moves than `movesMax` were needed. */
function insertionSort(
  neighbours: Int32Array,
  first: number,
  end: number,
  rows: Float64Array,
  start: number,
  vertex: number,
  movesMax: number,
): boolean {
  let moves = 0;
  for (let k = first + 1; k < end; k++) {
    const neighbour = neighbours[k];
    const value = rows[start + neighbour];
    const pair = pairOf(vertex, neighbour);
    let to = k;
    while (
      to > first &&
      comesBefore(value, pair, rows[start + neighbours[to - 1]], pairOf(vertex, neighbours[to - 1]))
    ) {
      neighbours[to] = neighbours[to - 1];
      to -= 1;
    }
    neighbours[to] = neighbour;
    moves += k - to;
    if (moves > movesMax) return false;
  }
  return true;
}

/** At one vertex, pairs by name are neighbours by number. */
function sortLong(neighbours: Int32Array, rows: Float64Array, start: number): void {
  neighbours.sort((a, b) => rows[start + a] - rows[start + b] || a - b);
}
