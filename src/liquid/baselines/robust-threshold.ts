import { LiquidError } from '../errors.ts';

/**
 * The plainest alarm: by column the distance from the median in units of the median absolute deviation (x 1.4826, so that it is the standard
 * deviation of a normal distribution), and the largest of them as the score (Leys et al. 2013).
 */
export interface RobustThreshold {
  readonly medians: Float64Array;
  /** Never 0: of a column that hardly varies, `FLOOR`. */
  readonly scales: Float64Array;
}

const CONSISTENCY = 1.4826;
const FLOOR = 1e-9;

/** x is [n, width] row-major. Throws data-insufficient without rows. */
export function fitRobustThreshold(x: ArrayLike<number>, width: number): RobustThreshold {
  const n = x.length / width;
  if (n < 1) throw new LiquidError('data-insufficient', 'a robust threshold on no rows');
  const columns = Array.from({ length: width }, (_, k) => Float64Array.from({ length: n }, (_, i) => x[i * width + k]));
  const medians = Float64Array.from(columns, median);
  const scales = Float64Array.from(columns, (column, k) =>
    Math.max(FLOOR, CONSISTENCY * median(column.map((value) => Math.abs(value - medians[k])))),
  );
  return { medians, scales };
}

/** The largest |z| over the columns; the row begins at `offset` of x. */
export function robustDeviation({ medians, scales }: RobustThreshold, x: ArrayLike<number>, offset = 0): number {
  let largest = 0;
  for (let k = 0; k < medians.length; k++) {
    largest = Math.max(largest, Math.abs(x[offset + k] - medians[k]) / scales[k]);
  }
  return largest;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
