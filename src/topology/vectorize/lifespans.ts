import type { Diagram } from '../homology/diagram.ts';
import { pNorm } from '../p-norm.ts';

/** Statistics of the lengths of the bars that die; all 0 where there is none. */
export interface Lifespans {
  /** Bars that die. */
  readonly count: number;
  /** Bars that never do. */
  readonly essential: number;
  readonly total: number;
  readonly longest: number;
  /** Position of the longest bar in the diagram (the first of several), or -1. */
  readonly longestBar: number;
  /** The middle length; of an even number the mean of the middle two. */
  readonly median: number;
  /** Square root of the sum of squared lengths. */
  readonly energy: number;
}

/** A sum of squares below this has lost digits. */
const SQUARES_MIN = 1e-280;

export function lifespans({ births, deaths }: Diagram): Lifespans {
  const lengths = new Float64Array(births.length);
  let count = 0;
  let total = 0;
  let squares = 0;
  let longest = 0;
  let longestBar = -1;
  let isAscending = true;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY) continue;
    const length = deaths[k] - births[k];
    // As they come of bars that all begin at once.
    if (count > 0 && length < lengths[count - 1]) isAscending = false;
    lengths[count++] = length;
    total += length;
    squares += length * length;
    if (length > longest) {
      longest = length;
      longestBar = k;
    }
  }
  const sorted = isAscending ? lengths : lengths.subarray(0, count).sort();
  const median = count === 0 ? 0 : middleOf(sorted[(count - 1) >> 1], sorted[count >> 1]);
  const isSound = squares >= SQUARES_MIN && squares < Number.POSITIVE_INFINITY;
  const energy = isSound ? Math.sqrt(squares) : pNorm(lengths.subarray(0, count), 2);
  return { count, essential: births.length - count, total, longest, longestBar, median, energy };
}

/** Their sum may be above any number, halves below all. */
function middleOf(a: number, b: number): number {
  return a + b < Number.POSITIVE_INFINITY ? (a + b) / 2 : a / 2 + b / 2;
}
