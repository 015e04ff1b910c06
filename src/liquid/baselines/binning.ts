/** Columns of numbers cut into bins at quantiles, so that a tree looks at 255 thresholds a column at most. */
export interface Binning {
  /** By column: ascending thresholds; a value belongs to the first bin whose threshold it does not exceed, else to the last. */
  readonly thresholds: readonly Float64Array[];
}

const BINS_MAX = 256;

/** x is [n, width] row-major, of finite numbers. */
export function binningOf(x: ArrayLike<number>, n: number, width: number): Binning {
  const column = new Float64Array(n);
  const thresholds = Array.from({ length: width }, (_, k) => {
    for (let i = 0; i < n; i++) column[i] = x[i * width + k];
    column.sort();
    const cuts: number[] = [];
    for (let b = 1; b < BINS_MAX; b++) {
      const at = Math.floor((b * n) / BINS_MAX);
      if (at === 0 || column[at - 1] === column[at]) continue;
      const middle = column[at - 1] + (column[at] - column[at - 1]) / 2;
      // Between neighbouring numbers there is none: then the lower one is the threshold.
      cuts.push(middle < column[at] ? middle : column[at - 1]);
    }
    return Float64Array.from(new Set(cuts));
  });
  return { thresholds };
}

/** Bins by column, [width, n]. */
export function binned({ thresholds }: Binning, x: ArrayLike<number>, n: number): Uint8Array {
  const width = thresholds.length;
  const bins = new Uint8Array(n * width);
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < n; i++) bins[k * n + i] = binOf(thresholds[k], x[i * width + k]);
  }
  return bins;
}

function binOf(thresholds: Float64Array, value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= thresholds[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
