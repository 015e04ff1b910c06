import { ascending } from '../filtrations/order.ts';
import { DiagramBuilder, type PersistenceDiagram } from '../homology/diagram.ts';
import { LoopColumns, PAIRS_MAX } from './loop-columns.ts';
import { LuneWitnesses } from './lune-witnesses.ts';
import { NeighbourLists } from './neighbour-lists.ts';
import { comesBefore, higherEnd, PairValues, pairOf } from './pair-values.ts';

const NO_PAIRS: OpenPairs = {
  pairs: new Float64Array(0),
  tails: new Int32Array(0),
  heads: new Int32Array(0),
  values: new Float64Array(0),
};
const SAMPLES = 1009;
/** Loops are mostly filled by pairs among this share. */
const FIRST_SHARE = 0.1;

/**
 * The persistent homology in dimensions 0 and 1 over Z/2 of a flag complex whose edges change, kept up to date: equal to what a fresh
 * computation of the same complex gives, bar by bar.
 *
 * A change is told by the vertices it touches: all pairs whose values change must have one of them for an end. What cannot have changed is certified
 * and stays: the order of the other pairs, the witnesses of lunes (LuneWitnesses) and the reduced columns (LoopColumns). Memory grows with
 * the square of the number of vertices, about 40 bytes a pair; it is meant for cells and clouds, not for large sparse graphs.
 */
export class StreamingFlag {
  readonly #values: PairValues;
  readonly #lists: NeighbourLists;
  readonly #witnesses: LuneWitnesses;
  readonly #columns: LoopColumns;
  #isPresent: Uint8Array;
  #isTouched: Uint8Array;
  #vertexCount = 0;
  #open: OpenPairs = NO_PAIRS;
  #diagrams: readonly [PersistenceDiagram, PersistenceDiagram];
  #forest: readonly number[] = [];

  constructor(capacity: number) {
    this.#values = new PairValues(capacity);
    this.#lists = new NeighbourLists(this.#values);
    this.#witnesses = new LuneWitnesses(this.#values, this.#lists);
    this.#columns = new LoopColumns(this.#values, this.#lists);
    this.#isPresent = new Uint8Array(capacity);
    this.#isTouched = new Uint8Array(capacity);
    this.#diagrams = [new DiagramBuilder(0).build().diagram, new DiagramBuilder(1).build().diagram];
  }

  /** Dimensions 0 and 1, of the last update(). A vertex is named by its number, an edge and a triangle by its pairs. */
  get diagrams(): readonly [PersistenceDiagram, PersistenceDiagram] {
    return this.#diagrams;
  }

  /** The edges of a minimum spanning forest, as pairs; see endsOf(). */
  get forest(): readonly number[] {
    return this.#forest;
  }

  get vertexCount(): number {
    return this.#vertexCount;
  }

  /** Vertices may be numbered below this. */
  get capacity(): number {
    return this.#values.stride;
  }

  /** Columns that the last update() had to reduce. */
  get columnsReduced(): number {
    return this.#columns.reduced;
  }

  isPresent(vertex: number): boolean {
    return this.#isPresent[vertex] === 1;
  }

  valueBetween(u: number, v: number): number {
    return this.#values.get(u, v);
  }

  /** The pairs that are joined. */
  forEachJoined(visit: (u: number, v: number) => void): void {
    const { rows, stride } = this.#values;
    for (let u = 1; u < stride; u++) {
      for (let v = 0; v < u; v++) if (rows[u * stride + v] < Number.POSITIVE_INFINITY) visit(u, v);
    }
  }

  /** Number of vertices that one is joined to. */
  degree(vertex: number): number {
    const { rows, stride } = this.#values;
    let count = 0;
    for (let at = vertex * stride; at < (vertex + 1) * stride; at++)
      if (rows[at] < Number.POSITIVE_INFINITY) count += 1;
    return count;
  }

  /** Least over the vertices of the value by which one is joined to all others; Infinity where none is. */
  enclosingRadius(): number {
    const { rows, stride } = this.#values;
    let radius = Number.POSITIVE_INFINITY;
    for (let u = 0; u < stride; u++) {
      if (!this.isPresent(u)) continue;
      let farthest = 0;
      // A row that reaches as far as the best so far need not be read to its end.
      for (let v = 0; v < stride && farthest < radius; v++) {
        if (v !== u && this.#isPresent[v] === 1) farthest = Math.max(farthest, rows[u * stride + v]);
      }
      radius = Math.min(radius, farthest);
    }
    return radius;
  }

  grow(capacity: number): void {
    this.#values.grow(capacity);
    this.#lists.grow();
    this.#witnesses.grow();
    this.#columns.grow();
    const isPresent = new Uint8Array(capacity);
    isPresent.set(this.#isPresent);
    this.#isPresent = isPresent;
    this.#isTouched = new Uint8Array(capacity);
  }

  /** A vertex that comes or goes has to be among those touched by the next update(). */
  setPresent(vertex: number, isPresent: boolean): void {
    if (this.isPresent(vertex) === isPresent) return;
    this.#isPresent[vertex] = isPresent ? 1 : 0;
    this.#vertexCount += isPresent ? 1 : -1;
  }

  /**
   * @param touched vertices, each once
   * @param valueBetween when two present vertices are joined, from 0, or Infinity; asked for every pair with an end among the touched ones
   */
  update(touched: Int32Array, valueBetween: (u: number, v: number) => number): void {
    for (const vertex of touched) this.#isTouched[vertex] = 1;
    this.#setValues(touched, valueBetween);
    this.#open = this.#renewOpen(touched);
    const births = this.#span();
    this.#columns.update(this.#open.pairs, births, touched, this.#isTouched);
    this.#draw(births);
    for (const vertex of touched) this.#isTouched[vertex] = 0;
  }

  #setValues(touched: Int32Array, valueBetween: (u: number, v: number) => number): void {
    const { rows, stride } = this.#values;
    const lists = this.#lists;
    const isTouched = this.#isTouched;
    const isPresent = this.#isPresent;
    for (let k = 0; k < touched.length; k++) {
      const u = touched[k];
      for (let v = 0; v < stride; v++) {
        const before = rows[u * stride + v];
        const isJoined = isPresent[u] === 1 && isPresent[v] === 1 && u !== v;
        const value = isJoined ? valueBetween(u, v) : Number.POSITIVE_INFINITY;
        if (value === before) continue;
        // The lists of touched vertices are drawn up afresh.
        const wasListed = isTouched[v] === 0 && lists.reaches(before);
        const isListed = isTouched[v] === 0 && lists.reaches(value);
        const place = wasListed && isListed ? lists.countBefore(v, before, pairOf(v, u)) : 0;
        if (wasListed && !isListed) lists.remove(v, u);
        rows[u * stride + v] = value;
        rows[v * stride + u] = value;
        if (!isListed) continue;
        if (wasListed) lists.settle(v, place);
        else lists.insert(v, u);
      }
    }
    if (lists.horizon < 0) lists.extend(this.#typicalValue());
    for (const u of touched) lists.renew(u);
  }

  /** A value that a small share of the pairs lies within, told from some of them: where the lists begin. */
  #typicalValue(): number {
    const { rows } = this.#values;
    const finite: number[] = [];
    const step = Math.max(1, Math.floor(rows.length / SAMPLES));
    for (let at = 0; at < rows.length; at += step) if (rows[at] < Number.POSITIVE_INFINITY) finite.push(rows[at]);
    const sorted = Float64Array.from(finite).sort();
    return sorted.length === 0 ? 0 : sorted[Math.floor(FIRST_SHARE * (sorted.length - 1))];
  }

  #renewOpen(touched: Int32Array): OpenPairs {
    const kept = this.#keptOpen(touched);
    const opened: number[] = [];
    for (let k = 0; k < touched.length; k++) this.#witnesses.renew(touched[k], this.#isTouched, opened);
    return this.#merge(kept, this.#sorted(opened));
  }

  /** The places of the open pairs that have no touched end and stay open. */
  #keptOpen(touched: Int32Array): Int32Array {
    const { pairs, tails, heads, values } = this.#open;
    const kept = new Int32Array(pairs.length);
    let count = 0;
    for (let k = 0; k < pairs.length; k++) {
      if (this.#isTouched[tails[k]] === 1 || this.#isTouched[heads[k]] === 1) continue;
      kept[count] = k;
      if (this.#witnesses.staysOpen(tails[k], heads[k], values[k], touched)) count += 1;
    }
    return kept.subarray(0, count);
  }

  #sorted(pairs: readonly number[]): OpenPairs {
    // By name first, as of equal values the lower name comes first.
    const names = Float64Array.from(pairs).sort();
    const { order, values } = ascending(names.map((pair) => this.#valueOf(pair)));
    const opened = {
      pairs: new Float64Array(order.length),
      tails: new Int32Array(order.length),
      heads: new Int32Array(order.length),
      values,
    };
    for (let k = 0; k < order.length; k++) {
      const pair = names[order[k]];
      const head = higherEnd(pair);
      opened.pairs[k] = pair;
      opened.tails[k] = pair - pairOf(head, 0);
      opened.heads[k] = head;
    }
    return opened;
  }

  #valueOf(pair: number): number {
    const head = higherEnd(pair);
    return this.#values.get(head, pair - pairOf(head, 0));
  }

  #merge(kept: Int32Array, opened: OpenPairs): OpenPairs {
    const open = this.#open;
    const count = kept.length + opened.pairs.length;
    const merged = {
      pairs: new Float64Array(count),
      tails: new Int32Array(count),
      heads: new Int32Array(count),
      values: new Float64Array(count),
    };
    let fromKept = 0;
    let fromOpened = 0;
    for (let at = 0; at < count; at++) {
      const place = kept[fromKept];
      const isKept =
        fromOpened === opened.pairs.length ||
        (fromKept < kept.length &&
          comesBefore(open.values[place], open.pairs[place], opened.values[fromOpened], opened.pairs[fromOpened]));
      const source = isKept ? open : opened;
      const from = isKept ? place : fromOpened;
      if (isKept) fromKept += 1;
      else fromOpened += 1;
      merged.pairs[at] = source.pairs[from];
      merged.tails[at] = source.tails[from];
      merged.heads[at] = source.heads[from];
      merged.values[at] = source.values[from];
    }
    return merged;
  }

  /** Dimension 0, by union-find over the open pairs; the places of the others of them, which close cycles. */
  #span(): Int32Array {
    const { pairs, tails, heads, values } = this.#open;
    const builder = new DiagramBuilder(0);
    const parents = new Int32Array(this.#values.stride);
    for (let v = 0; v < parents.length; v++) parents[v] = v;
    const births = new Int32Array(pairs.length);
    const forest: number[] = [];
    let cycles = 0;
    for (let k = 0; k < pairs.length; k++) {
      const a = rootOf(parents, tails[k]);
      const b = rootOf(parents, heads[k]);
      if (a === b) {
        births[cycles++] = k;
        continue;
      }
      // The lowest vertex is the root: the elder of two that are born together.
      const younger = Math.max(a, b);
      parents[younger] = Math.min(a, b);
      forest.push(pairs[k]);
      builder.add(0, values[k], younger, pairs[k]);
    }
    for (let v = 0; v < parents.length; v++) {
      if (this.#isPresent[v] === 1 && parents[v] === v) builder.add(0, Number.POSITIVE_INFINITY, v, -1);
    }
    this.#forest = forest;
    this.#diagrams = [builder.build().diagram, this.#diagrams[1]];
    return births.subarray(0, cycles);
  }

  #draw(births: Int32Array): void {
    const builder = new DiagramBuilder(1);
    for (let at = 0; at < births.length; at++) {
      const k = births[at];
      const pair = this.#open.pairs[k];
      const pivot = this.#columns.pivot(pair);
      if (pivot === undefined) builder.add(this.#open.values[k], Number.POSITIVE_INFINITY, pair, -1);
      else builder.add(this.#open.values[k], pivot.lastValue, pair, pivot.lastPair * PAIRS_MAX + pivot.secondPair);
    }
    this.#diagrams = [this.#diagrams[0], builder.build().diagram];
  }
}

/** Open pairs in their order. */
export interface OpenPairs {
  readonly pairs: Float64Array;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
}

/** Halves the path on the way. */
function rootOf(parents: Int32Array, v: number): number {
  let at = v;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]];
    at = parents[at];
  }
  return at;
}
