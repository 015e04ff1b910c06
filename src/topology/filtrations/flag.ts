import { TopologyError } from '../errors.ts';
import { EdgeRanks, NO_EDGE } from './edge-ranks.ts';
import { END, type Filtration } from './filtration.ts';
import { ascendingOrder } from './order.ts';

/** An undirected weighted graph; edge k joins tails[k] and heads[k] and enters at values[k]. */
export interface WeightedGraph {
  readonly vertexCount: number;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
  /** When each vertex enters; 0 where left out. An edge may not enter before its vertices. */
  readonly births?: Float64Array;
}

export interface FlagOptions {
  /** Edges with a greater value are left out. Default: none is. */
  readonly threshold?: number;
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

export const DEFAULT_MEMORY_LIMIT_BYTES = 2 ** 31;

/** Bytes an edge takes at the peak, its rank table aside: 37 in the filtration and its reduction, 16 as input, 20 while it is sorted. */
const BYTES_PER_EDGE = 37 + 16 + 20;
/** Two list positions packed into one safe integer. */
const CURSOR_BASE = 2 ** 26;
/** Beyond this many edges the key of a triangle, rank * edgeCount + rank, is no longer a safe integer. */
const EDGES_MAX = 94_906_265;

/**
 * The flag complex of a weighted graph: every clique enters with its last edge.
 *
 * The order: edges by value, ties by position in the input; a triangle right after its last edge, and among those with the same last
 * edge by the rank of the second last. So a triangle's key is (rank of last edge, rank of second last edge), which also names it.
 * Under this order an edge is apparent exactly when some third vertex is joined to both ends by earlier edges, that is when its
 * open lune in rank space is not empty; edges that are not are the relative neighbourhood graph (Toussaint 1980), ties broken.
 */
export class FlagFiltration implements Filtration {
  readonly kind = 'flag';
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;

  readonly #births: Float64Array | undefined;
  readonly #values: Float64Array;
  readonly #tails: Int32Array;
  readonly #heads: Int32Array;
  readonly #ranks: EdgeRanks;
  // Neighbours of v by rising rank: entries #start[v] .. #start[v + 1] of the two lists.
  readonly #start: Int32Array;
  readonly #neighbours: Int32Array;
  readonly #neighbourRanks: Int32Array;
  readonly #apparent: Uint8Array;

  /** The graph's arrays have been checked; see flagOfGraph and the Rips constructors, which do. */
  constructor(graph: WeightedGraph, threshold: number) {
    const n = graph.vertexCount;
    const m = graph.values.length;
    this.vertexCount = n;
    this.edgeCount = m;
    this.threshold = threshold;
    this.#births = graph.births;
    this.#values = new Float64Array(m);
    this.#tails = new Int32Array(m);
    this.#heads = new Int32Array(m);
    this.#ranks = new EdgeRanks(n, m);
    this.#start = new Int32Array(n + 1);
    this.#neighbours = new Int32Array(2 * m);
    this.#neighbourRanks = new Int32Array(2 * m);
    this.#apparent = new Uint8Array(m);
    this.#rankEdges(graph);
    this.#listNeighbours();
    this.#findApparent();
  }

  vertexValue(vertex: number): number {
    return this.#births === undefined ? 0 : this.#births[vertex];
  }

  edgeValue(edge: number): number {
    return this.#values[edge];
  }

  edgeTail(edge: number): number {
    return this.#tails[edge];
  }

  edgeHead(edge: number): number {
    return this.#heads[edge];
  }

  /** The rank of the edge between two vertices, or -1. */
  edgeBetween(u: number, v: number): number {
    const rank = this.#ranks.get(u, v);
    return rank === NO_EDGE ? -1 : rank;
  }

  /** Number of edges at a vertex. */
  degree(vertex: number): number {
    return this.#start[vertex + 1] - this.#start[vertex];
  }

  /** The k-th neighbour of a vertex, by rising rank of the joining edge. */
  neighbour(vertex: number, k: number): number {
    return this.#neighbours[this.#start[vertex] + k];
  }

  /** The rank of the k-th edge at a vertex. */
  neighbourRank(vertex: number, k: number): number {
    return this.#neighbourRanks[this.#start[vertex] + k];
  }

  /**
   * Merges the two ends' neighbour lists by rank. A third vertex w has been met in both lists when its later edge is passed, so
   * triangles come out by the rank of that edge: inside the lune that is their second last edge, outside it their last.
   */
  nextCofacet(edge: number, cursor: number): number {
    const a = this.#tails[edge];
    const b = this.#heads[edge];
    const neighbours = this.#neighbours;
    const neighbourRanks = this.#neighbourRanks;
    const ranks = this.#ranks;
    const startA = this.#start[a];
    const startB = this.#start[b];
    const endA = this.#start[a + 1];
    const endB = this.#start[b + 1];
    const doneA = Math.floor(cursor / CURSOR_BASE);
    let atA = startA + doneA;
    let atB = startB + (cursor - doneA * CURSOR_BASE);
    while (atA < endA || atB < endB) {
      const rankA = atA < endA ? neighbourRanks[atA] : NO_EDGE;
      const rankB = atB < endB ? neighbourRanks[atB] : NO_EDGE;
      if (rankA < rankB) {
        const w = neighbours[atA++];
        if (ranks.get(b, w) < rankA) return (atA - startA) * CURSOR_BASE + (atB - startB);
      } else if (rankB < rankA) {
        const w = neighbours[atB++];
        if (ranks.get(a, w) < rankB) return (atA - startA) * CURSOR_BASE + (atB - startB);
      } else {
        // The only edge in both lists is the edge itself.
        atA += 1;
        atB += 1;
      }
    }
    return END;
  }

  cofacet(edge: number, cursor: number): number {
    const a = this.#tails[edge];
    const b = this.#heads[edge];
    const doneA = Math.floor(cursor / CURSOR_BASE);
    const doneB = cursor - doneA * CURSOR_BASE;
    // Of the two entries passed last, the one of greater rank is where the walk stopped.
    const lastA = doneA > 0 ? this.#neighbourRanks[this.#start[a] + doneA - 1] : -1;
    const lastB = doneB > 0 ? this.#neighbourRanks[this.#start[b] + doneB - 1] : -1;
    const m = this.edgeCount;
    if (lastA > lastB) {
      if (lastA < edge) return edge * m + lastA;
      const other = this.#ranks.get(b, this.#neighbours[this.#start[a] + doneA - 1]);
      return lastA * m + Math.max(other, edge);
    }
    if (lastB < edge) return edge * m + lastB;
    const other = this.#ranks.get(a, this.#neighbours[this.#start[b] + doneB - 1]);
    return lastB * m + Math.max(other, edge);
  }

  isApparent(edge: number): boolean {
    return this.#apparent[edge] === 1;
  }

  youngestFacet(cell: number): number {
    return Math.floor(cell / this.edgeCount);
  }

  cellValue(cell: number): number {
    return this.#values[Math.floor(cell / this.edgeCount)];
  }

  cellVertices(cell: number): readonly number[] {
    const last = Math.floor(cell / this.edgeCount);
    const second = cell - last * this.edgeCount;
    const [a, b] = [this.#tails[last], this.#heads[last]];
    const [c, d] = [this.#tails[second], this.#heads[second]];
    return [a, b, c === a || c === b ? d : c].sort((x, y) => x - y);
  }

  #rankEdges(graph: WeightedGraph): void {
    const order = ascendingOrder(graph.values);
    const rankOf = new Int32Array(order.length);
    const values = this.#values;
    const tails = this.#tails;
    const heads = this.#heads;
    for (let rank = 0; rank < order.length; rank++) {
      const edge = order[rank];
      const u = graph.tails[edge];
      const v = graph.heads[edge];
      rankOf[edge] = rank;
      values[rank] = graph.values[edge];
      tails[rank] = Math.min(u, v);
      heads[rank] = Math.max(u, v);
    }
    const start = this.#start;
    const ranks = this.#ranks;
    // In the order of the input, which mostly goes row by row, so that the table is not written all over.
    for (let edge = 0; edge < rankOf.length; edge++) {
      const u = graph.tails[edge];
      const v = graph.heads[edge];
      if (!ranks.add(u, v, rankOf[edge])) {
        throw new TopologyError('TOPOLOGY_DUPLICATE_EDGE', 'an edge is given twice', `(${u}, ${v})`, 'each pair once');
      }
      start[u + 1] += 1;
      start[v + 1] += 1;
    }
    for (let v = 0; v < this.vertexCount; v++) start[v + 1] += start[v];
  }

  #listNeighbours(): void {
    const neighbours = this.#neighbours;
    const neighbourRanks = this.#neighbourRanks;
    const tails = this.#tails;
    const heads = this.#heads;
    const fill = this.#start.slice(0, this.vertexCount);
    for (let edge = 0; edge < this.edgeCount; edge++) {
      const u = tails[edge];
      const v = heads[edge];
      const atU = fill[u]++;
      const atV = fill[v]++;
      neighbours[atU] = v;
      neighbourRanks[atU] = edge;
      neighbours[atV] = u;
      neighbourRanks[atV] = edge;
    }
  }

  /**
   * Marks the edges whose lune holds a vertex. Goes vertex by vertex, so that one row of the rank table serves many edges; a witness
   * is mostly among the first few neighbours of the other end. Each edge is looked at once, from its end with more neighbours, so
   * that the shorter list is the one walked.
   */
  #findApparent(): void {
    const apparent = this.#apparent;
    const neighbours = this.#neighbours;
    const neighbourRanks = this.#neighbourRanks;
    const start = this.#start;
    const ranks = this.#ranks;
    const n = this.vertexCount;
    const weight = new Float64Array(n);
    for (let v = 0; v < n; v++) weight[v] = (start[v + 1] - start[v]) * n + v;
    for (let u = 0; u < n; u++) {
      const end = start[u + 1];
      for (let at = start[u]; at < end; at++) {
        const v = neighbours[at];
        if (weight[v] > weight[u]) continue;
        const edge = neighbourRanks[at];
        // The edge itself stands in v's list, so the walk ends there.
        for (let k = start[v]; neighbourRanks[k] < edge; k++) {
          if (ranks.get(u, neighbours[k]) < edge) {
            apparent[edge] = 1;
            break;
          }
        }
      }
    }
  }
}

/**
 * The flag complex of a weighted graph, sparse or dense.
 *
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_BAD_VERTEX, TOPOLOGY_SELF_LOOP, TOPOLOGY_DUPLICATE_EDGE,
 * TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_EDGE_BEFORE_VERTEX, TOPOLOGY_TOO_LARGE
 */
export function flagOfGraph(graph: WeightedGraph, options: FlagOptions = {}): FlagFiltration {
  checkGraph(graph);
  const threshold = options.threshold ?? Number.POSITIVE_INFINITY;
  if (Number.isNaN(threshold)) {
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', 'threshold', threshold, 'a number or Infinity');
  }
  const kept = edgesUpTo(graph, threshold);
  refuseTooLarge(kept.vertexCount, kept.values.length, options.memoryLimitBytes);
  return new FlagFiltration(kept, threshold);
}

/** @throws TopologyError TOPOLOGY_TOO_LARGE with the estimate, before anything is allocated. */
export function refuseTooLarge(vertexCount: number, edgeCount: number, limit = DEFAULT_MEMORY_LIMIT_BYTES): void {
  const bytes = flagBytes(vertexCount, edgeCount);
  if (bytes > limit) {
    throw new TopologyError(
      'TOPOLOGY_TOO_LARGE',
      `${vertexCount} vertices and ${edgeCount} edges need an estimated number of bytes`,
      bytes,
      `at most ${limit}; raise memoryLimitBytes or lower the threshold`,
    );
  }
  if (edgeCount > EDGES_MAX) {
    throw new TopologyError('TOPOLOGY_TOO_LARGE', 'number of edges', edgeCount, `at most ${EDGES_MAX}`);
  }
}

/** Estimated bytes of a flag filtration and of its reduction; columns that the reduction saves come on top, as many as the data make. */
export function flagBytes(vertexCount: number, edgeCount: number): number {
  return edgeCount * BYTES_PER_EDGE + EdgeRanks.bytes(vertexCount, edgeCount) + 16 * vertexCount;
}

function checkGraph(graph: WeightedGraph): void {
  const { vertexCount, tails, heads, values, births } = graph;
  if (!Number.isInteger(vertexCount) || vertexCount < 1) {
    throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of vertices', vertexCount, 'a whole number of at least 1');
  }
  if (tails.length !== values.length || heads.length !== values.length) {
    const found = `${tails.length} tails, ${heads.length} heads, ${values.length} values`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'edge arrays', found, 'three arrays of one length');
  }
  if (births !== undefined && births.length !== vertexCount) {
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'births', births.length, `${vertexCount}, one a vertex`);
  }
  const badBirth = births?.findIndex((birth) => !Number.isFinite(birth)) ?? -1;
  if (badBirth >= 0) {
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `birth of vertex ${badBirth}`, births?.[badBirth], 'finite');
  }
  for (let k = 0; k < values.length; k++) {
    const u = tails[k];
    const v = heads[k];
    if (u < 0 || u >= vertexCount || v < 0 || v >= vertexCount) {
      throw new TopologyError('TOPOLOGY_BAD_VERTEX', `vertices of edge ${k}`, `(${u}, ${v})`, `0..${vertexCount - 1}`);
    }
    if (u === v) throw new TopologyError('TOPOLOGY_SELF_LOOP', `edge ${k}`, `(${u}, ${v})`, 'two different vertices');
    const value = values[k];
    if (Number.isNaN(value)) {
      throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `value of edge ${k}`, value, 'a number; Infinity means never');
    }
    const earliest = births === undefined ? 0 : Math.max(births[u], births[v]);
    if (value < earliest) {
      throw new TopologyError(
        'TOPOLOGY_EDGE_BEFORE_VERTEX',
        `value of edge ${k} (${u}, ${v})`,
        value,
        `>= ${earliest}`,
      );
    }
  }
}

/** An edge at Infinity never enters, so it is left out with those above the threshold. */
function edgesUpTo(graph: WeightedGraph, threshold: number): WeightedGraph {
  const { values } = graph;
  let count = 0;
  for (let k = 0; k < values.length; k++)
    if (values[k] <= threshold && values[k] < Number.POSITIVE_INFINITY) count += 1;
  if (count === values.length) return graph;
  const tails = new Int32Array(count);
  const heads = new Int32Array(count);
  const kept = new Float64Array(count);
  let at = 0;
  for (let k = 0; k < values.length; k++) {
    if (!(values[k] <= threshold && values[k] < Number.POSITIVE_INFINITY)) continue;
    tails[at] = graph.tails[k];
    heads[at] = graph.heads[k];
    kept[at++] = values[k];
  }
  const { vertexCount, births } = graph;
  return births === undefined
    ? { vertexCount, tails, heads, values: kept }
    : { vertexCount, tails, heads, values: kept, births };
}
