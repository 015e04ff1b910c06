/** Mean and deviation of a figure over seeds. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation over the seeds (n - 1); null for one. */
  readonly deviation: number | null;
  readonly bySeed: readonly number[];
}

export function spreadOf(bySeed: readonly number[]): Spread {
  const n = bySeed.length;
  const mean = bySeed.reduce((sum, value) => sum + value, 0) / n;
  const squares = bySeed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: n < 2 ? null : Math.sqrt(squares / (n - 1)), bySeed };
}

/** As in the literature: mean +- deviation. */
export function spreadText({ mean, deviation }: Spread, digits: number, unit = ''): string {
  return deviation === null
    ? `${mean.toFixed(digits)}${unit}`
    : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}${unit}`;
}
