import { END, type Filtration, type Incidence, type Sign } from './filtration.ts';
import { ascendingOrder } from './order.ts';

/** The cells of one dimension in any order, with facets named by their position in the list one dimension down. */
export interface Cells {
  readonly values: Float64Array;
  /** The facets of cell k are entries facetStart[k] .. facetStart[k + 1]; empty for vertices. */
  readonly facetStart: Int32Array;
  readonly facets: Int32Array;
  readonly signs: Int8Array;
}

/** The cells of one dimension by rank, with their facets and cofacets by rank. */
interface RankedCells extends Cells {
  /** The position in the caller's list of each cell. */
  readonly origin: Uint32Array;
  readonly cofacetStart: Int32Array;
  readonly cofacets: Int32Array;
  readonly cofacetSigns: Int8Array;
}

/**
 * A filtered complex with all its incidences written out: cells of one dimension are named by rank, by value and then by position in the
 * caller's list; vertices by that position itself.
 *
 * About 25 bytes a cell and 10 for each pair of a cell and its facet.
 */
export class CellComplex implements Filtration {
  readonly kind: string;
  readonly dimension: number;
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold = Number.POSITIVE_INFINITY;
  readonly #ranked: readonly RankedCells[];

  /** @param cells by dimension, checked by the caller: monotone, every facet there, boundaries of boundaries zero, edges with two ends */
  constructor(kind: string, cells: readonly Cells[]) {
    this.kind = kind;
    // One more than there are cells of, so that the homology of the highest is computed too; and of loops even where there are only vertices.
    this.dimension = Math.max(2, cells.length);
    this.vertexCount = cells[0].values.length;
    this.edgeCount = cells.length > 1 ? cells[1].values.length : 0;
    this.#ranked = ranked(cells);
  }

  /** Number of cells of a dimension. */
  cellCount(dimension: number): number {
    return dimension < this.#ranked.length ? this.#ranked[dimension].values.length : 0;
  }

  /** The position in the list that the complex was made from, among the cells of this dimension. */
  origin(dimension: number, cell: number): number {
    return this.#ranked[dimension].origin[cell];
  }

  vertexValue(vertex: number): number {
    return this.#ranked[0].values[vertex];
  }

  edgeValue(edge: number): number {
    return this.#ranked[1].values[edge];
  }

  edgeTail(edge: number): number {
    const { facets } = this.#ranked[1];
    return Math.min(facets[2 * edge], facets[2 * edge + 1]);
  }

  edgeHead(edge: number): number {
    const { facets } = this.#ranked[1];
    return Math.max(facets[2 * edge], facets[2 * edge + 1]);
  }

  cellValue(dimension: number, cell: number): number {
    return this.#ranked[dimension].values[cell];
  }

  /** Goes down dimension by dimension with each face once: there are factorially many ways down to the vertices. */
  cellVertices(dimension: number, cell: number): readonly number[] {
    let faces: ReadonlySet<number> = new Set([cell]);
    for (let d = dimension; d > 0; d--) faces = this.#facetsOf(d, faces);
    return [...faces].sort((a, b) => a - b);
  }

  #facetsOf(dimension: number, cells: ReadonlySet<number>): ReadonlySet<number> {
    const { facetStart, facets } = this.#ranked[dimension];
    const found = new Set<number>();
    for (const cell of cells) {
      for (let k = facetStart[cell]; k < facetStart[cell + 1]; k++) found.add(facets[k]);
    }
    return found;
  }

  boundary(dimension: number, cell: number): readonly Incidence[] {
    const { facetStart, facets, signs } = this.#ranked[dimension];
    const incidences: Incidence[] = [];
    for (let k = facetStart[cell]; k < facetStart[cell + 1]; k++) {
      incidences.push({ cell: facets[k], sign: signs[k] > 0 ? 1 : -1 });
    }
    return incidences;
  }

  youngestFacet(dimension: number, cell: number): number {
    const { facetStart, facets } = this.#ranked[dimension];
    let youngest = facets[facetStart[cell]];
    for (let k = facetStart[cell] + 1; k < facetStart[cell + 1]; k++) youngest = Math.max(youngest, facets[k]);
    return youngest;
  }

  /** A cursor is the number of cofacets passed, the one it stands on included. */
  nextCofacet(dimension: number, cell: number, cursor: number): number {
    if (dimension >= this.#ranked.length) return END;
    const { cofacetStart } = this.#ranked[dimension];
    return cofacetStart[cell] + cursor < cofacetStart[cell + 1] ? cursor + 1 : END;
  }

  cofacet(dimension: number, cell: number, cursor: number): number {
    const { cofacetStart, cofacets } = this.#ranked[dimension];
    return cofacets[cofacetStart[cell] + cursor - 1];
  }

  cofacetSign(dimension: number, cell: number, cursor: number): Sign {
    const { cofacetStart, cofacetSigns } = this.#ranked[dimension];
    return cofacetSigns[cofacetStart[cell] + cursor - 1] > 0 ? 1 : -1;
  }
}

function ranked(cells: readonly Cells[]): RankedCells[] {
  const orders = cells.map(({ values }, dimension) =>
    dimension === 0 ? Uint32Array.from(values, (_, k) => k) : ascendingOrder(values),
  );
  const named = cells.map((own, dimension) =>
    dimension === 0 ? { ...own, origin: orders[0] } : byRank(own, orders[dimension], ranksOf(orders[dimension - 1])),
  );
  return named.map((own, dimension) => ({
    ...own,
    ...(dimension + 1 < named.length ? cofacetsOf(own.values.length, named[dimension + 1]) : noCofacets(own)),
  }));
}

function ranksOf(order: Uint32Array): Int32Array {
  const ranks = new Int32Array(order.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank]] = rank;
  return ranks;
}

function byRank(cells: Cells, order: Uint32Array, facetRanks: Int32Array): Cells & { readonly origin: Uint32Array } {
  const values = new Float64Array(order.length);
  const facetStart = new Int32Array(order.length + 1);
  const facets = new Int32Array(cells.facets.length);
  const signs = new Int8Array(cells.facets.length);
  let at = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const cell = order[rank];
    values[rank] = cells.values[cell];
    for (let k = cells.facetStart[cell]; k < cells.facetStart[cell + 1]; k++) {
      facets[at] = facetRanks[cells.facets[k]];
      signs[at++] = cells.signs[k];
    }
    facetStart[rank + 1] = at;
  }
  return { values, facetStart, facets, signs, origin: order };
}

/** The cofacets of each of `count` cells, by rising rank since the cells above are gone through in that order. */
function cofacetsOf(count: number, above: Cells): Pick<RankedCells, 'cofacetStart' | 'cofacets' | 'cofacetSigns'> {
  const cofacetStart = new Int32Array(count + 1);
  for (const facet of above.facets) cofacetStart[facet + 1] += 1;
  for (let k = 0; k < count; k++) cofacetStart[k + 1] += cofacetStart[k];
  const cofacets = new Int32Array(above.facets.length);
  const cofacetSigns = new Int8Array(above.facets.length);
  const next = cofacetStart.slice();
  for (let cell = 0; cell < above.values.length; cell++) {
    for (let k = above.facetStart[cell]; k < above.facetStart[cell + 1]; k++) {
      const at = next[above.facets[k]]++;
      cofacets[at] = cell;
      cofacetSigns[at] = above.signs[k];
    }
  }
  return { cofacetStart, cofacets, cofacetSigns };
}

function noCofacets({ values }: Cells): Pick<RankedCells, 'cofacetStart' | 'cofacets' | 'cofacetSigns'> {
  return {
    cofacetStart: new Int32Array(values.length + 1),
    cofacets: new Int32Array(0),
    cofacetSigns: new Int8Array(0),
  };
}
