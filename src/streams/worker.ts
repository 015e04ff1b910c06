/** The tasks of one processor in this process: follows the consumer group's assignment, hands records to tasks, starts failed ones anew. */
import type { Consumer, LogRecord, TopicPartition } from './log.ts';
import { groupOf } from './names.ts';
import type { Processor } from './processor.ts';
import type { Runtime } from './runtime.ts';
import { TableReplica } from './table-replica.ts';
import { type Poison, Task } from './task.ts';

interface Slot {
  readonly partition: number;
  readonly poison: Poison;
  task: Task | null;
  /** Ends the slot: no new task is started in it. */
  closed: boolean;
  readonly loop: Promise<void>;
}

const restartMinMs = 100;
const restartMaxMs = 5_000;
/** A task that ran this long has recovered: its next failure is retried at once. */
const healthyMs = 10_000;

export class Worker {
  readonly #runtime: Runtime;
  readonly #processor: Processor;
  readonly #slots = new Map<number, Slot>();
  readonly #ending = new Set<Promise<void>>();
  readonly #failed: (error: Error) => void;
  #consumer: Consumer | null = null;
  #tables: TableReplica | null = null;
  #closed = false;

  private constructor(runtime: Runtime, processor: Processor, failed: (error: Error) => void) {
    this.#runtime = runtime;
    this.#processor = processor;
    this.#failed = failed;
  }

  /** Joins the group. `failed` is called when reading stopped for good; the worker is then to be closed. */
  static async start(runtime: Runtime, processor: Processor, failed: (error: Error) => void): Promise<Worker> {
    const worker = new Worker(runtime, processor, failed);
    await worker.#start();
    return worker;
  }

  get processor(): string {
    return this.#processor.name;
  }

  get partitions(): readonly number[] {
    return [...this.#slots.keys()].sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const slot of this.#slots.values()) this.#end(slot);
    await Promise.all(this.#ending);
    await this.#consumer?.close();
    await this.#tables?.close();
  }

  async #start(): Promise<void> {
    const tables = this.#processor.tables.map(({ name }) => name);
    this.#tables = await TableReplica.read(this.#runtime.log, tables, this.#runtime.limits.restoreMs, {
      records: (topic, records, nextOffset) => {
        for (const slot of this.#slots.values()) slot.task?.receive(topic, records, nextOffset);
      },
      failed: this.#failed,
    });
    this.#consumer = await this.#runtime.log.consume({
      kind: 'group',
      group: groupOf(this.#processor),
      topics: this.#processor.inputs.map(({ name }) => name),
      assigned: (partitions) => this.#assigned(partitions),
      records: (from, records, nextOffset) => this.#records(from, records, nextOffset),
      failed: this.#failed,
    });
  }

  #records({ topic, partition }: TopicPartition, records: readonly LogRecord[], nextOffset: number): void {
    this.#slots.get(partition)?.task?.receive(topic, records, nextOffset);
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#closed) return;
    const wanted = new Set(partitions);
    for (const slot of [...this.#slots.values()]) if (!wanted.has(slot.partition)) this.#end(slot);
    for (const partition of partitions) {
      if (this.#slots.has(partition)) continue;
      const slot: Slot = {
        partition,
        poison: { suspects: 0, guilty: new Set() },
        task: null,
        closed: false,
        loop: Promise.resolve(),
      };
      this.#slots.set(partition, slot);
      Object.assign(slot, { loop: this.#run(slot) });
    }
  }

  #end(slot: Slot): void {
    slot.closed = true;
    this.#slots.delete(slot.partition);
    const ending = Promise.all([slot.task?.stop(), slot.loop]).then(() => {
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** Keeps a task running in the slot until the slot is closed. */
  async #run(slot: Slot): Promise<void> {
    let restartMs = restartMinMs;
    while (!slot.closed) {
      const startedMs = this.#runtime.now();
      const task = this.#task(slot);
      slot.task = task;
      for (const { topic, records, nextOffset } of this.#tables?.contents() ?? [])
        task.receive(topic, records, nextOffset);
      try {
        await task.done;
        return;
      } catch {
        // The observer was told why. The same records come again to a new task.
        slot.task = null;
        restartMs = this.#runtime.now() - startedMs > healthyMs ? restartMinMs : Math.min(restartMaxMs, restartMs * 2);
        if (slot.poison.suspects === 0 && slot.poison.guilty.size === 0) await waitWhile(() => !slot.closed, restartMs);
      }
    }
  }

  #task(slot: Slot): Task {
    const { partition } = slot;
    const all = this.#processor.inputs.map(({ name }) => ({ topic: name, partition }));
    this.#consumer?.pause(all);
    return new Task({
      runtime: this.#runtime,
      processor: this.#processor,
      partition,
      poison: slot.poison,
      ready: (positions) => {
        if (slot.closed) return;
        for (const position of positions) this.#consumer?.seek(position);
        this.#consumer?.resume(positions);
      },
      pause: ({ name }) => this.#consumer?.pause([{ topic: name, partition }]),
      resume: ({ name }) => {
        if (!slot.closed) this.#consumer?.resume([{ topic: name, partition }]);
      },
    });
  }
}

/** Waits `ms`, or until `going` turns false. */
async function waitWhile(going: () => boolean, ms: number): Promise<void> {
  const sliceMs = 50;
  for (let waited = 0; waited < ms && going(); waited += sliceMs)
    await new Promise((resolve) => setTimeout(resolve, Math.min(sliceMs, ms)));
}
