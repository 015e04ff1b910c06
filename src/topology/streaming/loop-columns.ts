import type { NeighbourLists } from './neighbour-lists.ts';
import { PairCoboundarySum, type Triangle } from './pair-coboundary-sum.ts';
import { endsOf, type PairValues, pairOf } from './pair-values.ts';

/** Names a triangle by its last two pairs; pairs have to be below. */
export const PAIRS_MAX = 2 ** 26;

/** A reduced column: a cocycle that begins with the pair `birth`, whose coboundary begins with `pivot`. */
interface Column {
  readonly birth: number;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  /** undefined: its coboundary is zero, the loop is never filled. */
  readonly pivot: Pivot | undefined;
}

interface Pivot extends Triangle {
  /** The third vertex of the first triangle that ends with the pivot's last pair; the pivot is a later one. */
  firstThird: number;
}

/**
 * The reduced columns of dimension 1, kept up to date.
 *
 * What makes a set of columns a right one is that each begins with its own pair, and that no two of them, nor one of them and an apparent pair of
 * edge and triangle, have one pivot; the pairing is then the only one (Cohen-Steiner, Edelsbrunner & Morozov 2006). So a column may stay
 * as it is if no vertex of it or of its pivot was touched, if no triangle of one of its pairs with a touched vertex has come before its
 * pivot, and if the pivot has not become the first triangle of its last pair. Only the other columns are reduced afresh, from last to first; one that
 * loses its pivot to a later one is among them then.
 */
export class LoopColumns {
  readonly #values: PairValues;
  readonly #sum: PairCoboundarySum;
  readonly #byBirth = new Map<number, Column>();
  readonly #byPivot = new Map<number, Column>();

  constructor(values: PairValues, lists: NeighbourLists) {
    this.#values = values;
    this.#sum = new PairCoboundarySum(values, lists);
  }

  grow(): void {
    this.#sum.grow();
  }

  /** When the loop born at this pair is filled; Infinity if never. The pair is one of those given to update(). */
  death(birth: number): Triangle | undefined {
    return this.#byBirth.get(birth)?.pivot;
  }

  /** Number of columns that the last update() reduced. */
  reduced = 0;

  /**
   * @param births the open pairs that close a cycle, in the order of pairs
   * @param touched the vertices of which pairs have changed
   */
  update(births: Float64Array, touched: Int32Array, isTouched: Uint8Array): void {
    this.#dropOthers(births);
    for (const column of this.#byBirth.values()) if (!this.#holds(column, touched, isTouched)) this.#drop(column);
    this.reduced = 0;
    for (let k = births.length - 1; k >= 0; k--) if (!this.#byBirth.has(births[k])) this.#reduce(births[k]);
  }

  #dropOthers(births: Float64Array): void {
    const isBirth = new Set(births);
    for (const column of this.#byBirth.values()) if (!isBirth.has(column.birth)) this.#drop(column);
  }

  #drop(column: Column): void {
    this.#byBirth.delete(column.birth);
    if (column.pivot !== undefined) this.#byPivot.delete(nameOf(column.pivot));
  }

  #holds({ tails, heads, pivot }: Column, touched: Int32Array, isTouched: Uint8Array): boolean {
    for (let k = 0; k < tails.length; k++) if (isTouched[tails[k]] === 1 || isTouched[heads[k]] === 1) return false;
    if (pivot !== undefined && holdsTouched(pivot, isTouched)) return false;
    const reach = pivot === undefined ? Number.MAX_VALUE : pivot.lastValue;
    const { rows, stride } = this.#values;
    for (const vertex of touched) {
      const row = vertex * stride;
      // Of equal values either may come first; then too the column is reduced afresh.
      for (let k = 0; k < tails.length; k++) {
        if (rows[row + tails[k]] <= reach && rows[row + heads[k]] <= reach) return false;
      }
    }
    return pivot === undefined || isTouched[pivot.firstThird] === 0 || !this.#isFirst(pivot);
  }

  /** True if the triangle is the first that ends with its last pair. Else that one's third vertex is noted. */
  #isFirst(pivot: Pivot): boolean {
    const third = this.#firstThird(pivot);
    pivot.firstThird = third;
    const [u, v] = endsOf(pivot.lastPair);
    return pivot.secondPair === pairOf(u, third) || pivot.secondPair === pairOf(v, third);
  }

  #firstThird({ lastPair }: Triangle): number {
    const [u, v] = endsOf(lastPair);
    const [a, b] = endsOf(this.#sum.secondOfFirst(u, v));
    return a === u || a === v ? b : a;
  }

  #reduce(birth: number): void {
    const sum = this.#sum;
    const [tail, head] = endsOf(birth);
    const birthValue = this.#values.get(tail, head);
    sum.clear();
    sum.add(tail, head);
    this.reduced += 1;
    for (let found = sum.takePivot(); ; found = sum.takePivot()) {
      if (found === undefined) {
        this.#byBirth.set(birth, { birth, ...sum.pairs(), pivot: undefined });
        break;
      }
      const pivot = { ...found, firstThird: -1 };
      if (this.#isFirst(pivot)) {
        const [u, v] = endsOf(pivot.lastPair);
        sum.addAfter(u, v, pivot);
        continue;
      }
      const other = this.#byPivot.get(nameOf(pivot));
      if (other !== undefined && this.#isLater(other.birth, birthValue, birth)) {
        for (let k = 0; k < other.tails.length; k++) sum.addAfter(other.tails[k], other.heads[k], pivot);
        continue;
      }
      if (other !== undefined) this.#drop(other);
      const column = { birth, ...sum.pairs(), pivot };
      this.#byBirth.set(birth, column);
      this.#byPivot.set(nameOf(pivot), column);
      break;
    }
    sum.clear();
  }

  #isLater(other: number, value: number, pair: number): boolean {
    const [u, v] = endsOf(other);
    const otherValue = this.#values.get(u, v);
    return otherValue > value || (otherValue === value && other > pair);
  }
}

function nameOf({ lastPair, secondPair }: Triangle): number {
  return lastPair * PAIRS_MAX + secondPair;
}

function holdsTouched({ lastPair, secondPair }: Triangle, isTouched: Uint8Array): boolean {
  const [u, v] = endsOf(lastPair);
  const [a, b] = endsOf(secondPair);
  return isTouched[u] === 1 || isTouched[v] === 1 || isTouched[a] === 1 || isTouched[b] === 1;
}
