/**
 * What the computation needs to know of a filtered complex, and all it knows: the cells up to dimension 2 under one total order.
 *
 * Cells of one dimension are named by numbers that rise in the order in which they enter: a vertex by its index, an edge by its
 * rank 0..edgeCount-1, a 2-cell by its key, a safe integer. The order is a simplexwise refinement of the filtration: values never
 * fall along it, and every cell comes after its faces. Everything exact about the result, ties included, rests on that promise.
 *
 * Nothing here keeps state between calls; a walk through the cofacets of an edge is resumed from a cursor that the caller holds.
 * Higher dimensions and other complexes (cubical, alpha, a user's own) implement the same functions.
 */
export interface Filtration {
  readonly kind: string;
  readonly vertexCount: number;
  readonly edgeCount: number;
  /** No cell with a greater value is part of the complex. Infinity if nothing was cut off. */
  readonly threshold: number;

  vertexValue(vertex: number): number;
  edgeValue(edge: number): number;
  /** The two vertices of an edge: edgeTail < edgeHead. */
  edgeTail(edge: number): number;
  edgeHead(edge: number): number;

  /**
   * Walks the 2-cells that contain `edge`, from first to enter to last. `cursor` is START or an earlier answer; the answer is the cursor
   * that stands on the next 2-cell, or END.
   */
  nextCofacet(edge: number, cursor: number): number;
  /** The key of the 2-cell that `cursor` stands on. */
  cofacet(edge: number, cursor: number): number;
  /** True if the first cofacet of `edge` has `edge` as its last facet (an apparent pair; Bauer 2021, section 3.3). */
  isApparent(edge: number): boolean;

  /** The last facet of a 2-cell to enter. */
  youngestFacet(cell: number): number;
  cellValue(cell: number): number;
  /** The vertices of a 2-cell, ascending. */
  cellVertices(cell: number): readonly number[];
}

/** The cursor before the first cofacet. */
export const START = 0;
/** What nextCofacet answers when none is left. */
export const END = -1;
