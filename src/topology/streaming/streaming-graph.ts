import { TopologyError } from '../errors.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES, type FlagOptions } from '../filtrations/flag.ts';
import { checkGraph, type WeightedGraph } from '../filtrations/weighted-graph.ts';
import type { PersistenceDiagram } from '../homology/diagram.ts';
import { checkCapacity } from './capacity.ts';
import { endsOf, pairOf } from './pair-values.ts';
import { StreamingFlag } from './streaming-flag.ts';

/** An edge that comes, goes, or enters at another value. */
export interface EdgeChange {
  readonly tail: number;
  readonly head: number;
  /** When it enters, at least 0; Infinity: there is no such edge any more. */
  readonly value: number;
}

/**
 * The flag complex of a weighted graph whose edges change, with its diagrams in dimensions 0 and 1 kept up to date: the same bars as
 * flagOfGraph() and persistence() give for the graph as it is. All vertices enter at 0. See StreamingFlag for how, and for the memory it takes.
 */
export class StreamingGraph {
  readonly #flag: StreamingFlag;
  readonly #vertexCount: number;
  readonly #threshold: number;

  /** @throws TopologyError as flagOfGraph() does, and TOPOLOGY_OUT_OF_RANGE for a graph with births */
  constructor(graph: WeightedGraph, options: FlagOptions = {}) {
    checkGraph(graph);
    if (graph.births?.some((birth) => birth !== 0) === true) {
      throw new TopologyError(
        'TOPOLOGY_OUT_OF_RANGE',
        'births of a streaming graph',
        'given',
        'none: all vertices enter at 0',
      );
    }
    this.#threshold = options.threshold ?? Number.POSITIVE_INFINITY;
    if (Number.isNaN(this.#threshold)) {
      throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', 'threshold', this.#threshold, 'a number or Infinity');
    }
    this.#vertexCount = graph.vertexCount;
    checkCapacity(graph.vertexCount, options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES);
    this.#flag = new StreamingFlag(graph.vertexCount);
    const edges = new Map<number, number>();
    for (let k = 0; k < graph.values.length; k++) {
      const pair = pairOf(graph.tails[k], graph.heads[k]);
      if (edges.has(pair)) {
        const found = `(${graph.tails[k]}, ${graph.heads[k]})`;
        throw new TopologyError('TOPOLOGY_DUPLICATE_EDGE', 'an edge is given twice', found, 'each pair once');
      }
      edges.set(pair, graph.values[k]);
    }
    for (let v = 0; v < graph.vertexCount; v++) this.#flag.setPresent(v, true);
    this.#update(
      Int32Array.from({ length: graph.vertexCount }, (_, v) => v),
      edges,
    );
  }

  /** Dimensions 0 and 1. Vertices are named by number, edges and triangles by names of their own. */
  get diagrams(): readonly [PersistenceDiagram, PersistenceDiagram] {
    return this.#flag.diagrams;
  }

  /** The edges of a minimum spanning forest, each as its two vertices. */
  get forest(): readonly (readonly [number, number])[] {
    return this.#flag.forest.map(endsOf);
  }

  get vertexCount(): number {
    return this.#vertexCount;
  }

  /** Infinity: there is no such edge. */
  valueBetween(u: number, v: number): number {
    return this.#flag.valueBetween(u, v);
  }

  degree(vertex: number): number {
    return this.#flag.degree(vertex);
  }

  forEachEdge(visit: (u: number, v: number) => void): void {
    this.#flag.forEachJoined(visit);
  }

  get columnsReduced(): number {
    return this.#flag.columnsReduced;
  }

  /**
   * Of an edge that is named several times the last change holds.
   *
   * @throws TopologyError as flagOfGraph() does, an edge given twice excepted; then nothing has changed
   */
  change(changes: readonly EdgeChange[]): void {
    // checkGraph() would see numbers as they are cut to 32 bits.
    const broken = changes.find(({ tail, head }) => tail !== (tail | 0) || head !== (head | 0));
    if (broken !== undefined) {
      const found = `(${broken.tail}, ${broken.head})`;
      const valid = `whole numbers 0..${this.#vertexCount - 1}`;
      throw new TopologyError('TOPOLOGY_BAD_VERTEX', 'vertices of an edge to change', found, valid);
    }
    checkGraph({
      vertexCount: this.#vertexCount,
      tails: Int32Array.from(changes, ({ tail }) => tail),
      heads: Int32Array.from(changes, ({ head }) => head),
      values: Float64Array.from(changes, ({ value }) => value),
    });
    const edges = new Map<number, number>();
    for (const { tail, head, value } of changes) edges.set(pairOf(tail, head), value);
    this.#update(coverOf(edges), edges);
  }

  #update(touched: Int32Array, edges: ReadonlyMap<number, number>): void {
    this.#flag.update(touched, (u, v) => {
      const value = edges.get(pairOf(u, v)) ?? this.#flag.valueBetween(u, v);
      return value <= this.#threshold ? value : Number.POSITIVE_INFINITY;
    });
  }
}

/** Vertices such that each of the edges has one of them for an end; first those that serve many. */
function coverOf(edges: ReadonlyMap<number, number>): Int32Array {
  const degrees = new Map<number, number>();
  for (const pair of edges.keys()) for (const v of endsOf(pair)) degrees.set(v, (degrees.get(v) ?? 0) + 1);
  const cover = new Set<number>();
  for (const pair of edges.keys()) {
    const [a, b] = endsOf(pair);
    if (cover.has(a) || cover.has(b)) continue;
    cover.add((degrees.get(a) ?? 0) >= (degrees.get(b) ?? 0) ? a : b);
  }
  return Int32Array.from(cover);
}
