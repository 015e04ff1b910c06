import { TopologyError } from '../errors.ts';
import { EdgeRanks, NO_EDGE } from './edge-ranks.ts';
import { type EdgeFiltration, END, type Filtration, type Incidence, type Sign } from './filtration.ts';

/**
 * The flag complex of ranked edges in any dimension: every clique enters with its last edge.
 *
 * A simplex stands for ranks: that of its last edge, then for each other vertex the later of its two edges to that edge's ends, falling. (Each
 * such edge is one of the simplex's, so it tells the vertex.) Simplices are ordered by these. Of those that enter with one edge the ones
 * come first whose vertices lie in the middle of the edge's lune, and such a vertex is mostly joined to all of the lune by earlier edges. Then all that
 * enters with the edge is a cone over it, and pairs up without any column.
 *
 * The name of a simplex has the same as digits: the first two, so triangles have the names that FlagFiltration gives them, in base edgeCount; each
 * further one as its place among all edges at the two ends of the last edge, in base 2 vertexCount, as names would get too long.
 */
export class FlagSimplices implements Filtration {
  readonly kind = 'flag';
  readonly dimension: number;
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;

  readonly #edges: EdgeFiltration;
  readonly #ranks: EdgeRanks;
  readonly #neighbours: Neighbours;

  /**
   * @param edges a flag complex's edges, no pair twice
   * @param dimension the highest dimension of a simplex to be named
   * @throws TopologyError TOPOLOGY_TOO_LARGE if a name would not be a safe integer
   */
  constructor(edges: EdgeFiltration, dimension: number) {
    const n = edges.vertexCount;
    const m = edges.edgeCount;
    refuseLongNames(edges, dimension);
    this.dimension = dimension;
    this.vertexCount = n;
    this.edgeCount = m;
    this.threshold = edges.threshold;
    this.#edges = edges;
    this.#ranks = new EdgeRanks(n, m);
    for (let edge = 0; edge < m; edge++) this.#ranks.add(edges.edgeTail(edge), edges.edgeHead(edge), edge);
    this.#neighbours = neighboursByRank(edges);
  }

  vertexValue(vertex: number): number {
    return this.#edges.vertexValue(vertex);
  }

  edgeValue(edge: number): number {
    return this.#edges.edgeValue(edge);
  }

  edgeTail(edge: number): number {
    return this.#edges.edgeTail(edge);
  }

  edgeHead(edge: number): number {
    return this.#edges.edgeHead(edge);
  }

  /** The rank of the edge between two vertices, or -1. */
  edgeBetween(u: number, v: number): number {
    const rank = this.#ranks.get(u, v);
    return rank === NO_EDGE ? -1 : rank;
  }

  cellValue(dimension: number, cell: number): number {
    return this.#edges.edgeValue(this.#lastEdge(dimension, cell));
  }

  cellVertices(dimension: number, cell: number): readonly number[] {
    return this.#vertices(dimension, cell).sort((a, b) => a - b);
  }

  /** The name of a simplex of dimension 1 or more, or -1 if its vertices are not joined pairwise. */
  cellOf(vertices: readonly number[]): number {
    let last = -1;
    for (const [k, v] of vertices.entries()) {
      for (let j = 0; j < k; j++) {
        const rank = this.#ranks.get(vertices[j], v);
        if (rank === NO_EDGE) return -1;
        last = Math.max(last, rank);
      }
    }
    return this.#name(last, vertices);
  }

  boundary(dimension: number, cell: number): readonly Incidence[] {
    const vertices = this.cellVertices(dimension, cell);
    return vertices.map((left, k) => {
      const facet = vertices.filter((vertex) => vertex !== left);
      return { cell: dimension === 1 ? facet[0] : this.cellOf(facet), sign: k % 2 === 0 ? 1 : -1 };
    });
  }

  /** All facets that hold both ends of the last edge enter with it; the youngest is without the vertex of the lowest digit. */
  youngestFacet(dimension: number, cell: number): number {
    return Math.floor(cell / (dimension === 2 ? this.edgeCount : 2 * this.vertexCount));
  }

  /**
   * Merges the neighbour lists of the vertices by rank; the cursor is one more than the rank of the edge passed last. A vertex has
   * been met in all lists when the last of its edges is passed. Up to the simplex's own last edge only the lists of that edge's ends
   * count: a vertex found there adds a lower digit, whatever is found later a new last edge.
   */
  nextCofacet(dimension: number, cell: number, cursor: number): number {
    const last = this.#lastEdge(dimension, cell);
    const vertices = this.#vertices(dimension, cell);
    if (cursor <= last) {
      const inside = this.#next(vertices, 2, cursor, last);
      if (inside >= 0) return inside + 1;
    }
    const outside = this.#next(vertices, vertices.length, Math.max(cursor, last + 1), NO_EDGE);
    return outside < 0 ? END : outside + 1;
  }

  cofacet(dimension: number, cell: number, cursor: number): number {
    const last = this.#lastEdge(dimension, cell);
    const vertices = this.#vertices(dimension, cell);
    vertices.push(this.#newEnd(vertices, cursor - 1));
    return this.#name(Math.max(last, cursor - 1), vertices);
  }

  cofacetSign(dimension: number, cell: number, cursor: number): Sign {
    const vertices = this.#vertices(dimension, cell);
    const added = this.#newEnd(vertices, cursor - 1);
    let below = 0;
    for (const vertex of vertices) if (vertex < added) below += 1;
    return below % 2 === 0 ? 1 : -1;
  }

  #lastEdge(dimension: number, cell: number): number {
    return lastEdgeOf(this, dimension, cell);
  }

  /** The two ends of the last edge, then the other vertices, by rising digit. */
  #vertices(dimension: number, cell: number): number[] {
    const last = this.#lastEdge(dimension, cell);
    const tail = this.#edges.edgeTail(last);
    const head = this.#edges.edgeHead(last);
    const vertices = [tail, head];
    let name = cell;
    for (let k = dimension; k >= 2; k--) {
      const base = k === 2 ? this.edgeCount : 2 * this.vertexCount;
      const rest = Math.floor(name / base);
      const digit = name - rest * base;
      const rank = k === 2 ? digit : this.#rankAtPlace(tail, head, digit);
      const end = this.#edges.edgeTail(rank);
      vertices.push(end === tail || end === head ? this.#edges.edgeHead(rank) : end);
      name = rest;
    }
    return vertices;
  }

  /** The name of the simplex that has these vertices and this last edge. */
  #name(last: number, vertices: readonly number[]): number {
    const tail = this.#edges.edgeTail(last);
    const head = this.#edges.edgeHead(last);
    const ranks: number[] = [];
    for (const vertex of vertices) {
      if (vertex !== tail && vertex !== head) {
        ranks.push(Math.max(this.#ranks.get(tail, vertex), this.#ranks.get(head, vertex)));
      }
    }
    if (ranks.length === 0) return last;
    if (ranks.length > 1) ranks.sort((a, b) => b - a);
    let name = last * this.edgeCount + ranks[0];
    for (let k = 1; k < ranks.length; k++) name = name * 2 * this.vertexCount + this.#placeOf(tail, head, ranks[k]);
    return name;
  }

  /** How many edges at either of two vertices come before `rank`. */
  #placeOf(u: number, v: number, rank: number): number {
    const { start, ranks } = this.#neighbours;
    const atU = firstAtLeast(ranks, start[u], start[u + 1], rank) - start[u];
    return atU + firstAtLeast(ranks, start[v], start[v + 1], rank) - start[v];
  }

  /** Of the edges at either of two vertices the one at a place: the inverse of placeOf, for ranks before that of the edge between the two. */
  #rankAtPlace(u: number, v: number, place: number): number {
    const { start, ranks } = this.#neighbours;
    const rankAt = (vertex: number, k: number): number =>
      start[vertex] + k < start[vertex + 1] ? ranks[start[vertex] + k] : NO_EDGE;
    // Of the first `place` edges `low` are at u, the most for which v's next is not passed over.
    let low = Math.max(0, place - (start[v + 1] - start[v]));
    let high = Math.min(place, start[u + 1] - start[u]);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rankAt(u, middle) < rankAt(v, place - middle - 1)) low = middle + 1;
      else high = middle;
    }
    return Math.min(rankAt(u, low), rankAt(v, place - low));
  }

  /**
   * The first edge, of rank from..before - 1 and at one of the first `lists` vertices, to a vertex that is joined to all others of those
   * by earlier edges and to the rest by edges before `before`; or -1.
   */
  #next(vertices: readonly number[], lists: number, from: number, before: number): number {
    const { start, vertices: neighbours, ranks } = this.#neighbours;
    const at: number[] = [];
    for (let k = 0; k < lists; k++) at.push(firstAtLeast(ranks, start[vertices[k]], start[vertices[k] + 1], from));
    for (;;) {
      let least = before;
      let k = -1;
      for (let j = 0; j < lists; j++) {
        if (at[j] === start[vertices[j] + 1] || ranks[at[j]] >= least) continue;
        least = ranks[at[j]];
        k = j;
      }
      if (k < 0) return -1;
      const w = neighbours[at[k]++];
      let isFound = true;
      for (let j = 0; j < vertices.length && isFound; j++) {
        isFound = j === k || this.#ranks.get(vertices[j], w) < (j < lists ? least : before);
      }
      if (isFound) return least;
    }
  }

  /** The end of `edge` that is not among `vertices`. */
  #newEnd(vertices: readonly number[], edge: number): number {
    const tail = this.#edges.edgeTail(edge);
    return vertices.includes(tail) ? this.#edges.edgeHead(edge) : tail;
  }
}

/** The rank of the last edge of a simplex. */
export function lastEdgeOf({ vertexCount, edgeCount }: Counts, dimension: number, cell: number): number {
  if (dimension === 1) return cell;
  return Math.floor(cell / (edgeCount * (2 * vertexCount) ** (dimension - 2)));
}

/** @throws TopologyError TOPOLOGY_TOO_LARGE if the simplices of a flag complex are too many to be named by safe integers. */
export function refuseLongNames({ vertexCount, edgeCount }: Counts, dimension: number): void {
  const names = dimension < 2 ? edgeCount : edgeCount ** 2 * (2 * vertexCount) ** (dimension - 2);
  if (names <= Number.MAX_SAFE_INTEGER) return;
  throw new TopologyError(
    'TOPOLOGY_TOO_LARGE',
    `number of names for the simplices of dimension ${dimension} of ${vertexCount} vertices and ${edgeCount} edges`,
    names,
    'at most 2^53 - 1; lower the highest dimension or the threshold',
  );
}

interface Counts {
  readonly vertexCount: number;
  readonly edgeCount: number;
}

/** Neighbours of v: entries start[v] .. start[v + 1] of the two lists. */
interface Neighbours {
  readonly start: Int32Array;
  readonly vertices: Int32Array;
  readonly ranks: Int32Array;
}

function neighboursByRank(edges: EdgeFiltration): Neighbours {
  const { vertexCount, edgeCount } = edges;
  const start = new Int32Array(vertexCount + 1);
  for (let edge = 0; edge < edgeCount; edge++) {
    start[edges.edgeTail(edge) + 1] += 1;
    start[edges.edgeHead(edge) + 1] += 1;
  }
  for (let v = 0; v < vertexCount; v++) start[v + 1] += start[v];
  const fill = start.slice(0, vertexCount);
  const vertices = new Int32Array(2 * edgeCount);
  const ranks = new Int32Array(2 * edgeCount);
  for (let edge = 0; edge < edgeCount; edge++) {
    const tail = edges.edgeTail(edge);
    const head = edges.edgeHead(edge);
    vertices[fill[tail]] = head;
    ranks[fill[tail]++] = edge;
    vertices[fill[head]] = tail;
    ranks[fill[head]++] = edge;
  }
  return { start, vertices, ranks };
}

function firstAtLeast(sorted: Int32Array, start: number, end: number, least: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
