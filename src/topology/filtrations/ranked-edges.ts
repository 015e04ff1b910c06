import type { EdgeFiltration } from './filtration.ts';

/** The edges of a flag complex in arrays, by rank. */
export class RankedEdges implements EdgeFiltration {
  readonly kind = 'flag';
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;
  readonly #births: Float64Array;
  readonly #tails: Int32Array;
  readonly #heads: Int32Array;
  readonly #values: Float64Array;

  /** tails[k] < heads[k], values[k] ascending, births one a vertex; not checked. */
  constructor(
    births: Float64Array,
    tails: Int32Array,
    heads: Int32Array,
    values: Float64Array,
    threshold = Number.POSITIVE_INFINITY,
  ) {
    this.vertexCount = births.length;
    this.edgeCount = values.length;
    this.threshold = threshold;
    this.#births = births;
    this.#tails = tails;
    this.#heads = heads;
    this.#values = values;
  }

  vertexValue(vertex: number): number {
    return this.#births[vertex];
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
}
