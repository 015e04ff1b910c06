import { TopologyError } from '../errors.ts';
import { type Moment, momentDistance } from '../stability.ts';

/** Sums of the same distances in another order differ by less than this share of all: such splits differ as much. */
const ROUNDING = 1e-12;

export interface SegmentationOptions {
  /** Fewest moments on either side of a change; at least 2. */
  readonly shortest: number;
  /** A split is kept if its p-value is at most this. */
  readonly level: number;
  /** Permutations tried for each p-value, which is then no less than 1 / (permutations + 1). */
  readonly permutations: number;
  /** Uniform numbers in [0, 1). */
  readonly random: () => number;
  /** Default: the greatest bottleneck distance over the dimensions. */
  readonly distance?: (a: Moment, b: Moment) => number;
}

export interface Split {
  /** The first moment after the change. */
  readonly at: number;
  readonly pValue: number;
}

/**
 * Divides a whole record where the shapes before and after differ most, and then each part again, as long as the difference is significant
 * (E-divisive: Matteson & James 2014). The difference of two runs of moments is the energy statistic: how much farther moments are from those of
 * the other run than from those of their own.
 *
 * The null hypothesis of a split: the moments of the part are exchangeable. Its p-value is the share of permutations of the part, itself included,
 * in which some split differs at least as much; so it is exact for one part, and counts the search for the best split in.
 *
 * @param sequence oldest first; O(n^2) distances, O(permutations x n^2) further work. All distances must be finite: of diagrams whose numbers of endless
 * bars differ, the bottleneck distance is not
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE
 */
export function segmentation(sequence: readonly Moment[], options: SegmentationOptions): Split[] {
  checkOptions(options);
  const distance = options.distance ?? momentDistance;
  const n = sequence.length;
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const between = distance(sequence[j], sequence[i]);
      if (!Number.isFinite(between)) {
        const what = `distance between moments ${j} and ${i}`;
        throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', what, between, 'finite: give a distance that always is');
      }
      distances[i * n + j] = between;
      distances[j * n + i] = between;
    }
  }
  const splits: Split[] = [];
  const parts: (readonly [from: number, to: number])[] = [[0, n]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [from, to] = part;
    if (to - from < 2 * options.shortest) continue;
    const members = Int32Array.from({ length: to - from }, (_, k) => from + k);
    const best = bestSplit(distances, n, members, options.shortest);
    const enough = best.difference - ROUNDING * best.total;
    let asGreat = 1;
    for (let k = 0; k < options.permutations; k++) {
      shuffle(members, options.random);
      if (bestSplit(distances, n, members, options.shortest).difference >= enough) asGreat += 1;
    }
    const pValue = asGreat / (options.permutations + 1);
    if (pValue > options.level) continue;
    splits.push({ at: from + best.after, pValue });
    parts.push([from, from + best.after], [from + best.after, to]);
  }
  return splits.sort((a, b) => a.at - b.at);
}

/** The split with the greatest energy statistic, and the sum of all distances. Moving the split by one changes each of three sums by one row of distances. */
function bestSplit(
  distances: Float64Array,
  n: number,
  members: Int32Array,
  shortest: number,
): { readonly after: number; readonly difference: number; readonly total: number } {
  const count = members.length;
  let left = 0;
  let across = 0;
  let right = 0;
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) right += distances[members[i] * n + members[j]];
  const total = right;
  let best = { after: shortest, difference: Number.NEGATIVE_INFINITY, total };
  for (let after = 1; after <= count - shortest; after++) {
    const moved = members[after - 1] * n;
    let toLeft = 0;
    let toRight = 0;
    for (let j = 0; j < after - 1; j++) toLeft += distances[moved + members[j]];
    for (let j = after; j < count; j++) toRight += distances[moved + members[j]];
    left += toLeft;
    across += toRight - toLeft;
    right -= toRight;
    if (after < shortest) continue;
    const rest = count - after;
    const within = (2 * left) / (after * (after - 1)) + (2 * right) / (rest * (rest - 1));
    const difference = ((after * rest) / count) * ((2 * across) / (after * rest) - within);
    if (difference > best.difference) best = { after, difference, total };
  }
  return best;
}

/** Fisher & Yates (1938). */
function shuffle(members: Int32Array, random: () => number): void {
  for (let k = members.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [members[k], members[other]] = [members[other], members[k]];
  }
}

function checkOptions({ shortest, level, permutations }: SegmentationOptions): void {
  if (!Number.isInteger(shortest) || shortest < 2) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'shortest', shortest, 'a whole number of at least 2');
  }
  if (!Number.isInteger(permutations) || permutations < 1) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'permutations', permutations, 'a whole number of at least 1');
  }
  if (!(level >= 1 / (permutations + 1) && level < 1)) {
    const valid = `at least 1 / (permutations + 1) = ${1 / (permutations + 1)} and below 1`;
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'level', level, valid);
  }
}
