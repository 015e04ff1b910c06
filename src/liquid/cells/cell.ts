import type { Layout } from '../parameters.ts';

/**
 * What a recurrent cell is, whichever the kind: its sizes, the layout of its parameters, and steps. Parameters come in as a flat vector;
 * a cell holds none. Time spans are the caller's: one for each row, so rows of a batch may have waited differently long.
 */
export interface Cell {
  /** Features a row, F. */
  readonly inputs: number;
  /** Numbers carried from step to step a row, H. */
  readonly state: number;
  /** The part of the state that is read as the cell's output. */
  readonly output: { readonly offset: number; readonly size: number };
  readonly layout: Layout;
  /** A step with room for `rows` rows. It remembers its last forward call for one backward call. */
  createStep(rows: number): CellStep;
}

export interface CellStep {
  /**
   * next[i] = cell(x[i], state[i], elapsed[i]) for n rows, n at most the step's rows.
   * x is [n, F], state and next are [n, H] (not the same array), elapsed is [n], 0 or more, in the unit the cell was trained on.
   */
  forward(
    theta: Float64Array,
    x: Float64Array,
    state: Float64Array,
    elapsed: Float64Array,
    n: number,
    next: Float64Array,
  ): void;
  /**
   * Adds the parameters' gradient to gradTheta and overwrites gradState [n, H] with the gradient of the state that went in, given the
   * gradient of `next`. theta must be that of the forward call. The gradients of x [n, F] and of elapsed [n] are overwritten where asked for.
   */
  backward(
    theta: Float64Array,
    gradNext: Float64Array,
    gradTheta: Float64Array,
    gradState: Float64Array,
    gradX?: Float64Array | null,
    gradElapsed?: Float64Array | null,
  ): void;
}
