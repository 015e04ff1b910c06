/** The greatest of numbers that are at least 0; 0 of none. */
export function largestOf(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/**
 * The p-th root of the sum of p-th powers of lengths, in units of the longest: no power overflows, and none that counts is lost. Infinity where a
 * length is.
 */
export function pNorm(lengths: readonly number[] | Float64Array, order: number): number {
  const longest = largestOf(lengths);
  if (longest === 0 || longest === Number.POSITIVE_INFINITY) return longest;
  let sum = 0;
  for (const length of lengths) sum += (length / longest) ** order;
  return longest * sum ** (1 / order);
}
