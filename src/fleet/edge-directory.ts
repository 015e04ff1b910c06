/** A caller-callee pair met before. Windows use it as the key of their sums. */
export interface KnownEdge {
  readonly caller: string;
  readonly callee: string;
}

/** Pairs known at least before those no longer met are dropped. */
const PRUNE_MIN = 256;

/**
 * The caller-callee pairs of a cell in ascending order. It only spares sorting a window's edges anew at every close and has no bearing
 * on any result, so it is not stored.
 */
export class EdgeDirectory {
  readonly #byCaller = new Map<string, Map<string, KnownEdge>>();
  #sorted: KnownEdge[] = [];
  #unsorted: KnownEdge[] = [];
  /** Pairs known when they are next looked through. */
  #pruneAt = PRUNE_MIN;

  /** Pairs known. */
  get size(): number {
    return this.#sorted.length + this.#unsorted.length;
  }

  /** The pair, if it is known. */
  find(caller: string, callee: string): KnownEdge | undefined {
    return this.#byCaller.get(caller)?.get(callee);
  }

  /** Makes a pair known that is not. */
  add(caller: string, callee: string): KnownEdge {
    const edge = { caller, callee };
    const callees = this.#byCaller.get(caller);
    if (callees === undefined) this.#byCaller.set(caller, new Map([[callee, edge]]));
    else callees.set(callee, edge);
    this.#unsorted.push(edge);
    return edge;
  }

  /** All pairs known, by caller and callee in ascending order. */
  sorted(): readonly KnownEdge[] {
    if (this.#unsorted.length > 0) {
      this.#unsorted.sort(byCallerAndCallee);
      this.#sorted = merged(this.#sorted, this.#unsorted);
      this.#unsorted = [];
    }
    return this.#sorted;
  }

  /** Drops pairs that `inUse` denies, once the pairs known have doubled since that was last done. */
  prune(inUse: (edge: KnownEdge) => boolean): void {
    if (this.size < this.#pruneAt) return;
    const kept = this.sorted().filter(inUse);
    for (const edge of this.#sorted) {
      if (inUse(edge)) continue;
      const callees = this.#byCaller.get(edge.caller);
      callees?.delete(edge.callee);
      if (callees?.size === 0) this.#byCaller.delete(edge.caller);
    }
    this.#sorted = kept;
    this.#pruneAt = Math.max(PRUNE_MIN, 2 * kept.length);
  }
}

function byCallerAndCallee(a: KnownEdge, b: KnownEdge): number {
  if (a.caller !== b.caller) return a.caller < b.caller ? -1 : 1;
  return a.callee < b.callee ? -1 : a.callee > b.callee ? 1 : 0;
}

function merged(a: readonly KnownEdge[], b: readonly KnownEdge[]): KnownEdge[] {
  const all: KnownEdge[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) all.push(byCallerAndCallee(a[i], b[j]) < 0 ? a[i++] : b[j++]);
  while (i < a.length) all.push(a[i++]);
  while (j < b.length) all.push(b[j++]);
  return all;
}
