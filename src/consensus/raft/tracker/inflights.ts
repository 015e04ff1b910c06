/** A sliding window of messages with entries that a follower has not answered yet: the last index of each. Bounded. */
import type { Index } from '../ids.ts';

export class Inflights {
  readonly #max: number;
  readonly #ends: Index[] = [];

  /** At most `max` messages, at least 1. */
  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#ends.length;
  }

  get isFull(): boolean {
    return this.#ends.length >= this.#max;
  }

  /** A message was sent whose last entry is `end`; ends rise. */
  add(end: Index): void {
    this.#ends.push(end);
  }

  /** The follower has everything up to `index`. */
  freeUpTo(index: Index): void {
    let freed = 0;
    while (freed < this.#ends.length && this.#ends[freed] <= index) freed += 1;
    this.#ends.splice(0, freed);
  }

  reset(): void {
    this.#ends.length = 0;
  }

  clone(): Inflights {
    const copy = new Inflights(this.#max);
    copy.#ends.push(...this.#ends);
    return copy;
  }
}
