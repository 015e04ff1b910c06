import { END, type TriangleFiltration } from '../filtrations/filtration.ts';

const NOT_IN_SUM = 0;
const CANCELLED = -1;
const USED_UP = Number.POSITIVE_INFINITY;

/**
 * A sum over Z/2 of coboundaries of edges that is never written out: a heap of cursors, one an edge, each standing on the next 2-cell of
 * its edge's coboundary. The heap's least 2-cell, where an odd number of cursors stand on it, is the sum's pivot.
 *
 * Whatever lies before the last pivot taken has cancelled, so a saved sum is just its cursors, and adding it goes on from there.
 */
export class CoboundarySum {
  readonly #filtration: TriangleFiltration;
  /** One more than the member that holds each edge, or NOT_IN_SUM. */
  readonly #memberOf: Int32Array;
  #edges = new Int32Array(64);
  #cursors = new Float64Array(64);
  #count = 0;
  // A binary heap of the members that have a next 2-cell, by that cell's key.
  #heapKeys = new Float64Array(64);
  #heapMembers = new Int32Array(64);
  #heapSize = 0;
  #steps = 0;

  constructor(filtration: TriangleFiltration) {
    this.#filtration = filtration;
    this.#memberOf = new Int32Array(filtration.edgeCount);
  }

  clear(): void {
    for (let member = 0; member < this.#count; member++) {
      if (this.#edges[member] !== CANCELLED) this.#memberOf[this.#edges[member]] = NOT_IN_SUM;
    }
    this.#count = 0;
    this.#heapSize = 0;
    this.#steps = 0;
  }

  /**
   * Adds an edge's coboundary from the 2-cell that `cursor` stands on; END if nothing is left of it. An edge that is there already
   * goes instead: both copies stand on the same cell and would cancel from there on.
   */
  add(edge: number, cursor: number): void {
    const present = this.#memberOf[edge];
    if (present !== NOT_IN_SUM) {
      this.#edges[present - 1] = CANCELLED;
      this.#memberOf[edge] = NOT_IN_SUM;
      return;
    }
    if (this.#count === this.#edges.length) this.#grow();
    const member = this.#count++;
    this.#edges[member] = edge;
    this.#cursors[member] = cursor;
    this.#memberOf[edge] = member + 1;
    // Edges may have been ranked since a cursor was saved that stood at the end of them.
    if (cursor < END) this.#cursors[member] = this.#filtration.nextRankedCofacet(edge, cursor);
    const key = this.#keyOf(edge, this.#cursors[member]);
    if (key !== USED_UP) this.#push(key, member);
  }

  /** Takes the least 2-cell with coefficient 1 out of the sum, or gives -1 if the sum is zero. */
  takePivot(): number {
    const filtration = this.#filtration;
    while (this.#heapSize > 0) {
      const cell = this.#heapKeys[0];
      let odd = false;
      while (this.#heapSize > 0 && this.#heapKeys[0] === cell) {
        const member = this.#heapMembers[0];
        const edge = this.#edges[member];
        let nextKey = USED_UP;
        if (edge !== CANCELLED) {
          const cursor = this.#cursors[member];
          if (cursor >= 0) odd = !odd;
          else if (filtration.horizon === cell) filtration.rankMore();
          const next = filtration.nextRankedCofacet(edge, cursor);
          this.#cursors[member] = next;
          nextKey = this.#keyOf(edge, next);
          this.#steps += 1;
        }
        this.#replaceLeast(nextKey, member);
      }
      if (odd) return cell;
    }
    return -1;
  }

  /** How often a cursor has moved on since clear(): what this sum has cost. */
  get steps(): number {
    return this.#steps;
  }

  /** Number of members, cancelled ones included: the range of edgeAt and cursorAt. */
  get memberCount(): number {
    return this.#count;
  }

  /** The edge of a member, or -1 if it has cancelled. */
  edgeAt(member: number): number {
    return this.#edges[member];
  }

  /** Where a member's edge goes on; END if its coboundary is used up, so that it matters to the cocycle but to no later sum. */
  cursorAt(member: number): number {
    return this.#cursors[member];
  }

  /** What a member is sorted by: its 2-cell, or the least that it can be while that is not known. */
  #keyOf(edge: number, cursor: number): number {
    if (cursor === END) return USED_UP;
    return cursor < END ? this.#filtration.horizon : this.#filtration.cofacet(edge, cursor);
  }

  #push(key: number, member: number): void {
    const keys = this.#heapKeys;
    const members = this.#heapMembers;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent];
      members[at] = members[parent];
      at = parent;
    }
    keys[at] = key;
    members[at] = member;
  }

  /** Gives the heap's least entry a new key, or drops it where the key is USED_UP. */
  #replaceLeast(newKey: number, newMember: number): void {
    const keys = this.#heapKeys;
    const members = this.#heapMembers;
    let key = newKey;
    let member = newMember;
    if (key === USED_UP) {
      this.#heapSize -= 1;
      key = keys[this.#heapSize];
      member = members[this.#heapSize];
    }
    const size = this.#heapSize;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[child + 1] < keys[child]) child += 1;
      if (keys[child] >= key) break;
      keys[at] = keys[child];
      members[at] = members[child];
      at = child;
    }
    keys[at] = key;
    members[at] = member;
  }

  #grow(): void {
    const edges = new Int32Array(this.#edges.length * 2);
    const cursors = new Float64Array(this.#edges.length * 2);
    const heapKeys = new Float64Array(this.#edges.length * 2);
    const heapMembers = new Int32Array(this.#edges.length * 2);
    edges.set(this.#edges);
    cursors.set(this.#cursors);
    heapKeys.set(this.#heapKeys);
    heapMembers.set(this.#heapMembers);
    this.#edges = edges;
    this.#cursors = cursors;
    this.#heapKeys = heapKeys;
    this.#heapMembers = heapMembers;
  }
}
