import { pairsBetween } from './distance-edges.ts';
import type { Distances } from './distances.ts';
import { type EdgeStretch, joinStretches, sorted } from './edge-supply.ts';
import { JoinedBits } from './lune-bits.ts';
import { isLuneEmpty, type OpenPairs } from './relative-neighbourhood.ts';

/** This share of the pairs is sorted first: in most clouds they leave hardly a pair of points without a common neighbour. */
const FIRST_SHARE = 0.35;
/** So many pairs a point are decided one by one rather than by sorting them all. */
const UNCLEAR_PER_POINT = 3;
const SAMPLES = 64;

export interface OpenPairsOfFew {
  readonly pairs: OpenPairs;
  /** All pairs up to `reach`, in order. */
  readonly first: EdgeStretch;
  readonly reach: number;
}

/**
 * The same as openPairs() among so few points that rows of bits tell who is joined to whom: shorter pairs are joined in their order, and the lune
 * of a pair is where the rows of its ends agree. Of the longer ones, those without a common neighbour by then are decided one by one, unless
 * there are many of them, as among clusters; then all are sorted.
 */
export function openPairsOfFew(distances: Distances, limit: number): OpenPairsOfFew {
  const joined = new JoinedBits(distances.count);
  const reach = Math.min(limit, quantile(distances, FIRST_SHARE));
  const short = sorted(pairsBetween(distances, -1, reach));
  const open = select(short, joined.joinAll(short));
  const long = pairsBetween(distances, reach, limit);
  const unclear = withoutCommonNeighbour(long, joined);
  const within = short.values.length + long.values.length;
  if (unclear.length <= UNCLEAR_PER_POINT * distances.count) {
    const openLong = unclear.filter((k) => isLuneEmpty(distances, long.heads[k], long.tails[k]));
    return { pairs: { ...joinStretches(open, select(long, openLong)), within }, first: short, reach };
  }
  const sortedLong = sorted(long);
  const openLong = select(sortedLong, joined.joinAll(sortedLong));
  return { pairs: { ...joinStretches(open, openLong), within }, first: joinStretches(short, sortedLong), reach: limit };
}

/** About this share of the distances is at most the answer, told from some of them. */
function quantile({ lower }: Distances, share: number): number {
  if (lower.length === 0) return 0;
  const samples = new Float64Array(Math.min(SAMPLES, lower.length));
  for (let k = 0; k < samples.length; k++) samples[k] = lower[Math.floor((k * lower.length) / samples.length)];
  samples.sort();
  return samples[Math.floor(share * (samples.length - 1))];
}

function withoutCommonNeighbour({ tails, heads }: EdgeStretch, joined: JoinedBits): Int32Array {
  const places = new Int32Array(tails.length);
  let count = 0;
  for (let k = 0; k < tails.length; k++) {
    places[count] = k;
    count += +joined.isLuneEmpty(tails[k], heads[k]);
  }
  return places.subarray(0, count);
}

function select({ tails, heads, values }: EdgeStretch, places: Int32Array): EdgeStretch {
  const selected = {
    tails: new Int32Array(places.length),
    heads: new Int32Array(places.length),
    values: new Float64Array(places.length),
  };
  for (let k = 0; k < places.length; k++) {
    selected.tails[k] = tails[places[k]];
    selected.heads[k] = heads[places[k]];
    selected.values[k] = values[places[k]];
  }
  return selected;
}
