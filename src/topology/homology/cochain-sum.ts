import { END, type Filtration } from '../filtrations/filtration.ts';
import { inverse } from './prime-field.ts';

const NONE = -1;

/**
 * A cochain over Z/p, that is a sum of cells of one dimension with coefficients, and its coboundary, which is never written out: a heap of
 * cursors, one a cell, each standing on the next cofacet of its cell. The heap's least cofacet, where the coefficients that meet there do not
 * cancel, is the coboundary's pivot.
 *
 * Whatever lies before the last pivot taken has cancelled. So every cursor stands on its cell's first cofacet after that pivot, a saved
 * sum is just its cells, cursors and coefficients, and adding it to another with the same pivot goes on from there.
 */
export class CochainSum {
  readonly #filtration: Filtration;
  readonly #dimension: number;
  readonly #modulus: number;
  #cells = new Float64Array(64);
  #cursors = new Float64Array(64);
  #coefficients = new Int32Array(64);
  #isInHeap = new Uint8Array(64);
  #count = 0;
  // A binary heap of members by the cofacet that they stand on.
  #heapKeys = new Float64Array(64);
  #heapMembers = new Int32Array(64);
  #heapSize = 0;
  // Open addressing from cells to members; half empty at least.
  #slots = new Int32Array(256).fill(NONE);
  #pivotCoefficient = 0;

  constructor(filtration: Filtration, dimension: number, modulus: number) {
    this.#filtration = filtration;
    this.#dimension = dimension;
    this.#modulus = modulus;
  }

  clear(): void {
    // Last in, first out, so that no probe that led past a slot is cut short before its own cell has gone.
    for (let member = this.#count - 1; member >= 0; member--) this.#slots[this.#slotOf(this.#cells[member])] = NONE;
    this.#count = 0;
    this.#heapSize = 0;
  }

  /** Adds `coefficient` times a cell, whose coboundary goes on from `cursor`; END if nothing is left of it. */
  add(cell: number, cursor: number, coefficient: number): void {
    if (this.#count === this.#cells.length) this.#grow();
    const slot = this.#slotOf(cell);
    let member = this.#slots[slot];
    if (member === NONE) {
      member = this.#count++;
      this.#slots[slot] = member;
      this.#cells[member] = cell;
      this.#coefficients[member] = coefficient % this.#modulus;
      this.#isInHeap[member] = 0;
    } else {
      this.#coefficients[member] = (this.#coefficients[member] + coefficient) % this.#modulus;
    }
    if (this.#isInHeap[member] === 1 || this.#coefficients[member] === 0) return;
    this.#cursors[member] = cursor;
    if (cursor !== END) this.#push(this.#filtration.cofacet(this.#dimension, cell, cursor), member);
  }

  /** Takes the coboundary's least cell that has not cancelled out of it, or gives -1 if the coboundary is zero. */
  takePivot(): number {
    const filtration = this.#filtration;
    const dimension = this.#dimension;
    const modulus = this.#modulus;
    while (this.#heapSize > 0) {
      const pivot = this.#heapKeys[0];
      let sum = 0;
      while (this.#heapSize > 0 && this.#heapKeys[0] === pivot) {
        const member = this.#heapMembers[0];
        const coefficient = this.#coefficients[member];
        if (coefficient === 0) {
          this.#isInHeap[member] = 0;
          this.#dropLeast();
          continue;
        }
        const cell = this.#cells[member];
        const cursor = this.#cursors[member];
        if (modulus === 2) sum ^= 1;
        else sum += filtration.cofacetSign(dimension, cell, cursor) > 0 ? coefficient : modulus - coefficient;
        const next = filtration.nextCofacet(dimension, cell, cursor);
        this.#cursors[member] = next;
        if (next === END) {
          this.#isInHeap[member] = 0;
          this.#dropLeast();
        } else this.#sinkLeast(filtration.cofacet(dimension, cell, next), member);
      }
      if (sum % modulus !== 0) {
        this.#pivotCoefficient = sum % modulus;
        return pivot;
      }
    }
    return -1;
  }

  /** The coefficient, 1..modulus - 1, of the pivot taken last. */
  get pivotCoefficient(): number {
    return this.#pivotCoefficient;
  }

  /** Hands out every cell of the sum, with where its coboundary goes on and its coefficient. */
  forEach(visit: (cell: number, cursor: number, coefficient: number) => void): void {
    for (let member = 0; member < this.#count; member++) {
      const coefficient = this.#coefficients[member];
      if (coefficient !== 0) visit(this.#cells[member], this.#cursors[member], coefficient);
    }
  }

  /** The sum as a cocycle that is 1 on `first`, cells ascending. */
  cocycle(first: number): Cocycle {
    const entries: [number, number][] = [];
    let scale = 1;
    this.forEach((cell, _, coefficient) => {
      entries.push([cell, coefficient]);
      if (cell === first) scale = inverse(coefficient, this.#modulus);
    });
    entries.sort(([a], [b]) => a - b);
    return {
      cells: Float64Array.from(entries, ([cell]) => cell),
      coefficients: Int32Array.from(entries, ([, coefficient]) => (coefficient * scale) % this.#modulus),
    };
  }

  #slotOf(cell: number): number {
    const cells = this.#cells;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const mixed = Math.imul((cell | 0) ^ Math.imul((cell / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (slots[slot] !== NONE && cells[slots[slot]] !== cell) slot = (slot + 1) & mask;
    return slot;
  }

  #push(key: number, member: number): void {
    const keys = this.#heapKeys;
    const members = this.#heapMembers;
    this.#isInHeap[member] = 1;
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

  #dropLeast(): void {
    const last = --this.#heapSize;
    if (last > 0) this.#sinkLeast(this.#heapKeys[last], this.#heapMembers[last]);
  }

  #sinkLeast(key: number, member: number): void {
    const keys = this.#heapKeys;
    const members = this.#heapMembers;
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
    const size = this.#cells.length * 2;
    this.#cells = enlarged(this.#cells, new Float64Array(size));
    this.#cursors = enlarged(this.#cursors, new Float64Array(size));
    this.#coefficients = enlarged(this.#coefficients, new Int32Array(size));
    this.#isInHeap = enlarged(this.#isInHeap, new Uint8Array(size));
    this.#heapKeys = enlarged(this.#heapKeys, new Float64Array(size));
    this.#heapMembers = enlarged(this.#heapMembers, new Int32Array(size));
    this.#slots = new Int32Array(size * 4).fill(NONE);
    for (let member = 0; member < this.#count; member++) this.#slots[this.#slotOf(this.#cells[member])] = member;
  }
}

/** A cochain whose coboundary vanishes while the bar that it belongs to lives: `coefficients[k]`, 1..modulus - 1, times `cells[k]`. */
export interface Cocycle {
  /** Ascending; the first is the cell that creates the bar. */
  readonly cells: Float64Array;
  readonly coefficients: Int32Array;
}

function enlarged<A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
