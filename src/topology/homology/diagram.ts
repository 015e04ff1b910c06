/** A persistence diagram: bar k lives from births[k] up to, not including, deaths[k]; Infinity if it never dies. */
export interface Diagram {
  readonly births: Float64Array;
  readonly deaths: Float64Array;
}

/**
 * The diagram of a filtration in one dimension, bars of no length left out, sorted by birth, then death: two filtrations that differ
 * only by the names of their vertices give the same two arrays. Cells are named as the filtration names them.
 */
export interface PersistenceDiagram extends Diagram {
  readonly dimension: number;
  /** The cell of this dimension that creates each bar. */
  readonly birthCells: Float64Array;
  /** The cell one dimension up that ends each bar, or -1. */
  readonly deathCells: Float64Array;
}

/** Receives the bars of a computation as they are found, those of no length included. */
export type OnBar = (birth: number, death: number, birthCell: number, deathCell: number) => void;

/** Collects bars, in any order, into a diagram. */
export class DiagramBuilder {
  readonly #dimension: number;
  readonly #births: number[] = [];
  readonly #deaths: number[] = [];
  readonly #birthCells: number[] = [];
  readonly #deathCells: number[] = [];

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** Takes a bar; false if it has no length and was left out. */
  add(birth: number, death: number, birthCell: number, deathCell: number): boolean {
    if (birth === death) return false;
    this.#births.push(birth);
    this.#deaths.push(death);
    this.#birthCells.push(birthCell);
    this.#deathCells.push(deathCell);
    return true;
  }

  /** The diagram, and for each of its bars the position in which it was added. */
  build(): { readonly diagram: PersistenceDiagram; readonly order: Uint32Array } {
    const births = this.#births;
    const deaths = this.#deaths;
    const birthCells = this.#birthCells;
    const before = (a: number, b: number): number =>
      compare(births[a], births[b]) || compare(deaths[a], deaths[b]) || compare(birthCells[a], birthCells[b]);
    // Components come in ascending order and loops in descending, so that mostly nothing is left to sort.
    const last = births.length - 1;
    const isDescending = last > 0 && births[last] < births[0];
    const order = new Uint32Array(births.length);
    for (let k = 0; k <= last; k++) order[k] = isDescending ? last - k : k;
    let isSorted = true;
    for (let k = 1; k <= last && isSorted; k++) isSorted = before(order[k - 1], order[k]) < 0;
    if (!isSorted) order.sort(before);
    const diagram = {
      dimension: this.#dimension,
      births: pick(births, order),
      deaths: pick(deaths, order),
      birthCells: pick(birthCells, order),
      deathCells: pick(this.#deathCells, order),
    };
    return { diagram, order };
  }
}

function compare(a: number, b: number): number {
  // Not a difference: Infinity - Infinity is NaN.
  return a < b ? -1 : a > b ? 1 : 0;
}

function pick(values: readonly number[], order: Uint32Array): Float64Array {
  const picked = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) picked[k] = values[order[k]];
  return picked;
}
