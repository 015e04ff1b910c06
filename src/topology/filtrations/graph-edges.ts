import { type EdgeStretch, type EdgeSupply, sorted } from './edge-supply.ts';
import type { WeightedGraph } from './weighted-graph.ts';

/** The edges of a graph by value, ties by position in the input; all at once. */
export class GraphEdges implements EdgeSupply {
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;
  readonly births: Float64Array | undefined;
  readonly open = undefined;
  readonly isSimple = false;
  readonly #graph: WeightedGraph;

  /** The graph has been checked, the lower vertex of every edge is its tail, and none of its edges is above the threshold. */
  constructor(graph: WeightedGraph, threshold: number) {
    this.vertexCount = graph.vertexCount;
    this.edgeCount = graph.values.length;
    this.threshold = threshold;
    this.births = graph.births;
    this.#graph = graph;
  }

  next(): EdgeStretch {
    return sorted(this.#graph);
  }

  valueBetween(): number {
    return Number.POSITIVE_INFINITY;
  }
}
