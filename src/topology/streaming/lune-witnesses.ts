import type { NeighbourLists } from './neighbour-lists.ts';
import { higherEnd, type PairValues, pairOf } from './pair-values.ts';

const NONE = -1;

/**
 * Which pairs are open, kept up to date: those whose lune is empty, so that no third vertex is joined to both ends by pairs that come before.
 *
 * For every other pair one such vertex is kept, its witness. As long as neither the pair nor the witness has been touched, the pair
 * stays as it is; so after a change only the pairs of the touched vertices, those that had one of them for a witness, and the open ones
 * need a look.
 */
export class LuneWitnesses {
  readonly #values: PairValues;
  readonly #lists: NeighbourLists;
  /** By pair: its witness, or NONE if it is open or no pair at all. */
  #witnesses: Int32Array;
  // The pairs of one witness are linked both ways, by pair; #first by witness.
  #first: Int32Array;
  #next: Int32Array;
  #previous: Int32Array;

  constructor(values: PairValues, lists: NeighbourLists) {
    this.#values = values;
    this.#lists = lists;
    const pairs = pairOf(values.stride, 0);
    this.#witnesses = new Int32Array(pairs).fill(NONE);
    this.#first = new Int32Array(values.stride).fill(NONE);
    this.#next = new Int32Array(pairs);
    this.#previous = new Int32Array(pairs);
  }

  grow(): void {
    const pairs = pairOf(this.#values.stride, 0);
    this.#witnesses = grown(this.#witnesses, pairs, NONE);
    this.#first = grown(this.#first, this.#values.stride, NONE);
    this.#next = grown(this.#next, pairs, 0);
    this.#previous = grown(this.#previous, pairs, 0);
  }

  /**
   * Looks after the pairs of a vertex that was touched, and after those between two others that had it for a witness.
   *
   * @param opened takes the pairs that are open now: each only once where this is called for all touched vertices, in any order
   */
  renew(touched: number, isTouched: Uint8Array, opened: number[]): void {
    for (let v = 0; v < this.#values.stride; v++) {
      if (v !== touched && (isTouched[v] === 0 || v < touched)) this.#renewPair(touched, v, opened);
    }
    let pair = this.#first[touched];
    while (pair !== NONE) {
      // The pair may leave this list meanwhile, but no other does.
      const next = this.#next[pair];
      const u = higherEnd(pair);
      const v = pair - pairOf(u, 0);
      if (isTouched[u] === 0 && isTouched[v] === 0) this.#renewPair(u, v, opened);
      pair = next;
    }
  }

  /** True if an open pair, neither of whose ends was touched, stays open; else one of the touched becomes its witness. */
  staysOpen(u: number, v: number, value: number, touched: Int32Array): boolean {
    const pair = pairOf(u, v);
    for (let k = 0; k < touched.length; k++) {
      if (!this.#isWitness(touched[k], u, v, value, pair)) continue;
      this.#link(pair, touched[k]);
      return false;
    }
    return true;
  }

  #renewPair(u: number, v: number, opened: number[]): void {
    const pair = pairOf(u, v);
    const value = this.#values.get(u, v);
    const before = this.#witnesses[pair];
    if (value === Number.POSITIVE_INFINITY) {
      if (before !== NONE) this.#unlink(pair, before);
      return;
    }
    if (before !== NONE && this.#isWitness(before, u, v, value, pair)) return;
    const witness = this.#search(u, v, value, pair);
    if (before !== NONE) this.#unlink(pair, before);
    if (witness === NONE) opened.push(pair);
    else this.#link(pair, witness);
  }

  #isWitness(w: number, u: number, v: number, value: number, pair: number): boolean {
    const { rows, stride } = this.#values;
    const toU = rows[w * stride + u];
    if (toU > value) return false;
    const toV = rows[w * stride + v];
    if (toV > value) return false;
    return (toU < value || pairOf(w, u) < pair) && (toV < value || pairOf(w, v) < pair);
  }

  /** Near vertices first. */
  #search(u: number, v: number, value: number, pair: number): number {
    const { rows, stride } = this.#values;
    const { neighbours } = this.#lists;
    for (let end = u, other = v, side = 0; side < 2; side++, end = v, other = u) {
      const start = end * stride;
      const length = this.#lists.length(end);
      for (let at = start; at < start + length; at++) {
        const w = neighbours[at];
        const toEnd = rows[start + w];
        // The list is in order: whatever comes from here on, joins its end too late.
        if (toEnd > value || w === other) return NONE;
        const toOther = rows[other * stride + w];
        if (toOther < value || (toOther === value && pairOf(other, w) < pair)) return w;
      }
      if (this.#lists.reaches(value)) return NONE;
    }
    for (let w = 0; w < stride; w++) if (this.#isWitness(w, u, v, value, pair)) return w;
    return NONE;
  }

  #link(pair: number, witness: number): void {
    const next = this.#first[witness];
    this.#witnesses[pair] = witness;
    this.#next[pair] = next;
    this.#previous[pair] = NONE;
    if (next !== NONE) this.#previous[next] = pair;
    this.#first[witness] = pair;
  }

  #unlink(pair: number, witness: number): void {
    const next = this.#next[pair];
    const previous = this.#previous[pair];
    if (previous === NONE) this.#first[witness] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#witnesses[pair] = NONE;
  }
}

function grown(values: Int32Array, length: number, fill: number): Int32Array {
  const longer = new Int32Array(length).fill(fill);
  longer.set(values);
  return longer;
}
