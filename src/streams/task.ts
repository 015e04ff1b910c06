/**
 * One processor on one partition of a log: takes what has come, processes it, and commits outputs, state and positions in one transaction; over and
 * over. Any failure ends the task; its worker starts a new one, which begins from what was committed.
 */
import { Execution, ProcessingError, type TakenRecord } from './execution.ts';
import { IdleKeys } from './idle.ts';
import { InputQueue } from './input-queue.ts';
import { type LogRecord, type Position, partitionId, type TopicPartition, type TransactionalWriter } from './log.ts';
import { changelogOf, groupOf, orderTopicOf, transactionalIdOf } from './names.ts';
import { OrderBuilder } from './order.ts';
import { PendingCommit, type ProcessedBatch } from './pending-commit.ts';
import { Pledges } from './pledges.ts';
import type { Processor, Topic } from './processor.ts';
import { readAll } from './read-all.ts';
import type { Runtime } from './runtime.ts';
import { startingPosition } from './starting-position.ts';
import type { PartitionTask, TaskHooks } from './worker.ts';

export interface TaskOptions extends TaskHooks {
  readonly runtime: Runtime;
  readonly processor: Processor;
  readonly partition: number;
  /** Kept across restarts of the task. */
  readonly poison: Poison;
}

/** What failed batches taught, by `topic/partition/offset`: `suspects` are to be taken one by one, `guilty` ones are given up. */
export interface Poison {
  readonly suspects: Set<string>;
  readonly guilty: Set<string>;
}

interface Batch extends ProcessedBatch {
  readonly order: OrderBuilder;
}

const tickEveryMs = 50;
const ticksMax = 1_000;

export class Task implements PartitionTask {
  readonly partition: number;
  readonly #options: TaskOptions;
  readonly #inputs: readonly Topic[];
  readonly #queue: InputQueue;
  readonly #idle: IdleKeys;
  readonly #pending: PendingCommit;
  readonly #pledges = new Pledges();
  readonly #done: Promise<void>;
  #stopping = false;
  #started = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.#inputs = [...options.processor.inputs, ...options.processor.tables];
    const tables = new Set(options.processor.tables.map(({ name }) => name));
    this.#queue = new InputQueue(
      this.#inputs.map(({ name }) => name),
      tables,
      options.runtime.limits,
      options,
    );
    this.#pending = new PendingCommit(options.runtime.limits.commitMs);
    this.#idle = new IdleKeys(options.runtime.limits.idleMarginMs);
    this.#done = this.#run();
  }

  /** Settles when the task ended: resolved after stop(), rejected with what made it fail. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Ends the task after the transaction under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#queue.wake();
    await this.#done.catch(() => undefined); // whoever started the task hears of its failure through `done`
  }

  receive(topic: string, records: readonly LogRecord[], nextOffset: number, pledge: Promise<void> | null): void {
    if (this.#stopping) return;
    const isTable = this.#options.processor.tables.some(({ name }) => name === topic);
    if (!this.#started && !isTable) return;
    if (pledge !== null) this.#pledges.add(pledge);
    this.#queue.push(topic, records, nextOffset);
  }

  async #run(): Promise<void> {
    const { runtime, processor, partition } = this.#options;
    const { observer } = runtime;
    await null; // the constructor returns first
    observer.taskState?.(processor.name, partition, 'restoring');
    let writer: TransactionalWriter | null = null;
    let execution: Execution | null = null;
    try {
      // The order matters: the older owner is fenced first, only then is what it committed final.
      writer = await runtime.log.transactionalWriter(transactionalIdOf(processor, partition));
      const group = groupOf(processor);
      const own = processor.inputs.map(({ name }) => ({ topic: name, partition }));
      const committed = await this.#positions(group, own);
      execution = await this.#restore();
      // Stopped while it restored: nothing was taken.
      if (!this.#stopping) {
        this.#started = true;
        this.#options.ready(committed);
        observer.taskState?.(processor.name, partition, 'running');
        while (!this.#stopping) await this.#step(execution, writer);
        await this.#commit(execution, writer);
      }
    } catch (error) {
      observer.taskState?.(processor.name, partition, 'failed', error);
      throw error;
    } finally {
      try {
        await execution?.close();
      } finally {
        await writer?.close();
      }
    }
    observer.taskState?.(processor.name, partition, 'closed');
  }

  /** Takes and processes one batch. What it wrote is committed at once if somebody waits for it, else with what follows. */
  async #step(execution: Execution, writer: TransactionalWriter): Promise<void> {
    const { runtime, processor, partition } = this.#options;
    const pending = this.#pending;
    await this.#linger();
    const batch = this.#take();
    if (batch === null) {
      for (const { key, dueMs } of this.#idle.due(runtime.now(), ticksMax)) execution.tick(key, dueMs);
      pending.addOutputs(execution.drainOutputs(), runtime.now());
      const waitMs = pending.dueInMs(runtime.now());
      if (waitMs <= 0) await this.#commit(execution, writer);
      else if (!this.#stopping) {
        if (pending.announces(runtime.now())) writer.expect?.();
        if (!(await execution.anticipate())) await this.#queue.waitMs(Math.min(tickEveryMs, waitMs));
      }
      return;
    }
    const startedMs = runtime.now();
    try {
      await execution.process(batch.taken);
    } catch (error) {
      if (error instanceof ProcessingError) this.#suspect(batch);
      throw error;
    }
    const order = {
      topic: orderTopicOf(processor),
      partition,
      key: null,
      value: runtime.orders.encode(batch.order.build(processor.name)),
    };
    pending.add(batch, startedMs, order, this.#judged(batch));
    pending.addOutputs(execution.drainOutputs(), runtime.now());
    runtime.observer.processed?.(processor.name, partition, batch.taken.length, runtime.now() - startedMs);
    if (pending.dueInMs(runtime.now()) <= 0) await this.#commit(execution, writer);
  }

  /** Gives input that is in no hurry time to gather. */
  async #linger(): Promise<void> {
    const { processor, runtime } = this.#options;
    const { lingerMs = 0 } = processor;
    if (lingerMs === 0 || this.#queue.empty || this.#queue.size >= runtime.limits.batchRecords) return;
    await new Promise((resolve) => setTimeout(resolve, lingerMs));
  }

  /** One transaction: outputs, state, the order of the batches, positions; after those whose records it rests on. */
  async #commit(execution: Execution, writer: TransactionalWriter): Promise<void> {
    const { runtime, processor, partition, poison } = this.#options;
    const { out, orders, positions, judged } = this.#pending.take();
    execution.drainState(out);
    out.push(...orders);
    await this.#pledges.kept();
    const startedMs = runtime.now();
    await writer.commit(out, groupOf(processor), [...positions.values()]);
    runtime.observer.committed?.(processor.name, partition, out.length, runtime.now() - startedMs);
    for (const id of judged) {
      poison.suspects.delete(id);
      poison.guilty.delete(id);
    }
  }

  /** Half-changed state is thrown away with the task. The next one takes these records one by one, and gives up the one that throws. */
  #suspect({ taken }: Batch): void {
    const { suspects, guilty } = this.#options.poison;
    const ids = taken.map(({ record }) => recordId(record));
    const blamed = taken.length > 1 ? suspects : guilty;
    for (const id of ids) blamed.add(id);
  }

  /** Those of a batch that went through whose guilt was open. */
  #judged({ taken }: Batch): string[] {
    const { suspects, guilty } = this.#options.poison;
    if (suspects.size === 0 && guilty.size === 0) return [];
    return taken.map(({ record }) => recordId(record)).filter((id) => suspects.has(id) || guilty.has(id));
  }

  /** The next batch in the order of arrival; null where nothing waits. */
  #take(): Batch | null {
    const { runtime, poison } = this.#options;
    const { suspects } = poison;
    const alone = suspects.size === 0 ? null : (record: LogRecord) => suspects.has(recordId(record));
    const queued = this.#queue.take(runtime.limits.batchRecords, alone);
    if (queued.length === 0) return null;
    const order = new OrderBuilder();
    const ends = new Map<Topic, number>();
    const taken = queued.map(({ input, record, nextOffset }): TakenRecord => {
      const topic = this.#inputs[input];
      const dead = poison.guilty.size > 0 && poison.guilty.has(recordId(record));
      order.take(input, nextOffset, dead);
      if (!topic.table) ends.set(topic, nextOffset);
      return { topic, record, dead };
    });
    const { partition } = this;
    return { taken, order, positions: [...ends].map(([{ name }, offset]) => ({ topic: name, partition, offset })) };
  }

  /** What the group committed; where it committed nothing, the first record kept. */
  async #positions(group: string, own: readonly TopicPartition[]): Promise<readonly Position[]> {
    const { log } = this.#options.runtime;
    const committed = new Map(
      (await log.committed(group, own)).map((position) => [partitionId(position), position.offset]),
    );
    return Promise.all(
      own.map(async (at) =>
        startingPosition(group, at, committed.get(partitionId(at)) ?? null, await log.bounds(at.topic)),
      ),
    );
  }

  async #restore(): Promise<Execution> {
    const { runtime, processor, partition } = this.#options;
    const { log } = runtime;
    const startedMs = runtime.now();
    const partitionCounts = new Map<string, number>();
    for (const topic of [...processor.outputs, runtime.deadLetters]) {
      partitionCounts.set(topic.name, await log.partitionCount(topic.name));
    }
    const { deadLetters, observer } = runtime;
    const execution = new Execution({
      processor,
      partition,
      deadLetters,
      partitionCounts,
      observer,
      ...(runtime.tracing === undefined ? {} : { tracing: runtime.tracing }),
      idle: this.#idle,
      now: () => runtime.now(),
    });
    let records = 0;
    for (const store of execution.stores()) {
      const at = { topic: changelogOf(processor, store.spec.name), partition };
      records += await readAll(log, at, runtime.limits.restoreMs, (record) => store.restore(record));
    }
    await execution.restored();
    observer.restored?.(processor.name, partition, records, runtime.now() - startedMs);
    return execution;
  }
}

function recordId(record: LogRecord): string {
  return `${record.topic}/${record.partition}/${record.offset}`;
}
