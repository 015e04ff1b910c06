/** Name of a pair of vertices, in any order; independent of how many vertices there are. Of pairs of equal value the lower name comes first. */
export function pairOf(u: number, v: number): number {
  return u > v ? (u * (u - 1)) / 2 + v : (v * (v - 1)) / 2 + u;
}

/** The higher vertex of a pair; the lower one is pair - pairOf(higher, 0). */
export function higherEnd(pair: number): number {
  // Exact: pair names stay far below what a double's square root could get wrong.
  return Math.floor((1 + Math.sqrt(1 + 8 * pair)) / 2);
}

/** The two vertices of a pair, the higher one first. */
export function endsOf(pair: number): readonly [number, number] {
  const u = higherEnd(pair);
  return [u, pair - pairOf(u, 0)];
}

/** The total order of pairs: by value, then by name. */
export function comesBefore(value: number, pair: number, otherValue: number, otherPair: number): boolean {
  return value < otherValue || (value === otherValue && pair < otherPair);
}

/** When each pair of vertices is joined; Infinity: never. A symmetric matrix that grows with the number of vertices. */
export class PairValues {
  /** Entry u * stride + v. The diagonal is Infinity. */
  rows: Float64Array;
  /** No vertex has a higher number than this less one. */
  stride: number;

  constructor(capacity: number) {
    this.stride = capacity;
    this.rows = new Float64Array(capacity * capacity).fill(Number.POSITIVE_INFINITY);
  }

  get(u: number, v: number): number {
    return this.rows[u * this.stride + v];
  }

  grow(capacity: number): void {
    const rows = new Float64Array(capacity * capacity).fill(Number.POSITIVE_INFINITY);
    for (let u = 0; u < this.stride; u++) {
      rows.set(this.rows.subarray(u * this.stride, (u + 1) * this.stride), u * capacity);
    }
    this.rows = rows;
    this.stride = capacity;
  }
}
