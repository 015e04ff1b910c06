import type { EdgeStretch } from './edge-supply.ts';

/** For each of few vertices a row of bits: whom it is joined to. */
export class JoinedBits {
  readonly #words: number;
  readonly #rows: Int32Array;

  constructor(vertexCount: number) {
    this.#words = (vertexCount + 31) >>> 5;
    this.#rows = new Int32Array(this.#words * vertexCount);
  }

  /** True if no vertex is joined to both. */
  isLuneEmpty(u: number, v: number): boolean {
    const words = this.#words;
    const rows = this.#rows;
    let both = 0;
    for (let atU = u * words, atV = v * words, end = atU + words; atU < end; atU++, atV++)
      both |= rows[atU] & rows[atV];
    return both === 0;
  }

  areJoined(u: number, v: number): boolean {
    return ((this.#rows[u * this.#words + (v >>> 5)] >>> (v & 31)) & 1) === 1;
  }

  join(u: number, v: number): void {
    this.#rows[u * this.#words + (v >>> 5)] |= 1 << (v & 31);
    this.#rows[v * this.#words + (u >>> 5)] |= 1 << (u & 31);
  }

  /** Joins the edges, in their order; which of them had an empty lune when they came, as places in the stretch. */
  joinAll({ tails, heads }: EdgeStretch): Int32Array {
    const open = new Int32Array(tails.length);
    let count = 0;
    for (let k = 0; k < tails.length; k++) {
      open[count] = k;
      count += +this.isLuneEmpty(tails[k], heads[k]);
      this.join(tails[k], heads[k]);
    }
    return open.subarray(0, count);
  }
}
