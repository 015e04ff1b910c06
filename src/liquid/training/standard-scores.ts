import { LiquidError } from '../errors.ts';

/** Mean and standard deviation by column. */
export interface StandardScores {
  readonly mean: Float64Array;
  /** 1 for a column that never varies, so that its score is 0. */
  readonly deviation: Float64Array;
}

/** Of tables [rows, width], row-major, taken together. Throws data-insufficient without rows. */
export function fitStandardScores(tables: readonly Float64Array[], width: number): StandardScores {
  const rows = tables.reduce((sum, table) => sum + table.length / width, 0);
  if (rows === 0) throw new LiquidError('data-insufficient', 'standard scores of no rows');
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const table of tables) for (let i = 0; i < table.length; i++) mean[i % width] += table[i] / rows;
  for (const table of tables) {
    for (let i = 0; i < table.length; i++) deviation[i % width] += (table[i] - mean[i % width]) ** 2 / rows;
  }
  // The mean of equal values may be off by its last digits, and of millions of them by some more.
  const rounding = (k: number) => 1e-9 * Math.abs(mean[k]);
  return { mean, deviation: deviation.map((v, k) => (Math.sqrt(v) > rounding(k) ? Math.sqrt(v) : 1)) };
}

/** How many standard deviations a column's value is from its mean, at most `most` either way. */
export function standardScore(
  { mean, deviation }: StandardScores,
  column: number,
  value: number,
  most: number,
): number {
  return Math.max(-most, Math.min(most, (value - mean[column]) / deviation[column]));
}
