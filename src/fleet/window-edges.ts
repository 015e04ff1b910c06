import type { KnownEdge } from './edge-directory.ts';
import { EDGES_PER_WINDOW_MAX } from './limits.ts';

/** Interactions of one caller with one callee, summed over a window. */
export interface EdgeSum {
  count: number;
  errors: number;
  /** Sum of latency x requests, in ms. */
  latencySum: number;
  /** Requests that the sum covers. */
  latencyCount: number;
  boundary: boolean;
}

type DroppedEdge = readonly [KnownEdge, EdgeSum];

const NONE: readonly DroppedEdge[] = [];
/** Of what the caller with most has more than the one that asks for room, this share goes at once, so that looking through all pairs is rare. */
const SHARE_DROPPED = 1 / 8;

/**
 * The caller-callee pairs of one window, at most EDGES_PER_WINDOW_MAX. When they are that many, callers share them as max-min fairness has it: a caller
 * takes the place of one that has at least two pairs more, whose pairs with the fewest requests go; so one caller with invented callees keeps nobody
 * out. Callers may be as many as there are pairs, and each is as good as another: invented callers are not told from real ones.
 *
 * What goes follows from the sums alone, so a decoded copy drops the same.
 */
export class WindowEdges {
  readonly #sums = new Map<KnownEdge, EdgeSum>();
  /** Pairs by caller, and the most of one; counted from the first time that the window is full. */
  #pairsOf: Map<string, number> | null = null;
  #most = 0;
  #bytes = 0;

  /** What the pairs take in the stored state. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#sums.size;
  }

  get full(): boolean {
    return this.#sums.size >= EDGES_PER_WINDOW_MAX;
  }

  has(edge: KnownEdge): boolean {
    return this.#sums.has(edge);
  }

  get(edge: KnownEdge): EdgeSum | undefined {
    return this.#sums.get(edge);
  }

  /** Takes a pair that the window does not have. */
  add(edge: KnownEdge, sum: EdgeSum): void {
    this.#sums.set(edge, sum);
    this.#bytes += edgeBytes(edge);
    if (this.#pairsOf === null) return;
    const pairs = (this.#pairsOf.get(edge.caller) ?? 0) + 1;
    this.#pairsOf.set(edge.caller, pairs);
    this.#most = Math.max(this.#most, pairs);
  }

  /** Makes room for one more pair of a caller and returns what had to go; nothing where the caller has to do without. */
  makeRoom(caller: string): readonly DroppedEdge[] {
    this.#pairsOf ??= this.#count();
    const pairsOf = this.#pairsOf;
    const surplus = this.#most - (pairsOf.get(caller) ?? 0) - 1;
    if (surplus < 1) return NONE;
    let largest = '';
    for (const [id, pairs] of pairsOf) {
      if (pairs === this.#most && (largest === '' || id < largest)) largest = id;
    }
    const theirs = [...this.#sums].filter(([edge]) => edge.caller === largest).sort(byRequests);
    const dropped = theirs.slice(0, Math.max(1, Math.floor(surplus * SHARE_DROPPED)));
    for (const [edge] of dropped) {
      this.#sums.delete(edge);
      this.#bytes -= edgeBytes(edge);
    }
    pairsOf.set(largest, theirs.length - dropped.length);
    this.#most = 0;
    for (const pairs of pairsOf.values()) this.#most = Math.max(this.#most, pairs);
    return dropped;
  }

  #count(): Map<string, number> {
    const pairsOf = new Map<string, number>();
    for (const { caller } of this.#sums.keys()) {
      const pairs = (pairsOf.get(caller) ?? 0) + 1;
      pairsOf.set(caller, pairs);
      this.#most = Math.max(this.#most, pairs);
    }
    return pairsOf;
  }
}

/** What a pair takes in the stored state of a window: two ids, five numbers in 33 bytes. */
export function edgeBytes({ caller, callee }: KnownEdge): number {
  return 2 + caller.length + callee.length + 33;
}

/** Fewest requests first; of equals the callee whose id comes last. */
function byRequests([a, one]: DroppedEdge, [b, other]: DroppedEdge): number {
  if (one.count !== other.count) return one.count - other.count;
  return a.callee < b.callee ? 1 : -1;
}
