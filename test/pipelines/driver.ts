/** One processor on one partition without a log, its clock in the test's hand: what it holds can be counted. */
import type { DeadLetter } from '../../schemas/records.ts';
import { Execution } from '../../src/streams/execution.ts';
import { IdleKeys } from '../../src/streams/idle.ts';
import type { LogRecord, OutRecord } from '../../src/streams/log.ts';
import type { Processor, Topic } from '../../src/streams/processor.ts';
import { ChangelogStore } from '../../src/streams/store.ts';

export class Driver {
  readonly #processor: Processor;
  readonly #execution: Execution;
  readonly #idle = new IdleKeys(0);
  /** The changelog of each store, as a broker would keep it without compaction. */
  readonly #changelogs = new Map<string, OutRecord[]>();
  readonly #offsets = new Map<string, number>();
  readonly outputs: OutRecord[] = [];
  /** When the last batch expects something urgent, in ms from it; null: never. */
  expectedInMs: number | null = null;
  nowMs = 0;

  private constructor(processor: Processor, deadLetters: Topic<DeadLetter>) {
    this.#processor = processor;
    this.#execution = new Execution({
      processor,
      partition: 0,
      deadLetters,
      partitionCounts: new Map([...processor.outputs, deadLetters].map(({ name }) => [name, 1])),
      observer: {},
      idle: this.#idle,
      now: () => this.nowMs,
    });
  }

  static async start(processor: Processor, deadLetters: Topic<DeadLetter>): Promise<Driver> {
    const driver = new Driver(processor, deadLetters);
    await driver.#execution.restored();
    return driver;
  }

  /** Entries of each store. */
  get sizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#execution.stores()].map(({ spec, size }) => [spec.name, size]));
  }

  store(name: string): ChangelogStore<unknown> {
    const found = [...this.#execution.stores()].find(({ spec }) => spec.name === name);
    if (found === undefined) throw new Error(`${this.#processor.name} has no store ${name}`);
    return found;
  }

  /** The store as another task would restore it from the changelog. */
  restored(name: string): ChangelogStore<unknown> {
    const store = new ChangelogStore(this.store(name).spec);
    for (const { key, value } of this.#changelogs.get(name) ?? []) store.restore({ key, value });
    store.restored();
    return store;
  }

  async send<T>(topic: Topic<T>, key: string, ...values: readonly T[]): Promise<void> {
    await this.sendBytes(topic as Topic, key, ...values.map((value) => topic.codec.encode(value)));
  }

  /** A table's record is taken away. */
  async sendTombstone<T>(topic: Topic<T>, key: string): Promise<void> {
    await this.sendBytes(topic as Topic, key, null);
  }

  async sendBytes(topic: Topic, key: string, ...values: readonly (Uint8Array | null)[]): Promise<void> {
    const taken = values.map((value) => ({ topic, record: this.#record(topic, key, value), dead: false }));
    await this.#execution.process(taken);
    this.#drain();
  }

  /** Nothing waits: the processor may work ahead, until it knows of nothing more. Returns how often it did. */
  async anticipate(): Promise<number> {
    for (let times = 0; ; times++) if (!(await this.#execution.anticipate())) return times;
  }

  /** The wall clock goes on; keys that fell silent are woken. */
  async wait(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const { key, dueMs } of this.#idle.due(this.nowMs, Number.POSITIVE_INFINITY)) this.#execution.tick(key, dueMs);
    for (const { topic, key, value } of this.#drain()) {
      const input = this.#processor.inputs.find(({ name }) => name === topic);
      if (input !== undefined && key !== null && value !== null)
        await this.sendBytes(input, Buffer.from(key).toString(), value);
    }
  }

  #drain(): readonly OutRecord[] {
    const { out, expectedInMs } = this.#execution.drainOutputs();
    this.expectedInMs = expectedInMs;
    this.outputs.push(...out);
    for (const store of this.#execution.stores()) {
      const records = this.#changelogs.get(store.spec.name) ?? [];
      this.#changelogs.set(store.spec.name, records);
      store.drain('changelog', 0, records);
    }
    return out;
  }

  #record({ name }: Topic, key: string, value: Uint8Array | null): LogRecord {
    const offset = this.#offsets.get(name) ?? 0;
    this.#offsets.set(name, offset + 1);
    return { topic: name, partition: 0, offset, appendMs: this.nowMs, key: Buffer.from(key), value, headers: {} };
  }
}
