/**
 * What the validators of a process say in a partition, written in one order. The next write begins when the one before is acknowledged, or when its last
 * record was read back, which says as much and where cores are few comes some milliseconds sooner: a writer waits for its own acknowledgement, so two take turns.
 */
import { equalBytes } from '../../src/consensus/encoding.ts';
import type { Log, OutRecord, Writer } from '../../src/streams/log.ts';

export class OrderedWrites {
  readonly #writers: readonly Writer[];
  /** The topic whose records are read back. */
  readonly #topic: string;
  readonly #failed: (error: unknown) => void;
  #turn = 0;
  #outbox: OutRecord[] = [];
  #underWay: readonly OutRecord[] | null = null;
  /** Promises that nothing may be written before. */
  readonly #awaited = new Set<Promise<void>>();
  readonly #unacknowledged = new Set<Promise<void>>();

  private constructor(writers: readonly Writer[], topic: string, failed: (error: unknown) => void) {
    this.#writers = writers;
    this.#topic = topic;
    this.#failed = failed;
  }

  /** `failed`: told of a write of which nobody knows what became, and of a pledge that was not kept. Nothing is to be written after it. */
  static async open(log: Log, topic: string, failed: (error: unknown) => void): Promise<OrderedWrites> {
    const opened = await Promise.allSettled([log.writer(), log.writer()]);
    const writers = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const one of opened) {
      if (one.status === 'fulfilled') continue;
      await Promise.all(writers.map((writer) => writer.close()));
      throw one.reason;
    }
    return new OrderedWrites(writers, topic, failed);
  }

  add(record: OutRecord): void {
    this.#outbox.push(record);
  }

  /** Nothing is written until `pledge` is fulfilled, and nothing any more where it is rejected: what is said from here on may rest on what it stands for. */
  waitFor(pledge: Promise<void>): void {
    if (this.#awaited.has(pledge)) return;
    this.#awaited.add(pledge);
    pledge.then(
      () => {
        this.#awaited.delete(pledge);
        this.flush();
      },
      (error: unknown) => this.#failed(error),
    );
  }

  /** Begins to write what was added; what is added meanwhile rides in the next write. */
  flush(): void {
    if (this.#underWay !== null || this.#outbox.length === 0 || this.#awaited.size > 0) return;
    const records = this.#outbox;
    this.#outbox = [];
    this.#underWay = records;
    const written = this.#writers[this.#turn].write(records).then(
      () => {
        if (this.#underWay === records) this.#next();
      },
      (error: unknown) => this.#failed(error),
    );
    this.#unacknowledged.add(written);
    void written.finally(() => this.#unacknowledged.delete(written));
  }

  /** A record of the topic was read. Signatures make each of these values the only one of its kind. */
  readBack(value: Uint8Array): void {
    const records = this.#underWay;
    const last = records?.at(-1)?.value ?? null;
    if (records === null || last === null || !equalBytes(last, value)) return;
    // What went to another topic in the same write may still be on its way.
    if (records.some(({ topic }) => topic !== this.#topic)) return;
    this.#turn = (this.#turn + 1) % this.#writers.length;
    this.#next();
  }

  /** What was not begun is dropped, as if it had not been said. */
  async close(): Promise<void> {
    this.#outbox = [];
    await Promise.all(this.#unacknowledged);
    await Promise.all(this.#writers.map((writer) => writer.close()));
  }

  #next(): void {
    this.#underWay = null;
    this.flush();
  }
}
