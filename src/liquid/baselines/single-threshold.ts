import { LiquidError } from '../errors.ts';

/**
 * A decision stump on one signal: 1 above the threshold, 0 up to it, the threshold that gets most cases right (Holte 1993, "Very simple classification
 * rules perform well"). It lies midway between two values that occur; of several as good the lowest. Throws data-insufficient without values.
 */
export function fitSingleThreshold(values: ArrayLike<number>, labels: ArrayLike<number>): number {
  const n = values.length;
  if (n === 0) throw new LiquidError('data-insufficient', 'a threshold on no values');
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  // Below all values: everything counts as 1.
  let right = 0;
  for (let i = 0; i < n; i++) right += labels[i];
  let best = right;
  let threshold = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    right += labels[order[i]] === 1 ? -1 : 1;
    const here = values[order[i]];
    const above = i + 1 < n ? values[order[i + 1]] : Number.POSITIVE_INFINITY;
    if (above !== here && right > best) {
      best = right;
      threshold = between(here, above);
    }
  }
  return threshold;
}

/** Midway, neither beyond the greatest number nor as far as `above`: between neighbouring numbers there is none, and the lower one is the threshold. */
function between(here: number, above: number): number {
  const middle = here / 2 + above / 2;
  return middle < above || above === Number.POSITIVE_INFINITY ? middle : here;
}
