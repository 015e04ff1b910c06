import type { Device } from '../device.ts';

/** The agents of one cell as points: count x dimension, row by row. Coordinates must be finite. */
export interface PointCloud {
  readonly count: number;
  readonly dimension: number;
  readonly points: Float32Array;
}

/**
 * The distances of one cell, each pair once: the lower triangle row by row, d(i, j) with i > j at i (i - 1) / 2 + j. At least 0, or
 * Infinity for a pair that is never joined; -0 counts as 0.
 */
export interface CellDistances {
  readonly count: number;
  readonly lower: Float32Array;
}

/** The witness of an edge that has none, or that is no edge (Infinity). */
export const NO_WITNESS = -1;

/**
 * The two parts of persistent homology that are the same small work for every pair of agents, for many cells at once.
 *
 * Edges are ordered by distance, ties by position in the lower triangle. That is the order of a Rips filtration; comparing distances
 * and positions is exact, so apparent pairs are the same on every device, given the same distances. The distances themselves are not:
 * the CPU's are computed in double precision and rounded once, WebGPU's in single precision throughout. Of clouds scaled to extent 1
 * (largest coordinate difference), the two differ by at most (dimension / 2 + 6) x 2^-23 of the distance, plus 2^-60.
 */
export interface CellKernels {
  /** Where the next call will run, and why there. Changes when a GPU is lost. */
  readonly device: Device;

  /** Euclidean distances. Rejects with batch-shape. */
  distances(clouds: readonly PointCloud[]): Promise<readonly CellDistances[]>;

  /**
   * For each pair (position in the lower triangle) the third vertex that makes it apparent, or NO_WITNESS: of the vertices joined to both
   * ends by edges before the pair, the one for which the later of those two edges comes first. Pair and triangle are then an apparent
   * pair of the Rips filtration (Bauer 2021, section 3.3), and pairs without witness are the relative neighbourhood graph (Toussaint
   * 1980). Rejects with batch-shape.
   */
  apparentPairs(cells: readonly CellDistances[]): Promise<readonly Int32Array[]>;

  /** Frees the device. Calls after it reject with runner-closed. */
  close(): Promise<void>;
}
