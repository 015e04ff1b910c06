import { END, START, type TriangleFiltration } from '../filtrations/filtration.ts';
import { IntegerTable } from '../integer-table.ts';
import { CoboundarySum } from './coboundary-sum.ts';
import type { OnBar } from './diagram.ts';
import { LuneSweep } from './lune-sweep.ts';

export interface LoopOptions {
  /** Receives, right before the bar, the edges of a cocycle that represents it. */
  readonly onCocycle?: (edges: Int32Array) => void;
  /** After how many steps a column's sum is handed over to a LuneSweep, to the same result. Default: where that is less work. */
  readonly stepsBeforeSweep?: number;
}

/**
 * Dimension 1 by implicit persistent cohomology over Z/2 (de Silva, Morozov & Vejdemo-Johansson 2011; Bauer 2021).
 *
 * Edges are reduced from last to first. Three kinds need no column: those of the spanning forest, which end components (clearing); the
 * apparent ones, whose pair has no length in a flag complex and is recomputed when it is met; and, of the rest, most find
 * their first cofacet free (emergent pairs). Bars of apparent pairs are not reported.
 *
 * @param forest the ranks of the edges that merged components, ascending
 */
export function loops(
  filtration: TriangleFiltration,
  forest: Int32Array,
  onBar: OnBar,
  options: LoopOptions = {},
): void {
  const sum = new CoboundarySum(filtration);
  const columns = new ReducedColumns();
  const open = filtration.openEdges();
  let nextInForest = forest.length - 1;
  for (let k = open.length - 1; k >= 0; k--) {
    const edge = open[k];
    if (nextInForest >= 0 && forest[nextInForest] === edge) {
      nextInForest -= 1;
      continue;
    }
    sum.clear();
    sum.add(edge, filtration.nextRankedCofacet(edge, START));
    const pivot = reduce(filtration, sum, columns, options.stepsBeforeSweep ?? stepsBeforeSweep(filtration));
    options.onCocycle?.(edgesOf(sum));
    if (pivot < 0) {
      onBar(filtration.edgeValue(edge), Number.POSITIVE_INFINITY, edge, -1);
    } else {
      columns.save(pivot, sum);
      onBar(filtration.edgeValue(edge), filtration.cellValue(pivot), edge, pivot);
    }
  }
}

/** A sweep keeps two bits for every pair of vertices. */
const SWEEP_VERTICES_MAX = 8192;
const WORDS_PER_STEP = 256;
const STEPS_MIN = 1000;
/** Instead of a pivot: every coboundary of the sum is used up. */
const NOTHING_LEFT = Number.POSITIVE_INFINITY;

/** Makes the sum one of these edges, each standing behind `pivot`. */
function replaceBy(filtration: TriangleFiltration, sum: CoboundarySum, edges: Int32Array, pivot: number): void {
  sum.clear();
  for (const edge of edges) sum.add(edge, pivot === NOTHING_LEFT ? END : filtration.cofacetAfter(edge, pivot));
}

/** Adds reduced columns until the pivot belongs to none; the pivot, or -1 if the sum has become zero. */
function reduce(filtration: TriangleFiltration, sum: CoboundarySum, columns: ReducedColumns, stepsMax: number): number {
  for (;;) {
    const pivot = sum.takePivot();
    if (pivot < 0) return -1;
    if (sum.steps > stepsMax) return sweep(filtration, sum, columns, pivot);
    // The pivot itself has been taken out, so what is added are the columns with that pivot, less the pivot.
    const facet = filtration.youngestFacet(pivot);
    if (filtration.isApparent(facet)) {
      const first = filtration.nextCofacet(facet, START);
      if (filtration.cofacet(facet, first) === pivot) {
        sum.add(facet, filtration.nextRankedCofacet(facet, first));
        continue;
      }
    }
    if (!columns.addTo(pivot, sum)) return pivot;
  }
}

/** Takes over from a sum that has become large, whose last pivot has been taken out but not dealt with. */
function sweep(filtration: TriangleFiltration, sum: CoboundarySum, columns: ReducedColumns, from: number): number {
  const lunes = new LuneSweep(filtration, filtration.youngestFacet(from));
  for (const edge of edgesOf(sum)) lunes.toggle(edge);
  for (let pivot = lunes.pivot(); pivot >= 0; pivot = lunes.pivot()) {
    if (lunes.isFirstCofacet(pivot)) lunes.toggle(filtration.youngestFacet(pivot));
    else if (!columns.forEdges(pivot, (edge) => lunes.toggle(edge))) {
      replaceBy(filtration, sum, lunes.edges(), pivot);
      return pivot;
    }
  }
  replaceBy(filtration, sum, lunes.edges(), NOTHING_LEFT);
  return -1;
}

/** A step of a sum costs a walk and a heap operation, as much as WORDS_PER_STEP words of a sweep that looks at all edges ranked so far. */
function stepsBeforeSweep({ vertexCount, rankedCount }: TriangleFiltration): number {
  if (vertexCount > SWEEP_VERTICES_MAX) return Number.POSITIVE_INFINITY;
  return STEPS_MIN + (rankedCount * Math.ceil(vertexCount / 32)) / WORDS_PER_STEP;
}

function edgesOf(sum: CoboundarySum): Int32Array {
  const edges: number[] = [];
  for (let member = 0; member < sum.memberCount; member++) {
    if (sum.edgeAt(member) >= 0) edges.push(sum.edgeAt(member));
  }
  return Int32Array.from(edges).sort();
}

/** The columns that were reduced to a pivot: for each, its edges with the cursors to go on from after the pivot. */
class ReducedColumns {
  readonly #columnOf = new IntegerTable(64);
  readonly #starts: number[] = [0];
  #edges = new Int32Array(256);
  #cursors = new Float64Array(256);
  #size = 0;

  save(pivot: number, sum: CoboundarySum): void {
    for (let member = 0; member < sum.memberCount; member++) {
      const edge = sum.edgeAt(member);
      // A used-up coboundary adds nothing to a later sum, but its edge is part of that sum's cocycle.
      if (edge < 0) continue;
      if (this.#size === this.#edges.length) this.#grow();
      this.#edges[this.#size] = edge;
      this.#cursors[this.#size++] = sum.cursorAt(member);
    }
    this.#columnOf.add(pivot, this.#starts.length - 1);
    this.#starts.push(this.#size);
  }

  /** Calls `visit` with each edge of the column with this pivot; false if there is none. */
  forEdges(pivot: number, visit: (edge: number) => void): boolean {
    const column = this.#columnOf.get(pivot);
    if (column === IntegerTable.ABSENT) return false;
    for (let k = this.#starts[column]; k < this.#starts[column + 1]; k++) visit(this.#edges[k]);
    return true;
  }

  /** Adds the column with this pivot; false if there is none. */
  addTo(pivot: number, sum: CoboundarySum): boolean {
    const column = this.#columnOf.get(pivot);
    if (column === IntegerTable.ABSENT) return false;
    for (let k = this.#starts[column]; k < this.#starts[column + 1]; k++) sum.add(this.#edges[k], this.#cursors[k]);
    return true;
  }

  #grow(): void {
    const edges = new Int32Array(this.#edges.length * 2);
    const cursors = new Float64Array(this.#edges.length * 2);
    edges.set(this.#edges);
    cursors.set(this.#cursors);
    this.#edges = edges;
    this.#cursors = cursors;
  }
}
