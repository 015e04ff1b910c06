import type { TriangleFiltration } from '../filtrations/filtration.ts';

/**
 * The same sum over Z/2 of coboundaries of edges as CoboundarySum, for sums of so many edges that one edge after the other of the whole
 * filtration is looked at with less effort than a heap takes.
 *
 * It goes through the edges by rank. Triangles whose last edge is (x, y) are its third vertices w: those joined to both x and y by earlier
 * edges. The sum is odd on such a triangle if an odd number of (x, y), (x, w) and (y, w) are in it. With a row of bits for each vertex,
 * 32 triangles are told at a time.
 */
export class LuneSweep {
  readonly #filtration: TriangleFiltration;
  readonly #words: number;
  /** Row v: the vertices joined to v by edges before #edge. */
  readonly #joined: Int32Array;
  /** Row v: the vertices whose edge to v is in the sum. */
  readonly #inSum: Int32Array;
  #edge: number;
  /** The second last edge of the first triangle that ends with #edge. */
  #firstSecond = -1;

  /** @param from the rank of the edge to begin at: the sum is even on all triangles that end before */
  constructor(filtration: TriangleFiltration, from: number) {
    this.#filtration = filtration;
    this.#words = (filtration.vertexCount + 31) >>> 5;
    this.#joined = new Int32Array(this.#words * filtration.vertexCount);
    this.#inSum = new Int32Array(this.#words * filtration.vertexCount);
    for (let edge = 0; edge < from; edge++) this.#flip(this.#joined, edge);
    this.#edge = from;
  }

  /** Adds an edge's coboundary, or takes it away again. */
  toggle(edge: number): void {
    this.#flip(this.#inSum, edge);
  }

  /** The least triangle with coefficient 1, or -1 if there is none. */
  pivot(): number {
    const filtration = this.#filtration;
    const words = this.#words;
    const joined = this.#joined;
    const inSum = this.#inSum;
    for (; this.#edge < filtration.edgeCount; this.#edge++) {
      if (this.#edge === filtration.rankedCount) filtration.rankMore();
      const rowX = filtration.edgeTail(this.#edge) * words;
      const rowY = filtration.edgeHead(this.#edge) * words;
      const own = this.#isInSum(this.#edge) ? -1 : 0;
      let odd = 0;
      for (let k = 0; k < words; k++) {
        odd |= joined[rowX + k] & joined[rowY + k] & (inSum[rowX + k] ^ inSum[rowY + k] ^ own);
      }
      if (odd !== 0) return this.#leastOdd(own);
      this.#flip(joined, this.#edge);
    }
    return -1;
  }

  /** True if the pivot just found is the first cofacet of its last edge, which then is apparent. */
  isFirstCofacet(pivot: number): boolean {
    return pivot === this.#edge * this.#filtration.edgeCount + this.#firstSecond;
  }

  /** The edges in the sum, ascending. */
  edges(): Int32Array {
    const edges: number[] = [];
    const count = this.#filtration.vertexCount;
    for (let v = 0; v < count; v++) {
      for (let w = 0; w < v; w++) {
        const word = this.#inSum[v * this.#words + (w >>> 5)];
        if (word === 0) w |= 31;
        else if (((word >>> (w & 31)) & 1) === 1) edges.push(this.#filtration.edgeBetween(v, w));
      }
    }
    return Int32Array.from(edges).sort();
  }

  /** Of the triangles that end with the present edge, the first with coefficient 1. */
  #leastOdd(own: number): number {
    const filtration = this.#filtration;
    const x = filtration.edgeTail(this.#edge);
    const y = filtration.edgeHead(this.#edge);
    const rowX = x * this.#words;
    const rowY = y * this.#words;
    let first = filtration.edgeCount;
    let firstOdd = filtration.edgeCount;
    for (let k = 0; k < this.#words; k++) {
      const odd = this.#inSum[rowX + k] ^ this.#inSum[rowY + k] ^ own;
      let left = this.#joined[rowX + k] & this.#joined[rowY + k];
      while (left !== 0) {
        const lowest = left & -left;
        left ^= lowest;
        const w = 32 * k + 31 - Math.clz32(lowest);
        const second = Math.max(filtration.edgeBetween(x, w), filtration.edgeBetween(y, w));
        if (second < first) first = second;
        if ((odd & lowest) !== 0 && second < firstOdd) firstOdd = second;
      }
    }
    this.#firstSecond = first;
    return this.#edge * filtration.edgeCount + firstOdd;
  }

  #isInSum(edge: number): boolean {
    const head = this.#filtration.edgeHead(edge);
    return ((this.#inSum[this.#filtration.edgeTail(edge) * this.#words + (head >>> 5)] >>> (head & 31)) & 1) === 1;
  }

  #flip(rows: Int32Array, edge: number): void {
    const x = this.#filtration.edgeTail(edge);
    const y = this.#filtration.edgeHead(edge);
    rows[x * this.#words + (y >>> 5)] ^= 1 << (y & 31);
    rows[y * this.#words + (x >>> 5)] ^= 1 << (x & 31);
  }
}
