import { TopologyError } from '../errors.ts';
import { END, type Filtration, START, valueOfCell } from '../filtrations/filtration.ts';
import { IntegerTable } from '../integer-table.ts';
import { CochainSum, type Cocycle } from './cochain-sum.ts';
import type { OnBar } from './diagram.ts';
import { inverse } from './prime-field.ts';

export interface CohomologyOptions {
  /** Highest dimension of homology, at least 1. */
  readonly maxDimension: number;
  /** A prime. */
  readonly modulus: number;
  /** The lists of cells and columns may not grow beyond this. */
  readonly memoryLimitBytes: number;
  /** Receives the bars of dimension 1 and more, those of no length left out. */
  readonly onBar: (dimension: number, ...bar: Parameters<OnBar>) => void;
  /** Receives, right before each bar, a cocycle that represents it. */
  readonly onCocycle?: (cocycle: Cocycle) => void;
}

/**
 * Dimensions 1 and more of any filtration by implicit persistent cohomology over a prime field (de Silva, Morozov & Vejdemo-Johansson
 * 2011; Bauer 2021).
 *
 * The cells of a dimension are reduced from last to first. Three kinds need no column: those that end a bar one dimension down (clearing);
 * those whose first cofacet has them as its last facet (apparent pairs), which are found again when their cofacet comes up
 * as a pivot; and, of the rest, most find their first cofacet free (emergent pairs), so that their column is one cell.
 *
 * @param forest the ranks of the edges that end components, ascending
 */
export function cohomology(filtration: Filtration, forest: Int32Array, options: CohomologyOptions): void {
  const { maxDimension, modulus, memoryLimitBytes } = options;
  let cells: Float64Array = Float64Array.from({ length: filtration.edgeCount }, (_, edge) => edge);
  let endsBar: (cell: number) => boolean = membership(forest);
  for (let dimension = 1; dimension <= maxDimension; dimension++) {
    if (dimension > 1) cells = cellsAbove(filtration, dimension - 1, cells, memoryLimitBytes);
    const columns = new ReducedColumns(modulus, memoryLimitBytes);
    reduceDimension(filtration, dimension, cells, endsBar, columns, options);
    const below = dimension;
    endsBar = (cell) => columns.has(cell) || apparentFacet(filtration, below, cell) >= 0;
  }
}

function membership(forest: Int32Array): (edge: number) => boolean {
  const edges = new Set(forest);
  return (edge) => edges.has(edge);
}

/** The cells of dimension + 1, ascending: each is met once, from the facet that enters last. */
function cellsAbove(filtration: Filtration, dimension: number, cells: Float64Array, limitBytes: number): Float64Array {
  let found = new Float64Array(1024);
  let count = 0;
  for (const cell of cells) {
    for (
      let at = filtration.nextCofacet(dimension, cell, START);
      at !== END;
      at = filtration.nextCofacet(dimension, cell, at)
    ) {
      const cofacet = filtration.cofacet(dimension, cell, at);
      if (filtration.youngestFacet(dimension + 1, cofacet) !== cell) continue;
      if (count === found.length) {
        refuseGrowth(`cells of dimension ${dimension + 1}`, 8 * 3 * count, limitBytes);
        const larger = new Float64Array(2 * count);
        larger.set(found);
        found = larger;
      }
      found[count++] = cofacet;
    }
  }
  return found.slice(0, count).sort();
}

function reduceDimension(
  filtration: Filtration,
  dimension: number,
  cells: Float64Array,
  endsBar: (cell: number) => boolean,
  columns: ReducedColumns,
  { modulus, onBar, onCocycle }: CohomologyOptions,
): void {
  const sum = new CochainSum(filtration, dimension, modulus);
  for (let k = cells.length - 1; k >= 0; k--) {
    const cell = cells[k];
    if (endsBar(cell)) continue;
    const birth = valueOfCell(filtration, dimension, cell);
    const partner = apparentCofacet(filtration, dimension, cell);
    if (partner >= 0) {
      const death = filtration.cellValue(dimension + 1, partner);
      if (death === birth) continue;
      onCocycle?.({ cells: Float64Array.of(cell), coefficients: Int32Array.of(1) });
      onBar(dimension, birth, death, cell, partner);
      continue;
    }
    sum.clear();
    sum.add(cell, filtration.nextCofacet(dimension, cell, START), 1);
    const pivot = reduce(filtration, dimension, sum, columns, modulus);
    if (pivot >= 0) columns.save(pivot, sum);
    const death = pivot < 0 ? Number.POSITIVE_INFINITY : filtration.cellValue(dimension + 1, pivot);
    if (death === birth) continue;
    onCocycle?.(sum.cocycle(cell));
    onBar(dimension, birth, death, cell, pivot);
  }
}

/** Adds reduced columns until the pivot belongs to none; the pivot, or -1 if the coboundary has become zero. */
function reduce(
  filtration: Filtration,
  dimension: number,
  sum: CochainSum,
  columns: ReducedColumns,
  modulus: number,
): number {
  for (;;) {
    const pivot = sum.takePivot();
    if (pivot < 0) return -1;
    // The pivot itself has been taken out, so what is added are the columns with that pivot, less the pivot.
    const factor = modulus - sum.pivotCoefficient;
    const facet = filtration.youngestFacet(dimension + 1, pivot);
    const first = filtration.nextCofacet(dimension, facet, START);
    if (filtration.cofacet(dimension, facet, first) === pivot) {
      const sign = filtration.cofacetSign(dimension, facet, first);
      sum.add(facet, filtration.nextCofacet(dimension, facet, first), sign > 0 ? factor : modulus - factor);
    } else if (!columns.addTo(pivot, factor, sum)) return pivot;
  }
}

/** The cofacet that makes an apparent pair with `cell`, or -1 (Bauer 2021, section 3.3). */
function apparentCofacet(filtration: Filtration, dimension: number, cell: number): number {
  const first = filtration.nextCofacet(dimension, cell, START);
  if (first === END) return -1;
  const cofacet = filtration.cofacet(dimension, cell, first);
  return filtration.youngestFacet(dimension + 1, cofacet) === cell ? cofacet : -1;
}

/** The facet of dimension `dimension` that makes an apparent pair with a cell one dimension up, or -1. */
function apparentFacet(filtration: Filtration, dimension: number, cell: number): number {
  const facet = filtration.youngestFacet(dimension + 1, cell);
  const first = filtration.nextCofacet(dimension, facet, START);
  return filtration.cofacet(dimension, facet, first) === cell ? facet : -1;
}

/** The columns that were reduced to a pivot, each scaled to have 1 there: its cells with the cursors to go on from after the pivot. */
class ReducedColumns {
  readonly #modulus: number;
  readonly #limitBytes: number;
  readonly #columnOf = new IntegerTable(64);
  readonly #starts: number[] = [0];
  #cells = new Float64Array(256);
  #cursors = new Float64Array(256);
  /** Over Z/2 all are 1 and none is kept. */
  #coefficients: Int32Array;
  #size = 0;

  constructor(modulus: number, limitBytes: number) {
    this.#modulus = modulus;
    this.#limitBytes = limitBytes;
    this.#coefficients = new Int32Array(modulus === 2 ? 0 : 256);
  }

  has(pivot: number): boolean {
    return this.#columnOf.get(pivot) !== IntegerTable.ABSENT;
  }

  save(pivot: number, sum: CochainSum): void {
    const scale = this.#modulus === 2 ? 1 : inverse(sum.pivotCoefficient, this.#modulus);
    sum.forEach((cell, cursor, coefficient) => {
      if (this.#size === this.#cells.length) this.#grow();
      // A used-up coboundary adds nothing to a later sum, but its cell is part of that sum's cocycle.
      this.#cells[this.#size] = cell;
      this.#cursors[this.#size] = cursor;
      if (this.#modulus > 2) this.#coefficients[this.#size] = (coefficient * scale) % this.#modulus;
      this.#size += 1;
    });
    this.#columnOf.add(pivot, this.#starts.length - 1);
    this.#starts.push(this.#size);
  }

  /** Adds `factor` times the column with this pivot; false if there is none. */
  addTo(pivot: number, factor: number, sum: CochainSum): boolean {
    const column = this.#columnOf.get(pivot);
    if (column === IntegerTable.ABSENT) return false;
    for (let k = this.#starts[column]; k < this.#starts[column + 1]; k++) {
      const coefficient = this.#modulus === 2 ? 1 : (this.#coefficients[k] * factor) % this.#modulus;
      sum.add(this.#cells[k], this.#cursors[k], coefficient);
    }
    return true;
  }

  #grow(): void {
    const size = this.#cells.length * 2;
    refuseGrowth('reduced columns', 20 * 1.5 * size, this.#limitBytes);
    const cells = new Float64Array(size);
    const cursors = new Float64Array(size);
    cells.set(this.#cells);
    cursors.set(this.#cursors);
    this.#cells = cells;
    this.#cursors = cursors;
    if (this.#modulus === 2) return;
    const coefficients = new Int32Array(size);
    coefficients.set(this.#coefficients);
    this.#coefficients = coefficients;
  }
}

function refuseGrowth(what: string, bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return;
  const valid = `at most ${limitBytes}; raise memoryLimitBytes, or lower the highest dimension or the threshold`;
  throw new TopologyError('TOPOLOGY_TOO_LARGE', `bytes for the ${what}`, bytes, valid);
}
