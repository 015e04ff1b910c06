import { type Filtration, START } from '../filtrations/filtration.ts';
import { IntegerTable } from '../integer-table.ts';
import { CoboundarySum } from './coboundary-sum.ts';
import type { OnBar } from './diagram.ts';

export interface LoopOptions {
  /** Receives, right before the bar, the edges of a cocycle that represents it. */
  readonly onCocycle?: (edges: Int32Array) => void;
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
export function loops(filtration: Filtration, forest: Int32Array, onBar: OnBar, options: LoopOptions = {}): void {
  const sum = new CoboundarySum(filtration);
  const columns = new ReducedColumns();
  let nextInForest = forest.length - 1;
  for (let edge = filtration.edgeCount - 1; edge >= 0; edge--) {
    if (nextInForest >= 0 && forest[nextInForest] === edge) {
      nextInForest -= 1;
      continue;
    }
    if (filtration.isApparent(edge)) continue;
    sum.clear();
    sum.add(edge, filtration.nextCofacet(edge, START));
    const pivot = reduce(filtration, sum, columns);
    options.onCocycle?.(edgesOf(sum));
    if (pivot < 0) {
      onBar(filtration.edgeValue(edge), Number.POSITIVE_INFINITY, edge, -1);
    } else {
      columns.save(pivot, sum);
      onBar(filtration.edgeValue(edge), filtration.cellValue(pivot), edge, pivot);
    }
  }
}

/** Adds reduced columns until the pivot belongs to none; the pivot, or -1 if the sum has become zero. */
function reduce(filtration: Filtration, sum: CoboundarySum, columns: ReducedColumns): number {
  for (;;) {
    const pivot = sum.takePivot();
    if (pivot < 0) return -1;
    // The pivot itself has been taken out, so what is added are the columns with that pivot, less the pivot.
    const facet = filtration.youngestFacet(pivot);
    if (filtration.isApparent(facet)) {
      const first = filtration.nextCofacet(facet, START);
      if (filtration.cofacet(facet, first) === pivot) {
        sum.add(facet, filtration.nextCofacet(facet, first));
        continue;
      }
    }
    if (!columns.addTo(pivot, sum)) return pivot;
  }
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
