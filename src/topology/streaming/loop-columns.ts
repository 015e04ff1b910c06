import type { NeighbourLists } from './neighbour-lists.ts';
import { PairCoboundarySum, type Triangle } from './pair-coboundary-sum.ts';
import { comesBefore, endsOf, higherEnd, type PairValues, pairOf } from './pair-values.ts';

/** Names a triangle by its last two pairs; pairs have to be below. */
export const PAIRS_MAX = 2 ** 26;

interface Pairs {
  readonly tails: Int32Array;
  readonly heads: Int32Array;
}

interface Asleep extends Pairs {
  readonly end: Triangle;
}

const NONE = -1;

/** After every triangle. */
const NEVER: Triangle = {
  lastValue: Number.POSITIVE_INFINITY,
  lastPair: Number.MAX_SAFE_INTEGER,
  secondValue: Number.POSITIVE_INFINITY,
  secondPair: Number.MAX_SAFE_INTEGER,
};

/** A reduced column: a cocycle that begins with the pair `birth`, whose coboundary begins with `pivot`. */
interface Column extends Pairs {
  readonly birth: number;
  /** undefined: its coboundary is zero, the loop is never filled. */
  readonly pivot: Pivot | undefined;
  /** The last update in which its pair was open and closed a cycle. */
  wantedIn: number;
  /** False while it has to be reduced further: then it owns its pivot no more. */
  isReduced: boolean;
}

interface Pivot extends Triangle {
  /** The third vertex of a triangle that ends with the pivot's last pair and comes before it. */
  earlierThird: number;
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
  readonly #lists: NeighbourLists;
  readonly #sum: PairCoboundarySum;
  readonly #byBirth = new Map<number, Column>();
  readonly #byPivot = new Map<number, Column>();
  #updates = 0;
  #reduced = 0;

  constructor(values: PairValues, lists: NeighbourLists) {
    this.#values = values;
    this.#lists = lists;
    this.#sum = new PairCoboundarySum(values, lists);
  }

  grow(): void {
    this.#sum.grow();
  }

  /** The triangle that fills the loop born at this pair; undefined if none does. The pair is one of those given to update(). */
  pivot(birth: number): Triangle | undefined {
    return this.#byBirth.get(birth)?.pivot;
  }

  /** Number of columns that the last update() reduced. */
  get reduced(): number {
    return this.#reduced;
  }

  /**
   * @param open the open pairs in their order
   * @param births the places of those that close a cycle
   * @param touched the vertices of which pairs have changed
   */
  update(open: Float64Array, births: Int32Array, touched: Int32Array, isTouched: Uint8Array): void {
    this.#updates += 1;
    for (let at = 0; at < births.length; at++) {
      const column = this.#byBirth.get(open[births[at]]);
      if (column !== undefined) column.wantedIn = this.#updates;
    }
    for (const column of this.#byBirth.values()) {
      const head = higherEnd(column.birth);
      const tail = column.birth - pairOf(head, 0);
      const isWanted = column.wantedIn === this.#updates && isTouched[head] === 0 && isTouched[tail] === 0;
      if (isWanted && this.#holds(column, touched, isTouched)) continue;
      this.#release(column);
      if (!isWanted) this.#byBirth.delete(column.birth);
    }
    this.#reduced = 0;
    for (let at = births.length - 1; at >= 0; at--) {
      const birth = open[births[at]];
      const column = this.#byBirth.get(birth);
      if (column === undefined) this.#reduce(birth);
      else if (!column.isReduced) this.#reduceFurther(column, touched, isTouched);
    }
  }

  #release(column: Column): void {
    column.isReduced = false;
    if (column.pivot !== undefined) this.#byPivot.delete(nameOf(column.pivot));
  }

  #holds({ tails, heads, pivot }: Column, touched: Int32Array, isTouched: Uint8Array): boolean {
    for (let k = 0; k < tails.length; k++) if (isTouched[tails[k]] === 1 || isTouched[heads[k]] === 1) return false;
    if (pivot !== undefined && holdsTouched(pivot, isTouched)) return false;
    const reach = pivot === undefined ? Number.MAX_VALUE : pivot.lastValue;
    const { rows, stride } = this.#values;
    for (let at = 0; at < touched.length; at++) {
      const row = touched[at] * stride;
      // Of equal values either may come first; then too the column is reduced afresh.
      for (let k = 0; k < tails.length; k++) {
        if (rows[row + tails[k]] <= reach && rows[row + heads[k]] <= reach) return false;
      }
    }
    return pivot === undefined || isTouched[pivot.earlierThird] === 0 || !this.#isFirst(pivot);
  }

  /** True if the triangle is the first that ends with its last pair. Else the third vertex of an earlier one is noted. */
  #isFirst(pivot: Pivot): boolean {
    pivot.earlierThird = this.#earlierThird(pivot);
    return pivot.earlierThird === NONE;
  }

  /** Third vertex of some triangle that ends with the same last pair and comes before; NONE if there is none. */
  #earlierThird({ lastPair, secondValue, secondPair }: Triangle): number {
    const { rows, stride } = this.#values;
    const { neighbours } = this.#lists;
    const u = higherEnd(lastPair);
    const v = lastPair - pairOf(u, 0);
    const start = u * stride;
    const row = v * stride;
    const end = start + this.#lists.length(u);
    for (let at = start; at < end; at++) {
      const w = neighbours[at];
      const toU = rows[start + w];
      // The list is in order: from here on no triangle is an earlier one.
      if (toU >= secondValue && !comesBefore(toU, pairOf(u, w), secondValue, secondPair)) return NONE;
      const toV = rows[row + w];
      if (toV > secondValue || !comesBefore(toV, pairOf(v, w), secondValue, secondPair)) continue;
      return w;
    }
    if (this.#lists.reaches(secondValue)) return NONE;
    for (let w = 0; w < stride; w++) {
      if (!comesBefore(rows[start + w], pairOf(u, w), secondValue, secondPair)) continue;
      if (comesBefore(rows[row + w], pairOf(v, w), secondValue, secondPair)) return w;
    }
    return NONE;
  }

  #reduce(birth: number): void {
    const [tail, head] = endsOf(birth);
    this.#sum.clear();
    this.#sum.add(tail, head);
    this.#finish(birth, undefined);
  }

  /**
   * Begins with the column as it was, less its pairs with a touched end. Before its pivot its coboundary was zero, and only triangles with a
   * touched vertex have changed: of these, it is odd now on those of which it has the pair without that vertex. So nothing else is
   * looked at until the pivot is passed.
   */
  #reduceFurther(column: Column, touched: Int32Array, isTouched: Uint8Array): void {
    const sum = this.#sum;
    const kept = untouched(column, isTouched);
    const { rows, stride } = this.#values;
    const end = column.pivot ?? NEVER;
    sum.clear();
    for (let at = 0; at < touched.length; at++) {
      const vertex = touched[at];
      const row = vertex * stride;
      for (let k = 0; k < kept.tails.length; k++) {
        if (rows[row + kept.tails[k]] > end.lastValue || rows[row + kept.heads[k]] > end.lastValue) continue;
        const triangle = this.#triangle(kept.tails[k], kept.heads[k], vertex);
        if (triangle.lastValue < Number.POSITIVE_INFINITY && !isBefore(end, triangle)) sum.addTriangle(triangle);
      }
    }
    if (column.pivot !== undefined && !holdsTouched(column.pivot, isTouched)) sum.addTriangle(column.pivot);
    this.#finish(column.birth, { ...kept, end });
  }

  /** Reduces the sum until its pivot is its own. `asleep`: pairs that are part of the column and whose coboundaries count from `end` on. */
  #finish(birth: number, asleep: Asleep | undefined): void {
    const sum = this.#sum;
    const [tail, head] = endsOf(birth);
    const birthValue = this.#values.get(tail, head);
    let sleeping = asleep;
    let pivot: Pivot | undefined;
    this.#reduced += 1;
    for (;;) {
      let found = sum.takePivot(sleeping?.end);
      if (found === undefined && sleeping !== undefined) {
        addAll(sum, sleeping, sleeping.end);
        sleeping = undefined;
        found = sum.takePivot();
      }
      if (found === undefined) break;
      const { lastValue, lastPair, secondValue, secondPair } = found;
      const candidate = { lastValue, lastPair, secondValue, secondPair, earlierThird: NONE };
      if (this.#isFirst(candidate)) {
        const [u, v] = endsOf(found.lastPair);
        sum.addAfter(u, v, found);
        continue;
      }
      const other = this.#byPivot.get(nameOf(found));
      if (other !== undefined && this.#isLater(other.birth, birthValue, birth)) {
        addAll(sum, other, found);
        continue;
      }
      // The earlier column is met again later on.
      if (other !== undefined) this.#release(other);
      pivot = candidate;
      break;
    }
    if (sleeping !== undefined) {
      for (let k = 0; k < sleeping.tails.length; k++) sum.togglePair(sleeping.tails[k], sleeping.heads[k]);
    }
    const column = { birth, ...sum.pairs(), pivot, wantedIn: this.#updates, isReduced: true };
    this.#byBirth.set(birth, column);
    if (pivot !== undefined) this.#byPivot.set(nameOf(pivot), column);
    sum.clear();
  }

  #triangle(a: number, b: number, c: number): Triangle {
    const one = pairOf(a, b);
    const two = pairOf(a, c);
    const three = pairOf(b, c);
    const oneValue = this.#values.get(a, b);
    const twoValue = this.#values.get(a, c);
    const threeValue = this.#values.get(b, c);
    if (comesBefore(oneValue, one, twoValue, two)) {
      if (comesBefore(twoValue, two, threeValue, three)) return triangle(threeValue, three, twoValue, two);
      if (comesBefore(oneValue, one, threeValue, three)) return triangle(twoValue, two, threeValue, three);
      return triangle(twoValue, two, oneValue, one);
    }
    if (comesBefore(oneValue, one, threeValue, three)) return triangle(threeValue, three, oneValue, one);
    if (comesBefore(twoValue, two, threeValue, three)) return triangle(oneValue, one, threeValue, three);
    return triangle(oneValue, one, twoValue, two);
  }

  #isLater(other: number, value: number, pair: number): boolean {
    const [u, v] = endsOf(other);
    const otherValue = this.#values.get(u, v);
    return otherValue > value || (otherValue === value && other > pair);
  }
}

function triangle(lastValue: number, lastPair: number, secondValue: number, secondPair: number): Triangle {
  return { lastValue, lastPair, secondValue, secondPair };
}

/** Adds the pairs' coboundaries from what comes after the triangle. */
function addAll(sum: PairCoboundarySum, { tails, heads }: Pairs, after: Triangle): void {
  for (let k = 0; k < tails.length; k++) sum.addAfter(tails[k], heads[k], after);
}

function untouched({ tails, heads }: Pairs, isTouched: Uint8Array): Pairs {
  const kept = { tails: new Int32Array(tails.length), heads: new Int32Array(tails.length) };
  let count = 0;
  for (let k = 0; k < tails.length; k++) {
    if (isTouched[tails[k]] === 1 || isTouched[heads[k]] === 1) continue;
    kept.tails[count] = tails[k];
    kept.heads[count++] = heads[k];
  }
  return { tails: kept.tails.subarray(0, count), heads: kept.heads.subarray(0, count) };
}

function isBefore(a: Triangle, b: Triangle): boolean {
  if (a.lastPair === b.lastPair && a.lastValue === b.lastValue)
    return comesBefore(a.secondValue, a.secondPair, b.secondValue, b.secondPair);
  return comesBefore(a.lastValue, a.lastPair, b.lastValue, b.lastPair);
}

function nameOf({ lastPair, secondPair }: Triangle): number {
  return lastPair * PAIRS_MAX + secondPair;
}

function holdsTouched({ lastPair, secondPair }: Triangle, isTouched: Uint8Array): boolean {
  const u = higherEnd(lastPair);
  const a = higherEnd(secondPair);
  return (
    isTouched[u] === 1 ||
    isTouched[lastPair - pairOf(u, 0)] === 1 ||
    isTouched[a] === 1 ||
    isTouched[secondPair - pairOf(a, 0)] === 1
  );
}
