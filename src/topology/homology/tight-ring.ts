import { refuseNegativeLengths } from '../filtrations/edge-lengths.ts';
import type { EdgeFiltration } from '../filtrations/filtration.ts';
import type { Cocycle } from './cochain-sum.ts';

export interface RingOptions {
  /** A prime; default 2. */
  readonly modulus?: number;
  /** What makes a ring short: the sum of its edges' values (default; they must not be negative), or their number. */
  readonly ringLength?: 'values' | 'edges';
}

/** Limit of the search: vertices times the values that the cocycles in hand can take. */
const STATES_MAX = 2 ** 20;
const UNREACHED = -1;

/**
 * Finds shortest rings through an edge, on which given cocycles vanish, over the edges that come before it: a shortest path from one end to
 * the other in the covering graph whose states are a vertex and what each cocycle has summed up to on the way. The cocycles are
 * taken into account one after the other, as a shortest path is found on which one does not vanish (annotated graphs: Busaryev et al. 2012).
 */
export class RingSearch {
  readonly #filtration: EdgeFiltration;
  readonly #modulus: number;
  readonly #lengthOf: (edge: number) => number;
  /** The edges at v by rising rank: entries start[v] .. start[v + 1]. */
  readonly #start: Int32Array;
  readonly #edges: Int32Array;

  /** @throws TopologyError TOPOLOGY_OUT_OF_RANGE if an edge has a negative value, which is to be its length */
  constructor(filtration: EdgeFiltration, { modulus = 2, ringLength = 'values' }: RingOptions) {
    if (ringLength === 'values') refuseNegativeLengths(filtration, "at least 0; or ringLength: 'edges'");
    this.#filtration = filtration;
    this.#modulus = modulus;
    this.#lengthOf = ringLength === 'edges' ? () => 1 : (edge) => filtration.edgeValue(edge);
    const { vertexCount, edgeCount } = filtration;
    const start = new Int32Array(vertexCount + 1);
    for (let edge = 0; edge < edgeCount; edge++) {
      start[filtration.edgeTail(edge) + 1] += 1;
      start[filtration.edgeHead(edge) + 1] += 1;
    }
    for (let v = 0; v < vertexCount; v++) start[v + 1] += start[v];
    const fill = start.slice(0, vertexCount);
    const edges = new Int32Array(2 * edgeCount);
    for (let edge = 0; edge < edgeCount; edge++) {
      edges[fill[filtration.edgeTail(edge)]++] = edge;
      edges[fill[filtration.edgeHead(edge)]++] = edge;
    }
    this.#start = start;
    this.#edges = edges;
  }

  /** The vertices of the ring from one end of `edge` to the other. */
  ringThrough(edge: number, vanishing: readonly Cocycle[]): { vertices: Int32Array; isOfClass: boolean } {
    const open = vanishing.map((cocycle) => coefficientsOf(cocycle));
    const taken: ReadonlyMap<number, number>[] = [];
    let shortest: Int32Array | undefined;
    for (;;) {
      const path = this.#path(edge, taken);
      if (path === undefined) return { vertices: shortest ?? new Int32Array(0), isOfClass: false };
      shortest ??= path.vertices;
      const violated = open.find((cocycle) => this.#sumAround(edge, path, cocycle) !== 0);
      if (violated === undefined) return { vertices: path.vertices, isOfClass: true };
      taken.push(violated);
      if (this.#filtration.vertexCount * this.#modulus ** taken.length > STATES_MAX) {
        return { vertices: shortest, isOfClass: false };
      }
    }
  }

  /** What a cocycle sums up to along a path from the tail to the head of `edge` and back over it, 0..modulus - 1. */
  #sumAround(edge: number, { vertices, edges }: Path, cocycle: ReadonlyMap<number, number>): number {
    let sum = this.#modulus - (cocycle.get(edge) ?? 0);
    for (let k = 0; k < edges.length; k++) sum += this.#step(edges[k], vertices[k], cocycle);
    return sum % this.#modulus;
  }

  /** What a cocycle gains on an edge walked from `from`. */
  #step(edge: number, from: number, cocycle: ReadonlyMap<number, number>): number {
    const coefficient = cocycle.get(edge) ?? 0;
    return coefficient === 0 || this.#filtration.edgeTail(edge) === from ? coefficient : this.#modulus - coefficient;
  }

  /** Dijkstra's algorithm over states vertex + vertexCount * sums, the sums of the cocycles as digits in base modulus; ties by state. */
  #path(closing: number, cocycles: readonly ReadonlyMap<number, number>[]): Path | undefined {
    const filtration = this.#filtration;
    const n = filtration.vertexCount;
    const states = n * this.#modulus ** cocycles.length;
    const lengths = new Float64Array(states).fill(Number.POSITIVE_INFINITY);
    const previous = new Int32Array(states).fill(UNREACHED);
    const edgeTo = new Int32Array(states);
    const done = new Uint8Array(states);
    const from = filtration.edgeTail(closing);
    let goal = filtration.edgeHead(closing);
    for (let k = cocycles.length - 1, unit = n; k >= 0; k--, unit *= this.#modulus) {
      goal += unit * (cocycles[k].get(closing) ?? 0);
    }
    const queue = new StateQueue();
    lengths[from] = 0;
    queue.push(0, from);
    for (let state = queue.pop(); state >= 0 && state !== goal; state = queue.pop()) {
      if (done[state] === 1) continue;
      done[state] = 1;
      const vertex = state % n;
      for (let k = this.#start[vertex]; k < this.#start[vertex + 1] && this.#edges[k] < closing; k++) {
        const edge = this.#edges[k];
        const tail = filtration.edgeTail(edge);
        const other = tail === vertex ? filtration.edgeHead(edge) : tail;
        const next = this.#stateAfter(state, edge, vertex, other, cocycles);
        const length = lengths[state] + this.#lengthOf(edge);
        if (length >= lengths[next]) continue;
        lengths[next] = length;
        previous[next] = state;
        edgeTo[next] = edge;
        queue.push(length, next);
      }
    }
    if (lengths[goal] === Number.POSITIVE_INFINITY) return undefined;
    const vertices: number[] = [];
    const edges: number[] = [];
    for (let state = goal; state !== UNREACHED; state = previous[state]) {
      vertices.push(state % n);
      if (previous[state] !== UNREACHED) edges.push(edgeTo[state]);
    }
    return { vertices: Int32Array.from(vertices.reverse()), edges: edges.reverse() };
  }

  #stateAfter(
    state: number,
    edge: number,
    vertex: number,
    other: number,
    cocycles: readonly ReadonlyMap<number, number>[],
  ): number {
    const n = this.#filtration.vertexCount;
    const p = this.#modulus;
    let next = other;
    for (let k = cocycles.length - 1, unit = n; k >= 0; k--, unit *= p) {
      const sum = Math.floor(state / unit) % p;
      next += unit * ((sum + this.#step(edge, vertex, cocycles[k])) % p);
    }
    return next;
  }
}

interface Path {
  readonly vertices: Int32Array;
  /** edges[k] joins vertices[k] and vertices[k + 1]; two vertices of a complex that is not simplicial may have several. */
  readonly edges: readonly number[];
}

function coefficientsOf({ cells, coefficients }: Cocycle): ReadonlyMap<number, number> {
  return new Map(Array.from(cells, (cell, k) => [cell, coefficients[k]]));
}

/** A binary heap of states by length, then by number. */
class StateQueue {
  readonly #lengths: number[] = [];
  readonly #states: number[] = [];

  push(length: number, state: number): void {
    let at = this.#states.length;
    this.#lengths.push(length);
    this.#states.push(state);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(length, state, parent)) break;
      this.#copy(parent, at);
      at = parent;
    }
    this.#lengths[at] = length;
    this.#states[at] = state;
  }

  /** The nearest state, or -1 if there is none. */
  pop(): number {
    const first = this.#states[0] ?? -1;
    const length = this.#lengths.pop();
    const state = this.#states.pop();
    const size = this.#states.length;
    if (length === undefined || state === undefined || size === 0) return first;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#isBefore(this.#lengths[child + 1], this.#states[child + 1], child)) child += 1;
      if (this.#isBefore(length, state, child)) break;
      this.#copy(child, at);
      at = child;
    }
    this.#lengths[at] = length;
    this.#states[at] = state;
    return first;
  }

  #isBefore(length: number, state: number, at: number): boolean {
    return length < this.#lengths[at] || (length === this.#lengths[at] && state < this.#states[at]);
  }

  #copy(from: number, to: number): void {
    this.#lengths[to] = this.#lengths[from];
    this.#states[to] = this.#states[from];
  }
}
