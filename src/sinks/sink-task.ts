/**
 * Hands one partition of every topic that a sink keeps to the sink, in micro-batches. The positions live in the database, beside the rows. A record
 * that cannot be read or that the database cannot hold goes to the dead letters.
 */
import { deadLetter, type GivenUp } from '../streams/dead-letter.ts';
import { InputQueue, type Queued } from '../streams/input-queue.ts';
import type { LogRecord, Position, Writer } from '../streams/log.ts';
import type { Topic } from '../streams/processor.ts';
import type { Runtime } from '../streams/runtime.ts';
import { whenLoaded } from '../streams/schema/codec.ts';
import { CodecError } from '../streams/schema/codec-error.ts';
import { startingPosition } from '../streams/starting-position.ts';
import type { PartitionTask, TaskHooks, WorkerSpec } from '../streams/worker.ts';
import type { BeforeCommit, Sink, SinkBatch, SinkPartition, SinkRecord, SinkTopic } from './sink.ts';
import { ToldLetters } from './told-letters.ts';

export interface SinkWorkerOptions {
  /** In kebab-case; names the consumer group. */
  readonly name: string;
  readonly runtime: Runtime;
  readonly sink: Sink;
  /** The sink's topics, for their codecs. */
  readonly topics: readonly Topic[];
  readonly writer: Writer;
  /** Why a record that can be read does not count all the same; null: it does. One that does not goes to the dead letters. */
  refuse?(
    topic: SinkTopic,
    partition: number,
    value: unknown,
  ): Promise<{ readonly code: string; readonly reason: string } | null>;
}

/** Most records one transaction of the database takes. */
const batchRecords = 2_000;
const waitMs = 100;
const lingerMs = 150;

export function sinkWorker(options: SinkWorkerOptions): WorkerSpec {
  const told = new Map<number, ToldLetters>();
  const toldOf = (partition: number): ToldLetters => {
    const found = told.get(partition) ?? new ToldLetters();
    told.set(partition, found);
    return found;
  };
  return {
    name: options.name,
    group: `aura.${options.name}`,
    unhurried: true,
    readsAhead: false,
    topics: options.sink.topics,
    tables: [],
    task: (partition, hooks) => new SinkTask(options, partition, toldOf(partition), hooks),
  };
}

class SinkTask implements PartitionTask {
  readonly done: Promise<void>;
  readonly #options: SinkWorkerOptions;
  readonly #partition: number;
  readonly #told: ToldLetters;
  readonly #queue: InputQueue;
  readonly #expected = new Map<SinkTopic, number | null>();
  #started = false;
  #stopping = false;

  /** `told`: outlives the task. */
  constructor(options: SinkWorkerOptions, partition: number, told: ToldLetters, hooks: TaskHooks) {
    this.#options = options;
    this.#partition = partition;
    this.#told = told;
    this.#queue = new InputQueue(options.sink.topics, new Set(), options.runtime.limits, hooks);
    this.done = this.#run(hooks);
  }

  receive(topic: string, records: readonly LogRecord[], nextOffset: number): void {
    if (this.#started && !this.#stopping) this.#queue.push(topic, records, nextOffset);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#queue.wake();
    await this.done.catch(() => undefined); // whoever started the task hears of its failure through `done`
  }

  async #run(hooks: TaskHooks): Promise<void> {
    const { runtime, sink, name } = this.#options;
    const partition = this.#partition;
    await null; // the constructor returns first
    try {
      const stored = await sink.positions(sink.topics.map((topic): SinkPartition => ({ topic, partition })));
      const positions = await Promise.all(
        stored.map(async ({ topic, nextOffset }): Promise<Position> => {
          this.#expected.set(topic, nextOffset);
          if (nextOffset !== null) this.#told.forgetBefore(topic, nextOffset);
          return startingPosition(name, { topic, partition }, nextOffset, await runtime.log.bounds(topic));
        }),
      );
      if (!this.#stopping) {
        this.#started = true;
        hooks.ready(positions);
        runtime.observer.taskState?.(name, partition, 'running');
      }
      while (!this.#stopping) {
        if (this.#queue.empty) await this.#queue.waitMs(waitMs);
        // Nobody waits for the history: a moment's patience makes fewer, larger transactions, and leaves the machine to those who are in a hurry.
        else {
          if (this.#queue.size < batchRecords) await new Promise((resolve) => setTimeout(resolve, lingerMs));
          await this.#write(this.#queue.take(batchRecords));
        }
      }
    } catch (error) {
      runtime.observer.taskState?.(name, partition, 'failed', error);
      throw error;
    }
    runtime.observer.taskState?.(name, partition, 'closed');
  }

  async #write(queued: readonly Queued[]): Promise<void> {
    const { runtime, sink, name, writer } = this.#options;
    const startedMs = runtime.now();
    const runs = new Map<SinkTopic, { nextOffset: number; records: SinkRecord<never>[] }>();
    const letters: GivenUp[] = [];
    for (const { input, record, nextOffset } of queued) {
      const topic = sink.topics[input];
      const run = runs.get(topic) ?? { nextOffset: 0, records: [] };
      runs.set(topic, run);
      run.nextOffset = nextOffset;
      const value = await this.#read(topic, record, letters);
      if (value !== null) run.records.push({ offset: record.offset, appendMs: record.appendMs, value: value as never });
    }
    await this.#giveUp(letters, writer);
    const batch = [...runs].map(([topic, { nextOffset, records }]) => ({
      topic,
      partition: this.#partition,
      expectedNextOffset: this.#expected.get(topic) ?? null,
      nextOffset,
      records,
    })) as unknown as SinkBatch;
    const tell: BeforeCommit = async (rejected) => {
      const refused = rejected.flatMap(({ topic, offset, code, reason }) => {
        const found = queued.find(({ record }) => record.topic === topic && record.offset === offset);
        return found === undefined ? [] : [this.#letter(found.record, code, reason)];
      });
      await this.#giveUp(refused, writer);
    };
    await sink.write(batch, tell);
    for (const { topic, nextOffset } of batch) {
      this.#expected.set(topic, nextOffset);
      this.#told.forgetBefore(topic, nextOffset);
    }
    runtime.observer.committed?.(name, this.#partition, queued.length, runtime.now() - startedMs);
  }

  /** Null: the record is given up. */
  async #read(topic: SinkTopic, record: LogRecord, letters: GivenUp[]): Promise<unknown> {
    const { value } = record;
    const bound = this.#options.topics.find(({ name }) => name === topic);
    if (bound === undefined) throw new Error(`${this.#options.name} was given no codec for ${topic}`);
    let read: unknown;
    try {
      if (value === null) throw new CodecError('value-missing', 'the record has no value');
      read = await whenLoaded(() => bound.codec.decode(value));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      letters.push(this.#letter(record, error.code, error.message));
      return null;
    }
    const refused = await this.#options.refuse?.(topic, this.#partition, read);
    if (refused === undefined || refused === null) return read;
    letters.push(this.#letter(record, refused.code, refused.reason));
    return null;
  }

  #letter(record: LogRecord, code: string, reason: string): GivenUp {
    const { topic, partition, offset, appendMs, key, value } = record;
    return { processor: this.#options.name, topic, partition, offset, appendMs, code, reason, key, value };
  }

  /**
   * Outside any transaction of the log: a letter may be written again by another process, and names the same record. What the dead letters themselves hold is
   * not given up again.
   */
  async #giveUp(letters: readonly GivenUp[], writer: Writer): Promise<void> {
    const { deadLetters, observer } = this.#options.runtime;
    const untold = letters.filter(({ topic, offset }) => !this.#told.has(topic, offset));
    const written = untold.filter(({ topic }) => topic !== deadLetters.name);
    if (written.length > 0)
      await writer.write(written.map((letter) => deadLetter(deadLetters, this.#partition, letter)));
    for (const { topic, offset, code } of untold) {
      this.#told.add(topic, offset);
      observer.deadLetter?.(this.#options.name, this.#partition, code);
    }
  }
}
