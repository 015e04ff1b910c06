/**
 * The order in which a task took its inputs, written with each transaction: one Order record a batch, whose runs say "from this input, up to this
 * offset". Replaying the runs replays the batches, and so the task, byte for byte (replay.ts).
 */
import type { Order, Taken } from '../../schemas/records.ts';

export class OrderBuilder {
  #entries: { input: number; nextOffset: number; dead: boolean }[] = [];

  take(input: number, nextOffset: number, dead = false): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && last.input === input && !last.dead && !dead) last.nextOffset = nextOffset;
    else this.#entries.push({ input, nextOffset, dead });
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  build(processor: string): Order {
    const entries: readonly Taken[] = this.#entries;
    this.#entries = [];
    return { processor, entries };
  }
}
