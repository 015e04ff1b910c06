import { IntegerTable } from '../integer-table.ts';

/** Bytes that a dense table may take regardless of how few edges there are. */
const DENSE_BYTES_FREE = 64 * 2 ** 20;

/** Greater than any rank: the answer for a pair of vertices that is not an edge. */
export const NO_EDGE = 0x7fffffff;

/** The rank of the edge between two vertices: a dense matrix while that is cheap, else a hash table. */
export class EdgeRanks {
  readonly #vertexCount: number;
  /** Entry u * vertexCount + v of a dense table: the rank less NO_EDGE, so that a fresh array holds no edge, and pages that are never written are never
   * allocated. For loops that cannot afford a call of get(). */
  readonly matrix: Int32Array | undefined;
  readonly #table: IntegerTable | undefined;

  constructor(vertexCount: number, edgeCount: number) {
    this.#vertexCount = vertexCount;
    if (isDense(vertexCount, edgeCount)) this.matrix = new Int32Array(vertexCount * vertexCount);
    else this.#table = new IntegerTable(edgeCount);
  }

  /** Records an edge; false if the pair already has one. */
  add(u: number, v: number, rank: number): boolean {
    const n = this.#vertexCount;
    if (this.matrix !== undefined) {
      if (this.matrix[u * n + v] !== 0) return false;
      this.matrix[u * n + v] = rank - NO_EDGE;
      this.matrix[v * n + u] = rank - NO_EDGE;
      return true;
    }
    return this.#table?.add(u < v ? u * n + v : v * n + u, rank) ?? false;
  }

  /** The rank of the edge between u and v, or NO_EDGE. */
  get(u: number, v: number): number {
    const n = this.#vertexCount;
    if (this.matrix !== undefined) return this.matrix[u * n + v] + NO_EDGE;
    const rank = this.#table?.get(u < v ? u * n + v : v * n + u) ?? IntegerTable.ABSENT;
    return rank === IntegerTable.ABSENT ? NO_EDGE : rank;
  }

  /** Bytes that a table for such a graph takes. */
  static bytes(vertexCount: number, edgeCount: number): number {
    return isDense(vertexCount, edgeCount) ? 4 * vertexCount * vertexCount : 48 * edgeCount;
  }
}

function isDense(vertexCount: number, edgeCount: number): boolean {
  return 4 * vertexCount * vertexCount <= Math.max(DENSE_BYTES_FREE, 48 * edgeCount);
}
