import type { FlagFiltration } from './filtrations/flag.ts';

/**
 * The shortest path between two vertices over the edges that come before `before` in the filtration, an edge being as long as its value,
 * by Dijkstra's algorithm; among equally short ones the first found, always the same. Vertices from `from` to `to`; empty if there is none.
 */
export function shortestPath(filtration: FlagFiltration, from: number, to: number, before: number): Int32Array {
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
  readonly #entries: { readonly length: number; readonly vertex: number }[] = [];

  push(length: number, vertex: number): void {
    const entries = this.#entries;
    const entry = { length, vertex };
    let at = entries.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, entries[parent])) break;
      entries[at] = entries[parent];
      at = parent;
    }
    entries[at] = entry;
  }

  /** The nearest vertex, or -1 if there is none. */
  pop(): number {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined) return -1;
    if (entries.length === 0) return last.vertex;
    const { vertex } = entries[0];
    let at = 0;
    for (let child = 1; child < entries.length; child = 2 * at + 1) {
      if (child + 1 < entries.length && isBefore(entries[child + 1], entries[child])) child += 1;
      if (!isBefore(entries[child], last)) break;
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = last;
    return vertex;
  }
}

function isBefore(a: { length: number; vertex: number }, b: { length: number; vertex: number }): boolean {
  return a.length < b.length || (a.length === b.length && a.vertex < b.vertex);
}
