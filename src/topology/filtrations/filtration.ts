/**
 * What the computation needs to know of a filtered complex, and all it knows.
 *
 * A complex is made of cells; a cell of dimension d + 1 has facets of dimension d, and is a cofacet of each of them. Cells of one
 * dimension are named by non-negative safe integers that rise in the order in which the cells enter: a vertex by its index, an edge by its
 * rank 0..edgeCount - 1, any other cell by a key of the filtration's choice. Three things must hold, and everything exact about the
 * result, ties included, rests on them:
 *
 * 1. Values never fall along the names of one dimension. (Vertices alone are free: of two that enter together the lower index is older.)
 * 2. No cell has a smaller value than one of its facets.
 * 3. The boundary of a boundary is zero, the signs of facets counted.
 *
 * Nothing here keeps state between calls: a walk through the cofacets of a cell goes on from a cursor that the caller holds.
 */
export interface Filtration extends EdgeFiltration {
  /** The highest dimension whose cells can be asked for, so that homology is computed below it; at least 1. */
  readonly dimension: number;

  /** When a cell of dimension 2 or more enters. */
  cellValue(dimension: number, cell: number): number;
  /** The vertices of a cell of dimension 1 or more, ascending. */
  cellVertices(dimension: number, cell: number): readonly number[];

  /** The facets of a cell of dimension 1 or more, in any order, and the sign of each in the cell's boundary. */
  boundary(dimension: number, cell: number): readonly Incidence[];
  /** The facet of a cell of dimension 2 or more that enters last. */
  youngestFacet(dimension: number, cell: number): number;

  /**
   * Walks the cofacets of a cell of dimension 1 or more by rising name. `cursor` is START or an earlier answer, the answer a positive safe
   * integer that stands for the next cofacet, or END.
   */
  nextCofacet(dimension: number, cell: number, cursor: number): number;
  /** The name of the cofacet that `cursor` stands on. */
  cofacet(dimension: number, cell: number, cursor: number): number;
  /** The sign of `cell` in the boundary of that cofacet. */
  cofacetSign(dimension: number, cell: number, cursor: number): Sign;
}

/** The vertices and edges of a filtered complex: all that dimension 0 needs. */
export interface EdgeFiltration {
  readonly kind: string;
  readonly vertexCount: number;
  readonly edgeCount: number;
  /** No edge with a greater value is part of the complex, nor any cell above; vertices are. Infinity if nothing was cut off. */
  readonly threshold: number;

  vertexValue(vertex: number): number;
  edgeValue(edge: number): number;
  /** The two vertices of an edge: edgeTail < edgeHead. */
  edgeTail(edge: number): number;
  edgeHead(edge: number): number;
}

/**
 * Edges and 2-cells alone, signs left out: what dimension 1 over Z/2 needs, and the flag complex serves fastest (homology/loops.ts).
 * The names of 2-cells here are this interface's own.
 */
export interface TriangleFiltration extends EdgeFiltration {
  /** As Filtration's, of an edge. */
  nextCofacet(edge: number, cursor: number): number;
  /**
   * The same without ranking more edges than are. Where those do not suffice, the answer is a cursor below END that stands on nothing:
   * what follows is not below `horizon`, and can be asked for from there after rankMore().
   */
  nextRankedCofacet(edge: number, cursor: number): number;
  readonly horizon: number;
  /** Edges of lower rank are ranked. */
  readonly rankedCount: number;
  rankMore(): void;
  /** Such a cursor on the first cofacet of an edge after `cell`, whose last facet is not before the edge. */
  cofacetAfter(edge: number, cell: number): number;
  /** The rank of the edge between two vertices, or -1. */
  edgeBetween(u: number, v: number): number;
  /** The key of the 2-cell that `cursor` stands on. */
  cofacet(edge: number, cursor: number): number;
  /** True if the first cofacet of `edge` has `edge` as its last facet (an apparent pair; Bauer 2021, section 3.3). */
  isApparent(edge: number): boolean;
  /** The edges that are not apparent, ascending; all that join two components are among them. */
  openEdges(): Int32Array;

  /** The last facet of a 2-cell to enter. */
  youngestFacet(cell: number): number;
  cellValue(cell: number): number;
  /** The vertices of a 2-cell, ascending. */
  cellVertices(cell: number): readonly number[];
}

export type Sign = 1 | -1;

export interface Incidence {
  readonly cell: number;
  readonly sign: Sign;
}

/** The cursor before the first cofacet. */
export const START = 0;
/** What nextCofacet answers when none is left. */
export const END = -1;

/** When a cell of any dimension enters. */
export function valueOfCell(filtration: Filtration, dimension: number, cell: number): number {
  if (dimension === 0) return filtration.vertexValue(cell);
  return dimension === 1 ? filtration.edgeValue(cell) : filtration.cellValue(dimension, cell);
}
