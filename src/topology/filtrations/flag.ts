import { TopologyError } from '../errors.ts';
import { EdgeRanks, NO_EDGE } from './edge-ranks.ts';
import type { EdgeStretch, EdgeSupply, OpenEdges } from './edge-supply.ts';
import { FewPointsEdges } from './few-points.ts';
import { END, type TriangleFiltration } from './filtration.ts';
import { GraphEdges } from './graph-edges.ts';
import { JoinedBits } from './lune-bits.ts';
import { checkGraph, edgesUpTo, type WeightedGraph } from './weighted-graph.ts';

export interface FlagOptions {
  /** Edges with a greater value are left out. Default: none is. */
  readonly threshold?: number;
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

export const DEFAULT_MEMORY_LIMIT_BYTES = 2 ** 31;

/** Bytes an edge takes at the peak, its rank table aside: 37 in the filtration and its reduction, 16 as input, 20 while it is sorted. */
const BYTES_PER_EDGE = 37 + 16 + 20;
/** A vertex without any edge has a bar too: 20 while components are joined, 80 in their diagram while it grows, is sorted and copied (measured). */
const BYTES_PER_VERTEX = 20 + 80;
/** Two list positions packed into one safe integer. */
const CURSOR_BASE = 2 ** 26;
/** Cursors up to here stand at the end of what is ranked so far. */
const WAITING = -2;
/** Up to so many vertices, rows of bits tell who is joined to whom. */
const FEW_VERTICES = 512;
const NO_RANKS = new EdgeRanks(0, 0);
/** Beyond this many edges the key of a triangle, rank * edgeCount + rank, is no longer a safe integer. */
const EDGES_MAX = 94_906_265;

/**
 * The flag complex of a weighted graph: every clique enters with its last edge.
 *
 * The order: edges by value, ties by position in the input; a triangle right after its last edge, and among those with the same last
 * edge by the rank of the second last. So a triangle's key is (rank of last edge, rank of second last edge), which also names it.
 * Under this order an edge is apparent exactly when some third vertex is joined to both ends by earlier edges, that is when its
 * open lune in rank space is not empty; edges that are not, the open ones, are the relative neighbourhood graph (Toussaint 1980), ties broken.
 *
 * Only a first part of the edges is ranked. Whatever is asked about a later one makes it grow; the answers are the same as if all had been
 * ranked at once.
 */
export class FlagFiltration implements TriangleFiltration {
  readonly kind = 'flag';
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;

  readonly #supply: EdgeSupply;
  /** The supply, where it tells everything of its edges at once, so that nothing has to be ranked for it. */
  readonly #few: FewPointsEdges | undefined;
  #open: OpenEdges | undefined;
  /** Edges of lower rank are ranked. */
  #ranked = 0;
  #values: Float64Array = new Float64Array(0);
  #tails: Int32Array = new Int32Array(0);
  #heads: Int32Array = new Int32Array(0);
  /** Who is joined to whom, of few vertices whose edges might repeat. */
  readonly #joined: JoinedBits | undefined;
  // What follows is drawn up when it is first asked for.
  #apparent: Uint8Array = new Uint8Array(0);
  #ranks = NO_RANKS;
  #recorded = 0;
  /** How many edges the lists hold: neighbours of v by rising rank, entries #start[v] .. #start[v + 1]. */
  #listed = 0;
  readonly #start: Int32Array;
  #neighbours: Int32Array = new Int32Array(0);
  #neighbourRanks: Int32Array = new Int32Array(0);

  /** @throws TopologyError TOPOLOGY_DUPLICATE_EDGE */
  constructor(supply: EdgeSupply) {
    this.vertexCount = supply.vertexCount;
    this.edgeCount = supply.edgeCount;
    this.threshold = supply.threshold;
    this.#supply = supply;
    this.#start = new Int32Array(supply.vertexCount + 1);
    this.#open = supply.open;
    if (!supply.isSimple && supply.vertexCount <= FEW_VERTICES) this.#joined = new JoinedBits(supply.vertexCount);
    if (supply instanceof FewPointsEdges) this.#few = supply;
    else this.rankMore();
  }

  vertexValue(vertex: number): number {
    const { births } = this.#supply;
    return births === undefined ? 0 : births[vertex];
  }

  /** True if no vertex was given a time of its own to enter at. */
  get beginsAtZero(): boolean {
    return this.#supply.births === undefined;
  }

  edgeValue(edge: number): number {
    if (edge < this.#ranked) return this.#values[edge];
    const few = this.#few;
    if (few !== undefined) return few.valueAt(edge);
    const open = this.#openOnes();
    const place = placeOf(open.ranks, edge);
    if (place >= 0) return open.values[place];
    this.#rankUpTo(edge);
    return this.#values[edge];
  }

  edgeTail(edge: number): number {
    if (edge < this.#ranked) return this.#tails[edge];
    const few = this.#few;
    if (few !== undefined) return few.pairs[edge] & 255;
    const open = this.#openOnes();
    const place = placeOf(open.ranks, edge);
    if (place >= 0) return open.tails[place];
    this.#rankUpTo(edge);
    return this.#tails[edge];
  }

  edgeHead(edge: number): number {
    if (edge < this.#ranked) return this.#heads[edge];
    const few = this.#few;
    if (few !== undefined) return few.pairs[edge] >>> 8;
    const open = this.#openOnes();
    const place = placeOf(open.ranks, edge);
    if (place >= 0) return open.heads[place];
    this.#rankUpTo(edge);
    return this.#heads[edge];
  }

  /** The ranks of the edges that are not apparent, ascending. Those of a spanning forest are among them. */
  openEdges(): Int32Array {
    return this.#openOnes().ranks;
  }

  isApparent(edge: number): boolean {
    if (edge >= this.#ranked) return placeOf(this.openEdges(), edge) < 0;
    if (this.#apparent.length < this.#ranked) this.#markApparent();
    return this.#apparent[edge] === 1;
  }

  /** The rank of the edge between two vertices, or -1. */
  edgeBetween(u: number, v: number): number {
    let rank = this.#table().get(u, v);
    if (rank === NO_EDGE && this.valueBetween(u, v) === Number.POSITIVE_INFINITY) return -1;
    while (rank === NO_EDGE) {
      this.rankMore();
      rank = this.#table().get(u, v);
    }
    return rank;
  }

  hasEdge(u: number, v: number): boolean {
    return this.#joined?.areJoined(u, v) ?? this.valueBetween(u, v) < Number.POSITIVE_INFINITY;
  }

  /** When the edge between two vertices enters; Infinity if there is none. */
  valueBetween(u: number, v: number): number {
    if (this.#supply.isSimple) return this.#supply.valueBetween(u, v);
    const rank = this.#table().get(u, v);
    if (rank !== NO_EDGE) return this.#values[rank];
    return this.isAllRanked ? Number.POSITIVE_INFINITY : this.#supply.valueBetween(u, v);
  }

  /** Number of edges at a vertex. */
  degree(vertex: number): number {
    this.rankAll();
    this.#list();
    return this.#start[vertex + 1] - this.#start[vertex];
  }

  /** Number of edges at a vertex that come before `edge`. */
  degreeBefore(vertex: number, edge: number): number {
    if (edge > this.#ranked) this.#rankUpTo(edge - 1);
    this.#list();
    const from = this.#start[vertex];
    return firstNotBelow(this.#neighbourRanks, from, this.#start[vertex + 1], edge) - from;
  }

  /** The k-th neighbour of a vertex, by rising rank of the joining edge. */
  neighbour(vertex: number, k: number): number {
    this.#list();
    while (this.#start[vertex] + k >= this.#start[vertex + 1] && !this.isAllRanked) {
      this.rankMore();
      this.#list();
    }
    return this.#neighbours[this.#start[vertex] + k];
  }

  /** The rank of the k-th edge at a vertex. */
  neighbourRank(vertex: number, k: number): number {
    this.#list();
    while (this.#start[vertex] + k >= this.#start[vertex + 1] && !this.isAllRanked) {
      this.rankMore();
      this.#list();
    }
    return this.#neighbourRanks[this.#start[vertex] + k];
  }

  /** All edges by rank, of at most 256 vertices: higher vertex << 8 | lower vertex; not to be written to. */
  packedEdges(): Uint16Array {
    if (this.#few !== undefined) return this.#few.pairs;
    const { tails, heads } = this.rankedEdges();
    const pairs = new Uint16Array(tails.length);
    for (let edge = 0; edge < pairs.length; edge++) pairs[edge] = (heads[edge] << 8) | tails[edge];
    return pairs;
  }

  /** All edges by rank; not to be written to. */
  rankedEdges(): EdgeStretch {
    this.rankAll();
    return { tails: this.#tails, heads: this.#heads, values: this.#values };
  }

  get rankedCount(): number {
    return this.#ranked;
  }

  get isAllRanked(): boolean {
    return this.#ranked === this.edgeCount;
  }

  /** Ranks the next stretch of edges, of a length that suits the data. */
  rankMore(): void {
    const stretch = this.#supply.next();
    this.#values = join(this.#values, stretch.values);
    this.#tails = join(this.#tails, stretch.tails);
    this.#heads = join(this.#heads, stretch.heads);
    this.#ranked = this.#values.length;
    // An edge given twice is to be refused at once.
    if (this.#supply.isSimple) return;
    if (this.#joined === undefined) this.#table();
    else this.#join(this.#joined, stretch);
  }

  rankAll(): void {
    while (!this.isAllRanked) this.rankMore();
  }

  /** No triangle that holds an edge not ranked yet has a lower key. */
  get horizon(): number {
    return this.#ranked * this.edgeCount;
  }

  /** Ranks more where it has to. */
  nextCofacet(edge: number, cursor: number): number {
    let at = this.nextRankedCofacet(edge, cursor);
    while (at <= WAITING) {
      this.rankMore();
      at = this.nextRankedCofacet(edge, at);
    }
    return at;
  }

  /**
   * Merges the two ends' neighbour lists by rank. A third vertex w has been met in both lists when its later edge is passed, so
   * triangles come out by the rank of that edge: inside the lune that is their second last edge, outside it their last.
   *
   * Where the lists end before all edges are ranked the answer is a cursor below END, which stands on nothing: what follows is not below the
   * present horizon, and is found from there once more has been ranked.
   */
  nextRankedCofacet(edge: number, cursor: number): number {
    if (edge >= this.#ranked) this.#rankUpTo(edge);
    if (this.#listed !== this.#ranked) this.#list();
    const a = this.#tails[edge];
    const b = this.#heads[edge];
    const positions = cursor <= WAITING ? WAITING - cursor : cursor;
    const doneA = Math.floor(positions / CURSOR_BASE);
    const doneB = positions - doneA * CURSOR_BASE;
    const neighbours = this.#neighbours;
    const neighbourRanks = this.#neighbourRanks;
    const ranks = this.#ranks;
    const startA = this.#start[a];
    const startB = this.#start[b];
    const endA = this.#start[a + 1];
    const endB = this.#start[b + 1];
    let atA = startA + doneA;
    let atB = startB + doneB;
    const { matrix } = ranks;
    const rowA = a * this.vertexCount;
    const rowB = b * this.vertexCount;
    let rankA = atA < endA ? neighbourRanks[atA] : NO_EDGE;
    let rankB = atB < endB ? neighbourRanks[atB] : NO_EDGE;
    // NO_EDGE stands for the end of a list.
    for (;;) {
      if (rankA < rankB) {
        const w = neighbours[atA++];
        const other = matrix === undefined ? ranks.get(b, w) : matrix[rowB + w] + NO_EDGE;
        if (other < rankA) return (atA - startA) * CURSOR_BASE + (atB - startB);
        rankA = atA < endA ? neighbourRanks[atA] : NO_EDGE;
      } else if (rankB < rankA) {
        const w = neighbours[atB++];
        const other = matrix === undefined ? ranks.get(a, w) : matrix[rowA + w] + NO_EDGE;
        if (other < rankB) return (atA - startA) * CURSOR_BASE + (atB - startB);
        rankB = atB < endB ? neighbourRanks[atB] : NO_EDGE;
      } else if (rankA < NO_EDGE) {
        // The only edge in both lists is the edge itself.
        atA += 1;
        atB += 1;
        rankA = atA < endA ? neighbourRanks[atA] : NO_EDGE;
        rankB = atB < endB ? neighbourRanks[atB] : NO_EDGE;
      } else break;
    }
    return this.isAllRanked ? END : WAITING - ((atA - startA) * CURSOR_BASE + (atB - startB));
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
      return lastA * m + (other > edge ? other : edge);
    }
    if (lastB < edge) return edge * m + lastB;
    const other = this.#ranks.get(a, this.#neighbours[this.#start[b] + doneB - 1]);
    return lastB * m + (other > edge ? other : edge);
  }

  /** The cursor on the first cofacet of an edge after `cell`, as nextRankedCofacet() would give it; the edge is not above the cell's last. */
  cofacetAfter(edge: number, cell: number): number {
    const last = this.youngestFacet(cell);
    const second = cell - last * this.edgeCount;
    // Triangles of which the edge is the last come out when the second last is passed, all others when the last is.
    const passed = edge === last ? second : last;
    this.#list();
    const a = this.#tails[edge];
    const b = this.#heads[edge];
    const upTo = (v: number, rank: number): number =>
      firstNotBelow(this.#neighbourRanks, this.#start[v], this.#start[v + 1], rank) - this.#start[v];
    const before = upTo(a, passed) * CURSOR_BASE + upTo(b, passed);
    const next = this.nextRankedCofacet(edge, before);
    return next >= 0 && this.cofacet(edge, next) <= cell ? this.nextRankedCofacet(edge, next) : next;
  }

  youngestFacet(cell: number): number {
    return Math.floor(cell / this.edgeCount);
  }

  cellValue(cell: number): number {
    return this.edgeValue(this.youngestFacet(cell));
  }

  cellVertices(cell: number): readonly number[] {
    const last = this.youngestFacet(cell);
    const second = cell - last * this.edgeCount;
    const [a, b] = [this.edgeTail(last), this.edgeHead(last)];
    const [c, d] = [this.edgeTail(second), this.edgeHead(second)];
    return [a, b, c === a || c === b ? d : c].sort((x, y) => x - y);
  }

  #rankUpTo(edge: number): void {
    while (this.#ranked <= edge) this.rankMore();
  }

  /** The ranks of all edges that have one. */
  #table(): EdgeRanks {
    if (this.#ranks === NO_RANKS) this.#ranks = new EdgeRanks(this.vertexCount, this.edgeCount);
    if (this.#recorded < this.#ranked) this.#record(this.#ranks);
    return this.#ranks;
  }

  #record(ranks: EdgeRanks): void {
    const tails = this.#tails;
    const heads = this.#heads;
    for (let edge = this.#recorded; edge < this.#ranked; edge++) {
      if (!ranks.add(tails[edge], heads[edge], edge)) refuseTwice(tails[edge], heads[edge]);
    }
    this.#recorded = this.#ranked;
  }

  #join(joined: JoinedBits, { tails, heads }: EdgeStretch): void {
    for (let k = 0; k < tails.length; k++) {
      if (joined.areJoined(tails[k], heads[k])) refuseTwice(tails[k], heads[k]);
      joined.join(tails[k], heads[k]);
    }
  }

  /** The lists, and with them the table, of all edges that are ranked. */
  #list(): void {
    if (this.#listed === this.#ranked) return;
    this.#table();
    this.#listNeighbours();
    this.#listed = this.#ranked;
  }

  #listNeighbours(): void {
    const tails = this.#tails;
    const heads = this.#heads;
    const start = this.#start.fill(0);
    for (let edge = 0; edge < this.#ranked; edge++) {
      start[tails[edge] + 1] += 1;
      start[heads[edge] + 1] += 1;
    }
    for (let v = 0; v < this.vertexCount; v++) start[v + 1] += start[v];
    const neighbours = new Int32Array(2 * this.#ranked);
    const neighbourRanks = new Int32Array(2 * this.#ranked);
    const fill = start.slice(0, this.vertexCount);
    for (let edge = 0; edge < this.#ranked; edge++) {
      const u = tails[edge];
      const v = heads[edge];
      const atU = fill[u]++;
      const atV = fill[v]++;
      neighbours[atU] = v;
      neighbourRanks[atU] = edge;
      neighbours[atV] = u;
      neighbourRanks[atV] = edge;
    }
    this.#neighbours = neighbours;
    this.#neighbourRanks = neighbourRanks;
  }

  #openOnes(): OpenEdges {
    this.#open ??= this.#searchOpen();
    return this.#open;
  }

  #markApparent(): void {
    this.#apparent = new Uint8Array(this.#ranked).fill(1);
    for (const edge of this.openEdges()) if (edge < this.#ranked) this.#apparent[edge] = 0;
  }

  /** The edges whose lune holds no vertex. */
  #searchOpen(): OpenEdges {
    this.rankAll();
    const few = this.vertexCount <= FEW_VERTICES;
    const edges = { tails: this.#tails, heads: this.#heads, values: this.#values };
    const ranks = few ? new JoinedBits(this.vertexCount).joinAll(edges) : this.#openByLists();
    // As all are ranked, nobody asks for these by anything but the rank.
    return { ...edges, ranks };
  }

  /**
   * Goes vertex by vertex, so that one row of the rank table serves many edges; a witness is mostly among the first few neighbours of the
   * other end. Each edge is looked at once, from its end with more neighbours, so that the shorter list is the one walked.
   */
  #openByLists(): Int32Array {
    this.#list();
    const neighbours = this.#neighbours;
    const neighbourRanks = this.#neighbourRanks;
    const start = this.#start;
    const ranks = this.#ranks;
    const n = this.vertexCount;
    const isOpen = new Uint8Array(this.#ranked);
    let count = 0;
    for (let u = 0; u < n; u++) {
      const degreeU = start[u + 1] - start[u];
      for (let at = start[u]; at < start[u + 1]; at++) {
        const v = neighbours[at];
        const degreeV = start[v + 1] - start[v];
        if (degreeV > degreeU || (degreeV === degreeU && v > u)) continue;
        const edge = neighbourRanks[at];
        let k = start[v];
        // The edge itself stands in v's list, so the walk ends there.
        while (neighbourRanks[k] < edge && ranks.get(u, neighbours[k]) > edge) k += 1;
        if (neighbourRanks[k] === edge) {
          isOpen[edge] = 1;
          count += 1;
        }
      }
    }
    const open = new Int32Array(count);
    for (let edge = 0, found = 0; found < count; edge++) if (isOpen[edge] === 1) open[found++] = edge;
    return open;
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
  return new FlagFiltration(new GraphEdges(kept, threshold));
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
function flagBytes(vertexCount: number, edgeCount: number): number {
  return edgeCount * BYTES_PER_EDGE + EdgeRanks.bytes(vertexCount, edgeCount) + vertexCount * BYTES_PER_VERTEX;
}

function refuseTwice(tail: number, head: number): never {
  throw new TopologyError('TOPOLOGY_DUPLICATE_EDGE', 'an edge is given twice', `(${tail}, ${head})`, 'each pair once');
}

/** The place of `rank` in an ascending list, or -1. */
function placeOf(ranks: Int32Array, rank: number): number {
  const place = firstNotBelow(ranks, 0, ranks.length, rank);
  return place < ranks.length && ranks[place] === rank ? place : -1;
}

/** The first place from `low` on, below `high`, whose entry is at least `rank`; `high` if none is. */
function firstNotBelow(ranks: Int32Array, from: number, to: number, rank: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranks[middle] < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

function join<T extends Float64Array | Int32Array>(before: T, after: T): T {
  if (before.length === 0) return after;
  const both = (
    before instanceof Float64Array
      ? new Float64Array(before.length + after.length)
      : new Int32Array(before.length + after.length)
  ) as T;
  both.set(before);
  both.set(after, before.length);
  return both;
}
