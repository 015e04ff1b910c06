import type { NeighbourLists } from './neighbour-lists.ts';
import { comesBefore, type PairValues, pairOf } from './pair-values.ts';

/** A triangle by its last and its second last pair to be joined; comes before another one by these, in this order. */
export interface Triangle {
  readonly lastValue: number;
  readonly lastPair: number;
  readonly secondValue: number;
  readonly secondPair: number;
}

const CANCELLED = -1;
/** In the place of a vertex: the member is one triangle and no pair. */
const ALONE = -2;
const NOT_IN_SUM = 0;
/** In the place of a pair's name: the triangle is not known yet, only that its last pair is beyond the horizon. */
const BEYOND = Number.MAX_SAFE_INTEGER;

/**
 * A sum over Z/2 of coboundaries of pairs that is never written out, as homology/coboundary-sum.ts has it for a filtration whose edges are
 * ranked: here nothing is ranked, pairs are compared by their values, so that a change of some leaves the others as they are.
 */
export class PairCoboundarySum {
  readonly #values: PairValues;
  readonly #lists: NeighbourLists;
  /** By pair, one more than the member that holds it, or NOT_IN_SUM. */
  #memberOf: Int32Array;
  // By member: its pair, how much of the lists of both ends has been walked, and the triangle it stands on.
  #tails = new Int32Array(64);
  #heads = new Int32Array(64);
  #walkedTail = new Int32Array(64);
  #walkedHead = new Int32Array(64);
  #lastValues = new Float64Array(64);
  #lastPairs = new Float64Array(64);
  #secondValues = new Float64Array(64);
  #secondPairs = new Float64Array(64);
  #count = 0;
  /** A binary heap of members by their triangles. */
  #heap = new Int32Array(64);
  #heapSize = 0;

  constructor(values: PairValues, lists: NeighbourLists) {
    this.#values = values;
    this.#lists = lists;
    this.#memberOf = new Int32Array(pairOf(values.stride, 0));
  }

  /** After the values have grown; the sum must be clear. */
  grow(): void {
    this.#memberOf = new Int32Array(pairOf(this.#values.stride, 0));
  }

  clear(): void {
    for (let member = 0; member < this.#count; member++) {
      if (this.#tails[member] >= 0) {
        this.#memberOf[pairOf(this.#tails[member], this.#heads[member])] = NOT_IN_SUM;
      }
    }
    this.#count = 0;
    this.#heapSize = 0;
  }

  /** Adds a pair's coboundary. */
  add(tail: number, head: number): void {
    const member = this.#member(tail, head);
    if (member < 0) return;
    if (this.#advance(member)) this.#push(member);
  }

  /** Adds a pair's coboundary from what comes after a triangle that the sum has come to. */
  addAfter(tail: number, head: number, triangle: Triangle): void {
    const own = pairOf(tail, head);
    if (comesBefore(triangle.lastValue, triangle.lastPair, this.#values.get(tail, head), own)) {
      // All of it comes after.
      this.add(tail, head);
      return;
    }
    const member = this.#member(tail, head);
    if (member < 0) return;
    // Triangles of which the pair is the last are found when the second last is passed, all others when the last is.
    const isLast = own === triangle.lastPair;
    const value = isLast ? triangle.secondValue : triangle.lastValue;
    const pair = isLast ? triangle.secondPair : triangle.lastPair;
    this.#walkedTail[member] = this.#lists.countBefore(tail, value, pair);
    this.#walkedHead[member] = this.#lists.countBefore(head, value, pair);
    let isLeft = this.#advance(member);
    if (isLeft && this.#isNotAfter(member, triangle)) isLeft = this.#advance(member);
    if (isLeft) this.#push(member);
  }

  /** Adds one triangle. */
  addTriangle({ lastValue, lastPair, secondValue, secondPair }: Triangle): void {
    this.#growMembers();
    const member = this.#count++;
    this.#tails[member] = ALONE;
    this.#lastValues[member] = lastValue;
    this.#lastPairs[member] = lastPair;
    this.#secondValues[member] = secondValue;
    this.#secondPairs[member] = secondPair;
    this.#push(member);
  }

  /** Adds a pair to pairs(), or takes it out, and leaves the triangles as they are: no more of them may be taken before clear(). */
  togglePair(tail: number, head: number): void {
    this.#member(tail, head);
  }

  /** Takes the first triangle with coefficient 1 out of the sum; undefined if there is none, or none up to `most` where that is given. */
  takePivot(most?: Triangle): Triangle | undefined {
    while (this.#heapSize > 0) {
      const first = this.#heap[0];
      if (most !== undefined && this.#isAfter(first, most)) return undefined;
      const lastValue = this.#lastValues[first];
      const lastPair = this.#lastPairs[first];
      const secondValue = this.#secondValues[first];
      const secondPair = this.#secondPairs[first];
      if (lastPair === BEYOND) {
        if (this.#lists.horizon === lastValue) this.#lists.extend(lastValue);
        this.#replaceFirst(this.#advance(first));
        continue;
      }
      let isOdd = false;
      while (this.#heapSize > 0) {
        const member = this.#heap[0];
        if (this.#lastPairs[member] !== lastPair || this.#secondPairs[member] !== secondPair) break;
        if (this.#tails[member] === CANCELLED) {
          this.#replaceFirst(false);
        } else {
          isOdd = !isOdd;
          this.#replaceFirst(this.#advance(member));
        }
      }
      if (isOdd) return { lastValue, lastPair, secondValue, secondPair };
    }
    return undefined;
  }

  /** The pairs in the sum, each as its two ends. */
  pairs(): { readonly tails: Int32Array; readonly heads: Int32Array } {
    const tails = new Int32Array(this.#count);
    const heads = new Int32Array(this.#count);
    let kept = 0;
    for (let member = 0; member < this.#count; member++) {
      if (this.#tails[member] < 0) continue;
      tails[kept] = this.#tails[member];
      heads[kept++] = this.#heads[member];
    }
    return { tails: tails.slice(0, kept), heads: heads.slice(0, kept) };
  }

  /** A new member for the pair; -1 if the pair was there already, which then goes. */
  #member(tail: number, head: number): number {
    const pair = pairOf(tail, head);
    const present = this.#memberOf[pair];
    if (present !== NOT_IN_SUM) {
      // It keeps its triangle, by which the heap has placed it.
      this.#tails[present - 1] = CANCELLED;
      this.#memberOf[pair] = NOT_IN_SUM;
      return -1;
    }
    this.#growMembers();
    const member = this.#count++;
    this.#tails[member] = tail;
    this.#heads[member] = head;
    this.#walkedTail[member] = 0;
    this.#walkedHead[member] = 0;
    this.#memberOf[pair] = member + 1;
    return member;
  }

  /**
   * Moves a member to its next triangle, by merging the lists of its ends: a third vertex has been met in both when the later of its two pairs
   * is passed. Where the lists end at the horizon it stands on what is beyond. False if nothing is left.
   */
  #advance(member: number): boolean {
    const tail = this.#tails[member];
    if (tail < 0) return false;
    const head = this.#heads[member];
    const { rows, stride } = this.#values;
    const { neighbours } = this.#lists;
    const rowT = tail * stride;
    const rowH = head * stride;
    const endT = rowT + this.#lists.length(tail);
    const endH = rowH + this.#lists.length(head);
    let atT = rowT + this.#walkedTail[member];
    let atH = rowH + this.#walkedHead[member];
    while (atT < endT || atH < endH) {
      const byT = atT < endT ? neighbours[atT] : -1;
      const byH = atH < endH ? neighbours[atH] : -1;
      const valueT = byT < 0 ? Number.POSITIVE_INFINITY : rows[rowT + byT];
      const valueH = byH < 0 ? Number.POSITIVE_INFINITY : rows[rowH + byH];
      if (valueT < valueH || (valueT === valueH && pairOf(tail, byT) < pairOf(head, byH))) {
        atT += 1;
        const other = rows[rowH + byT];
        if (other < valueT || (other === valueT && pairOf(head, byT) < pairOf(tail, byT))) {
          this.#stand(member, valueT, pairOf(tail, byT), other, pairOf(head, byT));
          this.#walkedTail[member] = atT - rowT;
          this.#walkedHead[member] = atH - rowH;
          return true;
        }
      } else if (byT === head && byH === tail) {
        // The only pair in both lists is the member itself.
        atT += 1;
        atH += 1;
      } else {
        atH += 1;
        const other = rows[rowT + byH];
        if (other < valueH || (other === valueH && pairOf(tail, byH) < pairOf(head, byH))) {
          this.#stand(member, valueH, pairOf(head, byH), other, pairOf(tail, byH));
          this.#walkedTail[member] = atT - rowT;
          this.#walkedHead[member] = atH - rowH;
          return true;
        }
      }
    }
    this.#walkedTail[member] = atT - rowT;
    this.#walkedHead[member] = atH - rowH;
    if (this.#lists.horizon === Number.POSITIVE_INFINITY) return false;
    this.#lastValues[member] = this.#lists.horizon;
    this.#lastPairs[member] = BEYOND;
    return true;
  }

  /** Sets a member's triangle from its other two pairs, the later one first. */
  #stand(member: number, later: number, laterPair: number, earlier: number, earlierPair: number): void {
    const tail = this.#tails[member];
    const head = this.#heads[member];
    const own = this.#values.get(tail, head);
    const ownPair = pairOf(tail, head);
    if (later < own || (later === own && laterPair < ownPair)) {
      this.#lastValues[member] = own;
      this.#lastPairs[member] = ownPair;
      this.#secondValues[member] = later;
      this.#secondPairs[member] = laterPair;
      return;
    }
    const isOwnSecond = earlier < own || (earlier === own && earlierPair < ownPair);
    this.#lastValues[member] = later;
    this.#lastPairs[member] = laterPair;
    this.#secondValues[member] = isOwnSecond ? own : earlier;
    this.#secondPairs[member] = isOwnSecond ? ownPair : earlierPair;
  }

  #isAfter(member: number, triangle: Triangle): boolean {
    if (this.#lastValues[member] !== triangle.lastValue) return this.#lastValues[member] > triangle.lastValue;
    if (this.#lastPairs[member] !== triangle.lastPair) return this.#lastPairs[member] > triangle.lastPair;
    return !this.#isNotAfter(member, triangle);
  }

  /** Of a member that has come to the triangle's last pair. */
  #isNotAfter(member: number, { lastValue, lastPair, secondValue, secondPair }: Triangle): boolean {
    // A triangle may be told by a value that its last pair had before.
    if (this.#lastPairs[member] !== lastPair || this.#lastValues[member] !== lastValue) return false;
    const value = this.#secondValues[member];
    return value < secondValue || (value === secondValue && this.#secondPairs[member] <= secondPair);
  }

  #comesBefore(a: number, b: number): boolean {
    if (this.#lastValues[a] !== this.#lastValues[b]) return this.#lastValues[a] < this.#lastValues[b];
    if (this.#lastPairs[a] !== this.#lastPairs[b]) return this.#lastPairs[a] < this.#lastPairs[b];
    if (this.#secondValues[a] !== this.#secondValues[b]) return this.#secondValues[a] < this.#secondValues[b];
    return this.#secondPairs[a] < this.#secondPairs[b];
  }

  #push(member: number): void {
    const heap = this.#heap;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#comesBefore(member, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = member;
  }

  /** Puts the first of the heap where it belongs now, or drops it. */
  #replaceFirst(stays: boolean): void {
    const heap = this.#heap;
    let member = heap[0];
    if (!stays) {
      this.#heapSize -= 1;
      member = heap[this.#heapSize];
    }
    const size = this.#heapSize;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#comesBefore(heap[child + 1], heap[child])) child += 1;
      if (!this.#comesBefore(heap[child], member)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = member;
  }

  #growMembers(): void {
    if (this.#count < this.#tails.length) return;
    this.#tails = longer(this.#tails);
    this.#heads = longer(this.#heads);
    this.#walkedTail = longer(this.#walkedTail);
    this.#walkedHead = longer(this.#walkedHead);
    this.#heap = longer(this.#heap);
    this.#lastValues = longerFloats(this.#lastValues);
    this.#lastPairs = longerFloats(this.#lastPairs);
    this.#secondValues = longerFloats(this.#secondValues);
    this.#secondPairs = longerFloats(this.#secondPairs);
  }
}

function longer(values: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * values.length);
  twice.set(values);
  return twice;
}

function longerFloats(values: Float64Array): Float64Array<ArrayBuffer> {
  const twice = new Float64Array(2 * values.length);
  twice.set(values);
  return twice;
}
