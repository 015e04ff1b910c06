import { TopologyError } from '../errors.ts';
import { largestOf } from '../p-norm.ts';
import { type FlagFiltration, type FlagOptions, flagOfGraph } from './flag.ts';
import { ascendingOrder } from './order.ts';

/** Who asked whom, and how much, among the vertices of a cell. Entry k: sources[k] asked targets[k], `strengths[k]` times (or any measure). */
export interface Interactions {
  readonly vertexCount: number;
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  /** Finite and not negative; 0 is no interaction. */
  readonly strengths: Float64Array;
}

export interface InteractionOptions extends FlagOptions {
  /**
   * The strength, of both directions together, from which on two agents are at distance 0. Default: the greatest in the input. Give a
   * fixed one to make successive windows comparable.
   */
  readonly reference?: number;
}

/** The greatest number below 1. */
const BELOW_ONE = 1 - 2 ** -53;

/**
 * The flag complex of an interaction graph, strongest couplings first: directions and repetitions of a pair are summed up to a strength s,
 * whose edge enters at 1 - ln(1 + s) / ln(1 + reference), cut off at 0. So values lie in 0 <= value < 1, pairs that
 * never interact have no edge, and what an agent asks of itself is left out.
 *
 * @throws TopologyError as flagOfGraph() does, and TOPOLOGY_OUT_OF_RANGE for a strength or a reference
 */
export function flagOfInteractions(interactions: Interactions, options: InteractionOptions = {}): FlagFiltration {
  const { vertexCount, sources, targets, strengths } = interactions;
  if (sources.length !== strengths.length || targets.length !== strengths.length) {
    const found = `${sources.length} sources, ${targets.length} targets, ${strengths.length} strengths`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'interaction arrays', found, 'three arrays of one length');
  }
  const { pairs, sums } = couplings(interactions);
  const reference = options.reference ?? largestOf(sums);
  if (!(reference > 0 || pairs.length === 0) || reference === Number.POSITIVE_INFINITY) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'reference strength', reference, 'finite and above 0');
  }
  const tails = new Int32Array(pairs.length);
  const heads = new Int32Array(pairs.length);
  const values = new Float64Array(pairs.length);
  const most = Math.log1p(reference);
  for (let edge = 0; edge < pairs.length; edge++) {
    tails[edge] = Math.floor(pairs[edge] / vertexCount);
    heads[edge] = pairs[edge] % vertexCount;
    // A strength that vanishes beside the reference would be rounded to 1, and so to none.
    values[edge] = Math.min(Math.max(0, 1 - Math.log1p(sums[edge]) / most), BELOW_ONE);
  }
  return flagOfGraph({ vertexCount, tails, heads, values }, options);
}

/** Each pair u < v that interacts, as u * vertexCount + v, ascending, with the sum of its strengths. */
function couplings(interactions: Interactions): { readonly pairs: Float64Array; readonly sums: Float64Array } {
  const { vertexCount, sources, targets, strengths } = interactions;
  const all = new Float64Array(strengths.length);
  for (let k = 0; k < all.length; k++) {
    checkInteraction(interactions, k);
    const u = sources[k];
    const v = targets[k];
    all[k] = u < v ? u * vertexCount + v : v * vertexCount + u;
  }
  const order = ascendingOrder(all);
  const pairs = new Float64Array(all.length);
  const sums = new Float64Array(all.length);
  let count = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    const pair = all[order[from]];
    while (to < order.length && all[order[to]] === pair) to += 1;
    const k = order[from];
    if (sources[k] === targets[k]) continue;
    const sum = to - from === 1 ? strengths[k] : sumOf(strengths, order.subarray(from, to));
    if (sum === 0) continue;
    pairs[count] = pair;
    sums[count++] = sum;
  }
  return { pairs: pairs.subarray(0, count), sums: sums.subarray(0, count) };
}

/** Added up from the least, so that the order in which interactions were seen does not matter; finite, as the strengths are. */
function sumOf(strengths: Float64Array, places: Uint32Array): number {
  const ascending = Float64Array.from(places, (k) => strengths[k]).sort();
  let sum = 0;
  for (let at = 0; at < ascending.length; at++) sum += ascending[at];
  return Math.min(sum, Number.MAX_VALUE);
}

function checkInteraction({ vertexCount, sources, targets, strengths }: Interactions, k: number): void {
  const u = sources[k];
  const v = targets[k];
  if (!(u >= 0 && u < vertexCount && v >= 0 && v < vertexCount)) {
    const what = `vertices of interaction ${k}`;
    throw new TopologyError('TOPOLOGY_BAD_VERTEX', what, `(${u}, ${v})`, `0..${vertexCount - 1}`);
  }
  const strength = strengths[k];
  if (strength >= 0 && strength < Number.POSITIVE_INFINITY) return;
  throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', `strength of interaction ${k}`, strength, 'finite and at least 0');
}
