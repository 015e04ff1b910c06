/** The heights under way: a slot each, between the watermarks (4.2), and forgotten below the last stable checkpoint (4.3). */
import { isCount } from '../block.ts';
import type { Prepared } from './message.ts';
import { type Accepted, Slot } from './slot.ts';

export class Log {
  readonly #window: number;
  readonly #slots = new Map<number, Slot>();
  #low = 0;

  /** `window`: heights between the watermarks. */
  constructor(window: number) {
    this.#window = window;
  }

  /** The low watermark: height of the last stable checkpoint. */
  get low(): number {
    return this.#low;
  }

  /** The high one. */
  get high(): number {
    return this.#low + this.#window;
  }

  isInWindow(height: number): boolean {
    return isCount(height) && height > this.#low && height <= this.high;
  }

  find(height: number): Slot | undefined {
    return this.#slots.get(height);
  }

  /** Makes it when there is none. */
  at(height: number): Slot {
    let slot = this.#slots.get(height);
    if (slot === undefined) {
      slot = new Slot(height);
      this.#slots.set(height, slot);
    }
    return slot;
  }

  /** In the order in which they were first heard of. */
  slots(): Iterable<Slot> {
    return this.#slots.values();
  }

  /** The blocks accepted in a view, above a height. */
  acceptedIn(view: number, above: number): (readonly [Slot, Accepted])[] {
    const found: (readonly [Slot, Accepted])[] = [];
    for (const slot of this.#slots.values()) {
      const { height, accepted } = slot;
      if (height > above && accepted?.prePrepare.view === view) found.push([slot, accepted]);
    }
    return found;
  }

  /** Whether a block above this height is accepted or decided. */
  hasBlockAbove(height: number): boolean {
    for (const slot of this.#slots.values()) {
      if (slot.height > height && (slot.accepted !== null || slot.decided !== null)) return true;
    }
    return false;
  }

  /** What is prepared, by rising height: what a view change has to tell (P in 4.4). */
  prepared(): Prepared[] {
    const prepared: Prepared[] = [];
    for (const slot of this.#slots.values()) if (slot.prepared !== null) prepared.push(slot.prepared);
    return prepared.sort((a, b) => a.certificate.height - b.certificate.height);
  }

  /** The checkpoint at `low` is stable: nobody needs what is below any more. */
  advance(low: number): void {
    this.#low = low;
    for (const height of this.#slots.keys()) if (height <= low) this.#slots.delete(height);
  }
}
