/**
 * One processor on one partition of a log: takes what has come, processes it, and commits outputs, state and positions in one transaction; over and
 * over. Any failure ends the task; its worker starts a new one, which begins from what was committed.
 */
import { Execution, ProcessingError, type TakenRecord } from './execution.ts';
import { IdleKeys } from './idle.ts';
import {
  LogError,
  type LogRecord,
  type OutRecord,
  type Position,
  partitionId,
  type TopicPartition,
  type TransactionalWriter,
} from './log.ts';
import { changelogOf, groupOf, orderTopicOf, transactionalIdOf } from './names.ts';
import { OrderBuilder } from './order.ts';
import type { Processor, Topic } from './processor.ts';
import type { Runtime } from './runtime.ts';

export interface TaskOptions {
  readonly runtime: Runtime;
  readonly processor: Processor;
  readonly partition: number;
  /** Records that made the processor throw, by `topic/partition/offset`; kept across restarts of the task. */
  readonly poison: Poison;
  /** Positions to read from, once the older owner is fenced and the state restored. */
  ready(positions: readonly Position[]): void;
  pause(input: Topic): void;
  resume(input: Topic): void;
}

/** What a failed batch taught: `suspects` records are to be taken one by one, `guilty` ones are given up. */
export interface Poison {
  suspects: number;
  readonly guilty: Set<string>;
}

interface Chunk {
  readonly input: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  taken: number;
}

interface Batch {
  readonly taken: readonly TakenRecord[];
  readonly order: OrderBuilder;
  /** Positions after the batch, by input; tables are left out. */
  readonly positions: readonly Position[];
}

const tickEveryMs = 50;
const ticksMax = 1_000;

export class Task {
  readonly partition: number;
  readonly #options: TaskOptions;
  readonly #inputs: readonly Topic[];
  readonly #queue: Chunk[] = [];
  readonly #queuedRecords: number[];
  readonly #queuedBytes: number[];
  readonly #paused = new Set<number>();
  readonly #idle: IdleKeys;
  readonly #done: Promise<void>;
  #wake: (() => void) | null = null;
  #stopping = false;
  #started = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.#inputs = [...options.processor.inputs, ...options.processor.tables];
    this.#queuedRecords = this.#inputs.map(() => 0);
    this.#queuedBytes = this.#inputs.map(() => 0);
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
    this.#wake?.();
    await this.#done.catch(() => undefined); // whoever started the task hears of its failure through `done`
  }

  /** Hands over records of one input; until `ready` was called only tables are taken. */
  receive(topic: string, records: readonly LogRecord[], nextOffset: number): void {
    const input = this.#inputs.findIndex((candidate) => candidate.name === topic);
    if (input < 0 || this.#stopping) return;
    const isTable = this.#inputs[input].table;
    if (!this.#started && !isTable) return;
    if (records.length === 0) return;
    this.#queue.push({ input, records, nextOffset, taken: 0 });
    this.#queuedRecords[input] += records.length;
    for (const record of records) this.#queuedBytes[input] += record.value?.length ?? 0;
    const { limits } = this.#options.runtime;
    if (!isTable && !this.#paused.has(input) && this.#over(input, limits.queuedRecords, limits.queuedBytes)) {
      this.#paused.add(input);
      this.#options.pause(this.#inputs[input]);
    }
    this.#wake?.();
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
      if (this.#stopping) return;
      this.#started = true;
      this.#options.ready(committed);
      observer.taskState?.(processor.name, partition, 'running');
      while (!this.#stopping) await this.#step(execution, writer, group);
    } catch (error) {
      observer.taskState?.(processor.name, partition, 'failed', error);
      throw error;
    } finally {
      await execution?.close();
      await writer?.close();
    }
    observer.taskState?.(processor.name, partition, 'closed');
  }

  async #step(execution: Execution, writer: TransactionalWriter, group: string): Promise<void> {
    const { runtime, processor, partition, poison } = this.#options;
    const batch = this.#take();
    if (batch === null) {
      const due = this.#idle.due(runtime.now(), ticksMax);
      if (due.length === 0) {
        await this.#sleep();
        return;
      }
      for (const { key, dueMs } of due) execution.tick(key, dueMs);
      await writer.commit(execution.drain(), group, []);
      return;
    }
    const startedMs = runtime.now();
    try {
      await execution.process(batch.taken);
    } catch (error) {
      // Half-changed state is thrown away with the task. The next one takes these records one by one, and gives up the one that throws.
      if (error instanceof ProcessingError) {
        const [first] = batch.taken;
        if (batch.taken.length > 1) poison.suspects = batch.taken.length;
        else if (first !== undefined) poison.guilty.add(recordId(first.record));
      }
      throw error;
    }
    const out: OutRecord[] = execution.drain();
    out.push({
      topic: orderTopicOf(processor),
      partition,
      key: null,
      value: runtime.orders.encode(batch.order.build(processor.name)),
    });
    const processedMs = runtime.now();
    runtime.observer.processed?.(processor.name, partition, batch.taken.length, processedMs - startedMs);
    await writer.commit(out, group, batch.positions);
    runtime.observer.committed?.(processor.name, partition, out.length, runtime.now() - processedMs);
    if (poison.suspects > 0) poison.suspects = Math.max(0, poison.suspects - batch.taken.length);
    for (const { record } of batch.taken) if (poison.guilty.size > 0) poison.guilty.delete(recordId(record));
  }

  /** The next batch in the order of arrival; null where nothing waits. */
  #take(): Batch | null {
    if (this.#queue.length === 0) return null;
    const { runtime, poison } = this.#options;
    const order = new OrderBuilder();
    const taken: TakenRecord[] = [];
    const positions = new Map<number, number>();
    let room = poison.suspects > 0 ? 1 : runtime.limits.batchRecords;
    while (room > 0) {
      const chunk = this.#queue[0];
      if (chunk === undefined) break;
      const topic = this.#inputs[chunk.input];
      const count = Math.min(room, chunk.records.length - chunk.taken);
      for (let i = 0; i < count; i++) {
        const record = chunk.records[chunk.taken++];
        this.#queuedBytes[chunk.input] -= record.value?.length ?? 0;
        const dead = poison.guilty.size > 0 && poison.guilty.has(recordId(record));
        const end = chunk.taken === chunk.records.length ? chunk.nextOffset : record.offset + 1;
        order.take(chunk.input, end, dead);
        taken.push({ topic, record, dead });
        positions.set(chunk.input, end);
      }
      room -= count;
      this.#queuedRecords[chunk.input] -= count;
      if (chunk.taken === chunk.records.length) this.#queue.shift();
      this.#resumeIfDrained(chunk.input);
    }
    const { partition } = this;
    return {
      taken,
      order,
      positions: [...positions]
        .filter(([input]) => !this.#inputs[input].table)
        .map(([input, offset]) => ({ topic: this.#inputs[input].name, partition, offset })),
    };
  }

  #resumeIfDrained(input: number): void {
    const { limits } = this.#options.runtime;
    if (!this.#paused.has(input) || this.#over(input, limits.queuedRecords / 2, limits.queuedBytes / 2)) return;
    this.#paused.delete(input);
    this.#options.resume(this.#inputs[input]);
  }

  #over(input: number, records: number, bytes: number): boolean {
    return this.#queuedRecords[input] > records || this.#queuedBytes[input] > bytes;
  }

  async #sleep(): Promise<void> {
    if (this.#queue.length > 0 || this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, tickEveryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  /** What the group committed; where it committed nothing, the first record kept. */
  async #positions(group: string, own: readonly TopicPartition[]): Promise<readonly Position[]> {
    const { log } = this.#options.runtime;
    const committed = new Map((await log.committed(group, own)).map((position) => [partitionId(position), position]));
    return Promise.all(
      own.map(async (at) => {
        const known = committed.get(partitionId(at));
        if (known !== undefined) return known;
        const bounds = (await log.bounds(at.topic)).find(({ partition }) => partition === at.partition);
        return { ...at, offset: bounds?.low ?? 0 };
      }),
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
      idle: this.#idle,
      now: () => runtime.now(),
    });
    let records = 0;
    for (const store of execution.stores()) {
      records += await this.#readAll(changelogOf(processor, store.spec.name), (record) => store.restore(record));
    }
    await execution.restored();
    observer.restored?.(processor.name, partition, records, runtime.now() - startedMs);
    return execution;
  }

  /** Reads this partition of a topic that nobody else writes, from its beginning to its end. */
  async #readAll(topic: string, each: (record: LogRecord) => void): Promise<number> {
    const { runtime } = this.#options;
    const { partition } = this;
    const bounds = (await runtime.log.bounds(topic)).find((candidate) => candidate.partition === partition);
    if (bounds === undefined || bounds.low >= bounds.high) return 0;
    let count = 0;
    let finish: (error?: Error) => void = () => undefined;
    const end = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new LogError(
              'restore-timeout',
              `${topic}/${partition} was not read to offset ${bounds.high} within ${runtime.limits.restoreMs} ms`,
            ),
          ),
        runtime.limits.restoreMs,
      );
      finish = (error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    const consumer = await runtime.log.consume({
      kind: 'positions',
      positions: [{ topic, partition, offset: bounds.low }],
      records: (_from, records, nextOffset) => {
        for (const record of records) if (record.offset < bounds.high) each(record);
        count += records.length;
        if (nextOffset >= bounds.high) finish();
      },
      failed: (error) => finish(error),
    });
    try {
      await end;
    } finally {
      await consumer.close();
    }
    return count;
  }
}

function recordId(record: LogRecord): string {
  return `${record.topic}/${record.partition}/${record.offset}`;
}
