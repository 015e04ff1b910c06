import type { Distances } from './distances.ts';
import { type EdgeStretch, type EdgeSupply, joinStretches, type OpenEdges, sorted } from './edge-supply.ts';
import type { OpenPairs } from './relative-neighbourhood.ts';
import { spanningForest } from './spanning-forest.ts';

/** A first guess: loops are mostly filled before the edges have grown by half beyond the one that closed the last of them. */
const FIRST_REACH = 1.5;
const BINS = 64;
/** Room for so many pairs is taken without looking. */
const FEW_PAIRS = 8192;
const NO_EDGES: EdgeStretch = { tails: new Int32Array(0), heads: new Int32Array(0), values: new Float64Array(0) };
/** This share of the open edges is ranked from the start in any case. */
const OPEN_SHARE = 0.9;

/**
 * The pairs of points within the threshold by distance, ties by place in the lower triangle.
 *
 * Loops are born at open edges that close a cycle, and in most data they die soon after the last of these. So the first stretch reaches to
 * that edge and as far again, counted in edges, which mostly is a small part of all; each further stretch doubles what there was.
 * The distances are kept, not copied: they must not change as long as the filtration is used.
 */
export class DistanceEdges implements EdgeSupply {
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;
  readonly births = undefined;
  readonly isSimple = true;
  readonly open: OpenEdges;

  readonly #distances: Distances;
  /** The greatest finite distance that is wanted. */
  readonly #limit: number;
  /** All pairs up to this distance have been handed over or lie in #first. */
  #reached = -1;
  #handedOver = 0;
  #first: EdgeStretch | undefined;

  /**
   * @param pairs all open pairs within the threshold
   * @param start all pairs up to some reach, in order, where they are known
   */
  constructor(
    distances: Distances,
    threshold: number,
    pairs: OpenPairs,
    start: { readonly first: EdgeStretch; readonly reach: number } = { first: NO_EDGES, reach: -1 },
  ) {
    this.vertexCount = distances.count;
    this.edgeCount = pairs.within;
    this.threshold = threshold;
    this.#distances = distances;
    this.#limit = Math.min(threshold, Number.MAX_VALUE);
    const open = sorted(pairs);
    const lastBirth = lastCycle(distances.count, open);
    const mostOpen = open.values.length === 0 ? 0 : open.values[Math.floor(open.values.length * OPEN_SHARE)];
    const least = Math.max(lastBirth, Math.min(mostOpen, this.#limit));
    this.#reached = start.reach;
    this.#handedOver = start.first.values.length;
    const most = Math.min(this.#limit, FIRST_REACH * least);
    this.#first = least <= start.reach ? start.first : joinStretches(start.first, this.#stretch(least, most));
    this.#handedOver = 0;
    this.open = { ...open, ranks: this.#ranksOf(open, this.#first) };
  }

  next(): EdgeStretch {
    let stretch = this.#first;
    this.#first = undefined;
    // A reach that holds no further edge is possible.
    while (stretch === undefined || (stretch.values.length === 0 && this.#handedOver < this.edgeCount)) {
      stretch = this.#stretch(this.#reached, this.#limit);
    }
    this.#handedOver += stretch.values.length;
    return stretch;
  }

  valueBetween(u: number, v: number): number {
    if (u === v) return Number.POSITIVE_INFINITY;
    const value = this.#distances.lower[u > v ? (u * (u - 1)) / 2 + v : (v * (v - 1)) / 2 + u];
    return value <= this.#limit ? value : Number.POSITIVE_INFINITY;
  }

  /**
   * The next pairs in order: those beyond what has been reached up to `least`, and further ones, none beyond `most`, until there are about
   * twice as many as up to `least`.
   */
  #stretch(least: number, most: number): EdgeStretch {
    const found = pairsBetween(this.#distances, this.#reached, most);
    const reach = this.#cut(found, least, most);
    const chosen = reach < most ? upTo(found, reach) : found;
    this.#reached = reach;
    return sorted(chosen);
  }

  #cut({ values }: EdgeStretch, least: number, most: number): number {
    const scale = BINS / (most - least);
    if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return most;
    const bins = new Int32Array(BINS + 1);
    let within = this.#handedOver;
    for (let at = 0; at < values.length; at++) {
      if (values[at] <= least) within += 1;
      else bins[Math.floor((values[at] - least) * scale)] += 1;
    }
    const wanted = 2 * within + this.vertexCount;
    for (let bin = 0; bin < BINS - 1; bin++) {
      within += bins[bin];
      const cut = least + (bin + 1) / scale;
      if (within >= wanted && cut > least) return cut;
    }
    return most;
  }

  /** Both lists are in one order, so those of the first stretch are met along it; what comes before each of the others is counted. */
  #ranksOf(open: EdgeStretch, first: EdgeStretch): Int32Array {
    const ranks = new Int32Array(open.values.length);
    let known = 0;
    for (let rank = 0; rank < first.values.length && known < ranks.length; rank++) {
      if (first.heads[rank] === open.heads[known] && first.tails[rank] === open.tails[known]) ranks[known++] = rank;
    }
    if (known === ranks.length) return ranks;
    // before[k]: pairs beyond the first stretch that come before the k-th of the others, and not before the one preceding it.
    const before = new Int32Array(ranks.length);
    const { count, lower } = this.#distances;
    for (let i = 1, at = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        const value = lower[at++];
        if (value <= this.#reached || value > this.#limit) continue;
        const next = firstAfter(open, known, value, i, j);
        if (next < before.length) before[next] += 1;
      }
    }
    let rank = first.values.length;
    for (let k = known; k < ranks.length; k++) {
      rank += before[k];
      ranks[k] = rank;
    }
    return ranks;
  }
}

/** The first of the edges from `low` on that comes after the pair (i, j), i > j, in the order. */
function firstAfter({ tails, heads, values }: EdgeStretch, from: number, value: number, i: number, j: number): number {
  let low = from;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isAfter =
      values[middle] > value ||
      (values[middle] === value && (heads[middle] > i || (heads[middle] === i && tails[middle] > j)));
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The pairs at more than `above` and at most `most`, in the order of the lower triangle. */
export function pairsBetween({ count, lower }: Distances, above: number, most: number): EdgeStretch {
  let capacity = Math.min(lower.length, Math.max(16 * count, FEW_PAIRS)) + count;
  let tails = new Int32Array(capacity);
  let heads = new Int32Array(capacity);
  let values = new Float64Array(capacity);
  let found = 0;
  for (let i = 1, at = 0; i < count; i++) {
    if (found + i > capacity) {
      capacity = Math.min(2 * capacity, lower.length + count);
      tails = grown(tails, capacity);
      heads = grown(heads, capacity);
      const longer = new Float64Array(capacity);
      longer.set(values);
      values = longer;
    }
    // Written to in any case, so that there is no branch to mispredict.
    for (let j = 0; j < i; j++) {
      const value = lower[at++];
      tails[found] = j;
      heads[found] = i;
      values[found] = value;
      found += +(value <= most) & +(value > above);
    }
  }
  return { tails: tails.subarray(0, found), heads: heads.subarray(0, found), values: values.subarray(0, found) };
}

function upTo({ tails, heads, values }: EdgeStretch, reach: number): EdgeStretch {
  let kept = 0;
  for (let at = 0; at < values.length; at++) {
    tails[kept] = tails[at];
    heads[kept] = heads[at];
    values[kept] = values[at];
    kept += +(values[at] <= reach);
  }
  return { tails: tails.subarray(0, kept), heads: heads.subarray(0, kept), values: values.subarray(0, kept) };
}

function grown(values: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(capacity);
  longer.set(values);
  return longer;
}

/** The value of the last of the edges that closes a cycle; -1 if none does. */
function lastCycle(vertexCount: number, edges: EdgeStretch): number {
  const isInForest = spanningForest(vertexCount, edges);
  for (let k = isInForest.length - 1; k >= 0; k--) if (isInForest[k] === 0) return edges.values[k];
  return -1;
}
