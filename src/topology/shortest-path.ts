import { refuseNegativeLengths } from './filtrations/edge-lengths.ts';
import type { FlagFiltration } from './filtrations/flag.ts';

/**
 * The shortest path between two vertices over the edges that come before `before` in the filtration, an edge being as long as its value,
 * by Dijkstra's algorithm; among equally short ones the first found, always the same. Vertices from `from` to `to`; empty if there is none.
 *
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE if an edge has a negative value
 */
export function shortestPath(filtration: FlagFiltration, from: number, to: number, before: number): Int32Array {
  refuseNegativeLengths(filtration, 'at least 0');
  const n = filtration.vertexCount;
  const lengths = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const previous = new Int32Array(n).fill(-1);
  const done = new Uint8Array(n);
  const queue = new Queue();
  lengths[from] = 0;
  queue.push(0, from);
  for (let at = queue.pop(); at >= 0 && at !== to; at = queue.pop()) {
    if (done[at] === 1) continue;
    done[at] = 1;
    const degree = filtration.degreeBefore(at, before);
    for (let k = 0; k < degree; k++) {
      const edge = filtration.neighbourRank(at, k);
      const next = filtration.neighbour(at, k);
      const length = lengths[at] + filtration.edgeValue(edge);
      if (length >= lengths[next]) continue;
      lengths[next] = length;
      previous[next] = at;
      queue.push(length, next);
    }
  }
  if (lengths[to] === Number.POSITIVE_INFINITY) return new Int32Array(0);
  const path: number[] = [];
  for (let at = to; at >= 0; at = previous[at]) path.push(at);
  return Int32Array.from(path.reverse());
}

/** A binary heap of vertices by length, then by vertex. */
class Queue {
  #lengths = new Float64Array(64);
  #vertices = new Int32Array(64);
  #size = 0;

  push(length: number, vertex: number): void {
    if (this.#size === this.#vertices.length) this.#grow();
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(length, vertex, parent)) break;
      this.#lengths[at] = this.#lengths[parent];
      this.#vertices[at] = this.#vertices[parent];
      at = parent;
    }
    this.#lengths[at] = length;
    this.#vertices[at] = vertex;
  }

  /** The nearest vertex, or -1 if none is left. */
  pop(): number {
    if (this.#size === 0) return -1;
    const nearest = this.#vertices[0];
    this.#size -= 1;
    const length = this.#lengths[this.#size];
    const vertex = this.#vertices[this.#size];
    let at = 0;
    for (let child = 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && this.#isBefore(this.#lengths[child + 1], this.#vertices[child + 1], child)) {
        child += 1;
      }
      if (this.#isBefore(length, vertex, child)) break;
      this.#lengths[at] = this.#lengths[child];
      this.#vertices[at] = this.#vertices[child];
      at = child;
    }
    this.#lengths[at] = length;
    this.#vertices[at] = vertex;
    return nearest;
  }

  #isBefore(length: number, vertex: number, place: number): boolean {
    return length < this.#lengths[place] || (length === this.#lengths[place] && vertex < this.#vertices[place]);
  }

  #grow(): void {
    const lengths = new Float64Array(2 * this.#lengths.length);
    const vertices = new Int32Array(2 * this.#vertices.length);
    lengths.set(this.#lengths);
    vertices.set(this.#vertices);
    this.#lengths = lengths;
    this.#vertices = vertices;
  }
}
