import { DiagramBuilder, type PersistenceDiagram } from '../homology/diagram.ts';
import { LoopColumns, PAIRS_MAX } from './loop-columns.ts';
import { LuneWitnesses } from './lune-witnesses.ts';
import { NeighbourLists } from './neighbour-lists.ts';
import { comesBefore, endsOf, PairValues, pairOf } from './pair-values.ts';

const SAMPLES = 1009;
/** Loops are mostly filled by pairs among this share. */
const FIRST_SHARE = 0.1;

/**
 * The persistent homology in dimensions 0 and 1 over Z/2 of a flag complex whose edges change, kept up to date: equal to what a fresh
 * computation of the same complex gives, bar by bar.
 *
 * A change is told by the vertices it touches: all pairs whose values change must have one of them for an end. What cannot have changed is certified
 * and stays: the order of the other pairs, the witnesses of lunes (LuneWitnesses) and the reduced columns (LoopColumns). Memory grows with
 * the square of the number of vertices, about 30 bytes a pair; it is meant for cells and clouds, not for large sparse graphs.
 */
export class StreamingFlag {
  readonly #values: PairValues;
  readonly #lists: NeighbourLists;
  readonly #witnesses: LuneWitnesses;
  readonly #columns: LoopColumns;
  #isPresent: Uint8Array;
  #isTouched: Uint8Array;
  #vertexCount = 0;
  /** Open pairs in their order, and their values. */
  #open = new Float64Array(0);
  #openValues = new Float64Array(0);
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
    this.#renewOpen(touched);
    const births = this.#span();
    this.#columns.update(births, touched, this.#isTouched);
    this.#draw(births);
    for (const vertex of touched) this.#isTouched[vertex] = 0;
  }

  #setValues(touched: Int32Array, valueBetween: (u: number, v: number) => number): void {
    const values = this.#values;
    const lists = this.#lists;
    for (const u of touched) {
      for (let v = 0; v < values.stride; v++) {
        if (v === u) continue;
        const before = values.get(u, v);
        const isJoined = this.#isPresent[u] === 1 && this.#isPresent[v] === 1;
        const value = isJoined ? valueBetween(u, v) : Number.POSITIVE_INFINITY;
        if (value === before) continue;
        // The lists of touched vertices are drawn up afresh.
        const isListed = this.#isTouched[v] === 0;
        if (isListed && lists.reaches(before)) lists.remove(v, u);
        values.set(u, v, value);
        if (isListed && lists.reaches(value)) lists.insert(v, u);
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

  #renewOpen(touched: Int32Array): void {
    const witnesses = this.#witnesses;
    const opened: number[] = [];
    const take = (u: number, v: number): void => {
      if (witnesses.renew(u, v)) opened.push(pairOf(u, v));
    };
    const kept = this.#keptOpen(touched);
    for (const u of touched) {
      for (let v = 0; v < this.#values.stride; v++) {
        if (v !== u && (this.#isTouched[v] === 0 || v < u)) take(u, v);
      }
      witnesses.forPairsOf(u, (pair) => {
        const [a, b] = endsOf(pair);
        if (this.#isTouched[a] === 0 && this.#isTouched[b] === 0) take(a, b);
      });
    }
    this.#mergeOpen(kept, Float64Array.from(opened));
  }

  /** The places of the open pairs that have no touched end and stay open. */
  #keptOpen(touched: Int32Array): Int32Array {
    const kept = new Int32Array(this.#open.length);
    let count = 0;
    for (let k = 0; k < this.#open.length; k++) {
      const [u, v] = endsOf(this.#open[k]);
      if (this.#isTouched[u] === 1 || this.#isTouched[v] === 1) continue;
      kept[count] = k;
      count += +touched.every((vertex) => this.#witnesses.staysOpen(u, v, vertex));
    }
    return kept.subarray(0, count);
  }

  #mergeOpen(kept: Int32Array, opened: Float64Array): void {
    const valueOf = (pair: number): number => this.#values.get(...endsOf(pair));
    opened.sort((a, b) => valueOf(a) - valueOf(b) || a - b);
    const open = new Float64Array(kept.length + opened.length);
    const values = new Float64Array(open.length);
    let from = 0;
    let at = 0;
    for (const pair of opened) {
      const value = valueOf(pair);
      for (; from < kept.length; from++) {
        const place = kept[from];
        if (comesBefore(value, pair, this.#openValues[place], this.#open[place])) break;
        open[at] = this.#open[place];
        values[at++] = this.#openValues[place];
      }
      open[at] = pair;
      values[at++] = value;
    }
    for (; from < kept.length; from++) {
      open[at] = this.#open[kept[from]];
      values[at++] = this.#openValues[kept[from]];
    }
    this.#open = open;
    this.#openValues = values;
  }

  /** Dimension 0, by union-find over the open pairs; the others of them, which close cycles. */
  #span(): Float64Array {
    const builder = new DiagramBuilder(0);
    const parents = new Int32Array(this.#values.stride);
    for (let v = 0; v < parents.length; v++) parents[v] = v;
    const births = new Float64Array(this.#open.length);
    const forest: number[] = [];
    let cycles = 0;
    for (let k = 0; k < this.#open.length; k++) {
      const [u, v] = endsOf(this.#open[k]);
      const a = rootOf(parents, u);
      const b = rootOf(parents, v);
      if (a === b) {
        births[cycles++] = this.#open[k];
        continue;
      }
      // The lowest vertex is the root: the elder of two that are born together.
      const younger = Math.max(a, b);
      parents[younger] = Math.min(a, b);
      forest.push(this.#open[k]);
      builder.add(0, this.#openValues[k], younger, this.#open[k]);
    }
    for (let v = 0; v < parents.length; v++) {
      if (this.#isPresent[v] === 1 && parents[v] === v) builder.add(0, Number.POSITIVE_INFINITY, v, -1);
    }
    this.#forest = forest;
    this.#diagrams = [builder.build().diagram, this.#diagrams[1]];
    return births.subarray(0, cycles);
  }

  #draw(births: Float64Array): void {
    const builder = new DiagramBuilder(1);
    for (const birth of births) {
      const pivot = this.#columns.death(birth);
      const value = this.#values.get(...endsOf(birth));
      if (pivot === undefined) builder.add(value, Number.POSITIVE_INFINITY, birth, -1);
      else builder.add(value, pivot.lastValue, birth, pivot.lastPair * PAIRS_MAX + pivot.secondPair);
    }
    this.#diagrams = [this.#diagrams[0], builder.build().diagram];
  }
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
