/** One group's partitions in this process: follows the group's assignment, hands records to a task for each partition, starts failed ones anew. */
import { ProcessingError } from './execution.ts';
import { type Consumer, LogError, type LogRecord, type Position } from './log.ts';
import { groupOf } from './names.ts';
import type { Processor } from './processor.ts';
import type { Runtime } from './runtime.ts';
import { TableReplica } from './table-replica.ts';
import { type Poison, Task } from './task.ts';

/** What works on one partition: a processor's Task, a sink's, a validator's. */
export interface PartitionTask {
  /** Takes records of one topic; before `ready` was called only those of tables. `pledge`: as in ConsumerHandlers. Never throws. */
  receive(topic: string, records: readonly LogRecord[], nextOffset: number, pledge: Promise<void> | null): void;
  /** Settles when the task ended: resolved after stop(), rejected with what made it fail. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** What a task asks of its worker. */
export interface TaskHooks {
  /** Reading is to start, at these positions. */
  ready(positions: readonly Position[]): void;
  pause(topic: string): void;
  resume(topic: string): void;
}

export interface WorkerSpec {
  readonly name: string;
  readonly group: string;
  /** Read by partition; a member has the same partitions of each. */
  readonly topics: readonly string[];
  /** Read whole by every task. */
  readonly tables: readonly string[];
  /** Nobody waits for what it does: its records may gather before they are handed over. */
  readonly unhurried: boolean;
  /** Its tasks take records with a pledge. */
  readonly readsAhead: boolean;
  /** Starts a task; `slot` outlives the task and is kept while the partition is assigned. */
  task(partition: number, hooks: TaskHooks, slot: { readonly poison: Poison }): PartitionTask;
}

/** The worker of a processor. */
export function processorWorker(runtime: Runtime, processor: Processor): WorkerSpec {
  return {
    name: processor.name,
    group: groupOf(processor),
    topics: processor.inputs.map(({ name }) => name),
    tables: processor.tables.map(({ name }) => name),
    unhurried: processor.lingerMs !== undefined,
    readsAhead: true,
    task: (partition, hooks, { poison }) => new Task({ runtime, processor, partition, poison, ...hooks }),
  };
}

interface Slot {
  readonly partition: number;
  readonly poison: Poison;
  task: PartitionTask | null;
  /** Its task has begun to read. */
  reads: boolean;
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
  readonly #spec: WorkerSpec;
  readonly #slots = new Map<number, Slot>();
  readonly #ending = new Map<Slot, Promise<void>>();
  readonly #failed: (error: Error) => void;
  #consumer: Consumer | null = null;
  #tables: TableReplica | null = null;
  #closed = false;

  private constructor(runtime: Runtime, spec: WorkerSpec, failed: (error: Error) => void) {
    this.#runtime = runtime;
    this.#spec = spec;
    this.#failed = failed;
  }

  /** Joins the group. `failed` is called when reading stopped for good; the worker is then to be closed. */
  static async start(runtime: Runtime, spec: WorkerSpec, failed: (error: Error) => void): Promise<Worker> {
    const worker = new Worker(runtime, spec, failed);
    try {
      await worker.#start();
    } catch (error) {
      await worker.close();
      throw error;
    }
    return worker;
  }

  get name(): string {
    return this.#spec.name;
  }

  get partitions(): readonly number[] {
    return [...this.#slots.keys()].sort((a, b) => a - b);
  }

  /** Ends the tasks after what they have under way, which may take as long as the limit allows; what does not end by then is left to its fate. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const slot of this.#slots.values()) this.#end(slot);
    const { closeMs } = this.#runtime.limits;
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, closeMs, 'late');
    const ended = await Promise.race([Promise.all(this.#ending.values()), late]);
    clearTimeout(timer);
    if (ended === 'late') {
      const error = new LogError('close-timeout', `${this.name}: a task did not end within ${closeMs} ms`);
      for (const { partition } of this.#ending.keys())
        this.#runtime.observer.taskState?.(this.name, partition, 'failed', error);
    }
    await this.#consumer?.close();
    await this.#tables?.close();
  }

  async #start(): Promise<void> {
    this.#tables = await TableReplica.read(this.#runtime.log, this.#spec.tables, this.#runtime.limits.restoreMs, {
      records: (topic, records, nextOffset) => {
        for (const slot of this.#slots.values()) slot.task?.receive(topic, records, nextOffset, null);
      },
      failed: this.#failed,
    });
    this.#consumer = await this.#runtime.log.consume({
      kind: 'group',
      group: this.#spec.group,
      topics: this.#spec.topics,
      unhurried: this.#spec.unhurried,
      readsAhead: this.#spec.readsAhead,
      assigned: (partitions) => this.#assigned(partitions),
      records: (from, records, nextOffset, behind, pledge) => {
        this.#slots.get(from.partition)?.task?.receive(from.topic, records, nextOffset, pledge);
        this.#runtime.observer.lag?.(this.#spec.name, from.topic, from.partition, behind);
      },
      failed: this.#failed,
    });
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#closed) return;
    const wanted = new Set(partitions);
    for (const slot of [...this.#slots.values()]) if (!wanted.has(slot.partition)) this.#end(slot);
    for (const partition of partitions) {
      if (this.#slots.has(partition)) continue;
      const slot: Slot = {
        partition,
        poison: { suspects: new Set(), guilty: new Set() },
        task: null,
        reads: false,
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
      this.#ending.delete(slot);
    });
    this.#ending.set(slot, ending);
  }

  /** Keeps a task running in the slot until the slot is closed. */
  async #run(slot: Slot): Promise<void> {
    let restartMs = restartMinMs;
    while (!slot.closed) {
      const startedMs = this.#runtime.now();
      const task = this.#task(slot);
      slot.task = task;
      for (const { topic, records, nextOffset } of this.#tables?.contents() ?? [])
        task.receive(topic, records, nextOffset, null);
      try {
        await task.done;
        return;
      } catch (error) {
        // The observer was told why. The same records come again to a new task.
        slot.task = null;
        slot.reads = false;
        restartMs = this.#runtime.now() - startedMs > healthyMs ? restartMinMs : Math.min(restartMaxMs, restartMs * 2);
        // One that is to find out which record is to blame need not wait.
        if (!(error instanceof ProcessingError)) await waitWhile(() => !slot.closed, restartMs);
      }
    }
    // The last task failed and none takes its place here: whoever watches hears that the partition is gone, or came back meanwhile and is well.
    const heir = this.#slots.get(slot.partition);
    if (heir !== undefined && !heir.reads) return;
    this.#runtime.observer.taskState?.(this.#spec.name, slot.partition, heir === undefined ? 'closed' : 'running');
  }

  #task(slot: Slot): PartitionTask {
    const { partition } = slot;
    this.#consumer?.pause(this.#spec.topics.map((topic) => ({ topic, partition })));
    const hooks: TaskHooks = {
      ready: (positions) => {
        if (slot.closed) return;
        slot.reads = true;
        for (const position of positions) this.#consumer?.seek(position);
        this.#consumer?.resume(positions);
      },
      pause: (topic) => {
        if (!slot.closed) this.#consumer?.pause([{ topic, partition }]);
      },
      resume: (topic) => {
        if (!slot.closed) this.#consumer?.resume([{ topic, partition }]);
      },
    };
    return this.#spec.task(partition, hooks, slot);
  }
}

/** Waits `ms`, or until `going` turns false. */
async function waitWhile(going: () => boolean, ms: number): Promise<void> {
  const sliceMs = 50;
  for (let waited = 0; waited < ms && going(); waited += sliceMs)
    await new Promise((resolve) => setTimeout(resolve, Math.min(sliceMs, ms)));
}
