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
  #count = 0;
  #births = new Float64Array(ROOM);
  #deaths = new Float64Array(ROOM);
  #birthCells = new Float64Array(ROOM);
  #deathCells = new Float64Array(ROOM);

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** Takes a bar; false if it has no length and was left out. */
  add(birth: number, death: number, birthCell: number, deathCell: number): boolean {
    if (birth === death) return false;
    if (this.#count === this.#births.length) this.#grow();
    const at = this.#count++;
    this.#births[at] = birth;
    this.#deaths[at] = death;
    this.#birthCells[at] = birthCell;
    this.#deathCells[at] = deathCell;
    return true;
  }

  /** The diagram, and for each of its bars the position in which it was added. */
  build(): { readonly diagram: PersistenceDiagram; readonly order: Uint32Array } {
    const order = this.#order();
    const diagram = {
      dimension: this.#dimension,
      births: pick(this.#births, order),
      deaths: pick(this.#deaths, order),
      birthCells: pick(this.#birthCells, order),
      deathCells: pick(this.#deathCells, order),
    };
    return { diagram, order };
  }

  #order(): Uint32Array {
    const births = this.#births;
    const last = this.#count - 1;
    const order = new Uint32Array(this.#count);
    // Components come in ascending order and loops in descending, so that mostly nothing is left to sort.
    const isDescending = last > 0 && births[last] < births[0];
    for (let k = 0; k <= last; k++) order[k] = isDescending ? last - k : k;
    for (let k = 1; k <= last; k++) {
      if (this.#compare(order[k - 1], order[k]) < 0) continue;
      return order.sort((a, b) => this.#compare(a, b));
    }
    return order;
  }

  #compare(a: number, b: number): number {
    return (
      compare(this.#births[a], this.#births[b]) ||
      compare(this.#deaths[a], this.#deaths[b]) ||
      compare(this.#birthCells[a], this.#birthCells[b])
    );
  }

  #grow(): void {
    this.#births = longer(this.#births);
    this.#deaths = longer(this.#deaths);
    this.#birthCells = longer(this.#birthCells);
    this.#deathCells = longer(this.#deathCells);
  }
}

const ROOM = 32;

function compare(a: number, b: number): number {
  // Not a difference: Infinity - Infinity is NaN.
  return a < b ? -1 : a > b ? 1 : 0;
}

function pick(values: Float64Array, order: Uint32Array): Float64Array {
  const picked = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) picked[k] = values[order[k]];
  return picked;
}

function longer(values: Float64Array): Float64Array<ArrayBuffer> {
  const twice = new Float64Array(2 * values.length);
  twice.set(values);
  return twice;
}
