/**
 * One processor on one partition, without the log: decodes what was taken, runs the processor, collects what it writes. task.ts drives it from the
 * log, replay.ts from the order it logged.
 */
import type { DeadLetter } from '../../schemas/records.ts';
import { deadLetter } from './dead-letter.ts';
import type { IdleKeys } from './idle.ts';
import { type Headers, type LogRecord, type OutRecord, recordBytes, recordBytesMax } from './log.ts';
import { changelogOf } from './names.ts';
import { partitionOf } from './partitioner.ts';
import type { Context, Emitted, Input, Processor, ProcessorTask, Topic } from './processor.ts';
import { type Observer, originHeader, originMs, type Tracing, traceHeaders } from './runtime.ts';
import { SchemaNotLoaded, whenLoaded } from './schema/codec.ts';
import { CodecError } from './schema/codec-error.ts';
import { ChangelogStore, type Store, type StoreSpec } from './store.ts';

export interface ExecutionOptions {
  readonly processor: Processor;
  readonly partition: number;
  readonly deadLetters: Topic<DeadLetter>;
  /** Partitions of each output topic, dead letters included. */
  readonly partitionCounts: ReadonlyMap<string, number>;
  readonly observer: Observer;
  readonly tracing?: Tracing;
  readonly idle: IdleKeys | null;
  now(): number;
}

/** A record as taken: from which input, and whether the runtime gives it up unprocessed. */
export interface TakenRecord {
  readonly topic: Topic;
  readonly record: LogRecord;
  readonly dead: boolean;
}

/** The processor threw on what it was given: one of the records is to blame. */
export class ProcessingError extends Error {
  constructor(processor: string, cause: unknown) {
    super(`${processor} threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'ProcessingError';
  }
}

/** A processor throws this where no record is to blame: the task starts anew and takes the same records again. */
export class RetriableError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'RetriableError';
  }
}

export class Execution {
  readonly #options: ExecutionOptions;
  readonly #task: ProcessorTask;
  readonly #stores = new Map<string, ChangelogStore<unknown>>();
  readonly #context: Context;
  #out: OutRecord[] = [];
  #urgent = false;
  #expectedInMs: number | null = null;
  /** Of the batch under way. */
  #trace: ReturnType<Tracing['startBatch']> | null = null;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    for (const spec of options.processor.stores) this.#stores.set(spec.name, new ChangelogStore(spec));
    this.#task = options.processor.task(options.partition);
    this.#context = {
      emit: (topic, key, value, cause, urgency) => {
        if (urgency !== 'soon') this.#urgent = true;
        return this.#emit(topic, key, value, cause);
      },
      deadLetter: (record, code, reason) => {
        const { topic, key, keyBytes = Buffer.from(key), bytes } = record;
        this.#deadLetter(topic.name, record, keyBytes, bytes, code, reason);
      },
      store: <V>(spec: StoreSpec<V>) => this.#store(spec) as unknown as Store<V>,
      wakeAt: (key, nowMs, dueMs) => {
        if (dueMs !== null) this.#expectIn(dueMs - nowMs);
        options.idle?.set(key, nowMs, dueMs, options.now());
      },
      expectIn: (ms) => this.#expectIn(ms),
    };
  }

  stores(): IterableIterator<ChangelogStore<unknown>> {
    return this.#stores.values();
  }

  /** Ends the restore: decodes what the stores were given. */
  async restored(): Promise<void> {
    for (const store of this.#stores.values()) await whenLoaded(() => store.restored());
    this.#task.restored?.(this.#context);
  }

  /** Runs one batch; what it wrote is then drained. */
  async process(taken: readonly TakenRecord[]): Promise<void> {
    const inputs: Input[] = [];
    for (const item of taken) {
      let input: Input | null;
      try {
        input = this.#decode(item);
      } catch (error) {
        // Hardly ever: the loop stays synchronous for the records of a known schema.
        if (!(error instanceof SchemaNotLoaded)) throw error;
        await error.load();
        input = await whenLoaded(() => this.#decode(item));
      }
      if (input !== null) inputs.push(input);
    }
    const [first] = inputs;
    if (first === undefined) return;
    const { processor, partition, tracing } = this.#options;
    const headers = tracing === undefined ? [] : inputs.map((input) => input.headers);
    this.#trace =
      tracing?.startBatch({ processor: processor.name, topic: first.topic.name, partition, headers }) ?? null;
    try {
      await this.#task.process(inputs, this.#context);
      this.#trace?.end();
    } catch (error) {
      this.#trace?.end(error);
      if (error instanceof RetriableError) throw error;
      throw new ProcessingError(this.#options.processor.name, error);
    }
  }

  /** Has the processor work ahead; whether there was something to work on. */
  async anticipate(): Promise<boolean> {
    if (this.#task.anticipate === undefined) return false;
    return (await this.#task.anticipate([], this.#context)).length > 0;
  }

  /** Writes a tick for an idle key. */
  tick(key: string, dueMs: number): void {
    const tick = this.#options.processor.tick;
    if (tick === undefined) return;
    this.#urgent = true;
    const value = tick.topic.codec.encode(tick.value(key, dueMs));
    this.#out.push({ topic: tick.topic.name, partition: this.#options.partition, key: Buffer.from(key), value });
  }

  /** Outputs since the last call, in the order emitted, whether somebody waits for one of them, and when the next such one is expected, in ms from now. */
  drainOutputs(): {
    readonly out: readonly OutRecord[];
    readonly urgent: boolean;
    readonly expectedInMs: number | null;
  } {
    const drained = { out: this.#out, urgent: this.#urgent, expectedInMs: this.#expectedInMs };
    this.#out = [];
    this.#urgent = false;
    this.#expectedInMs = null;
    return drained;
  }

  /** Adds the changelog records that bring the log up to the state. */
  drainState(out: OutRecord[]): void {
    for (const store of this.#stores.values()) {
      store.drain(changelogOf(this.#options.processor, store.spec.name), this.#options.partition, out);
    }
  }

  async close(): Promise<void> {
    await this.#task.close?.();
  }

  /** Throws SchemaNotLoaded. */
  #decode({ topic, record, dead }: TakenRecord): Input | null {
    if (dead)
      return this.#giveUp(
        record,
        'processing-failed',
        'the processor threw on this record; the log of the process says why',
      );
    if (record.value === null) {
      if (topic.table) return asInput(topic, record, null, noBytes);
      return this.#giveUp(record, 'value-missing', 'the record has no value');
    }
    try {
      return asInput(topic, record, topic.codec.decode(record.value), record.value);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return this.#giveUp(record, error.code, error.message);
    }
  }

  #giveUp(record: LogRecord, code: string, reason: string): null {
    this.#deadLetter(record.topic, record, record.key, record.value, code, reason);
    return null;
  }

  #expectIn(ms: number): void {
    if (ms > 0) this.#expectedInMs = Math.min(ms, this.#expectedInMs ?? ms);
  }

  #emit<T>(topic: Topic<T>, key: string, value: T, cause: Input | null): Emitted {
    const keyBytes = Buffer.from(key);
    const bytes = topic.codec.encode(value);
    const { observer, processor, partition } = this.#options;
    observer.emitted?.(processor.name, partition, topic.name, value);
    const headers = this.#headersOf(cause);
    const record = {
      topic: topic.name,
      partition: partitionOf(keyBytes, this.#partitions(topic.name)),
      key: keyBytes,
      value: bytes,
      headers,
    };
    // Here one record is to blame; in the commit it would be the whole batch, and again each time it is tried.
    if (recordBytes(record) > recordBytesMax)
      throw new RangeError(
        `${topic.name}: a record of ${recordBytes(record)} bytes; at most ${recordBytesMax} are taken`,
      );
    this.#out.push(record);
    return { bytes, headers };
  }

  #deadLetter(
    topic: string,
    origin: { readonly partition: number; readonly offset: number; readonly appendMs: number },
    key: Uint8Array | null,
    value: Uint8Array | null,
    code: string,
    reason: string,
  ): void {
    const { deadLetters, processor, observer } = this.#options;
    const { partition, offset, appendMs } = origin;
    this.#out.push(
      deadLetter(deadLetters, this.#options.partition % this.#partitions(deadLetters.name), {
        processor: processor.name,
        topic,
        partition,
        offset,
        appendMs,
        key,
        value,
        code,
        reason,
      }),
    );
    observer.deadLetter?.(processor.name, this.#options.partition, code);
  }

  /** Headers of a record that `cause` led to. */
  #headersOf(cause: Input | null): Headers {
    if (cause === null) return this.#trace?.headersFor(null) ?? {};
    const known = originMs(cause.headers) !== null;
    const origin = { [originHeader]: known ? cause.headers[originHeader] : Buffer.from(String(cause.appendMs)) };
    if (this.#trace !== null) return this.#trace.headersFor(cause.headers, origin);
    const handedOn: Record<string, Uint8Array> = origin;
    for (const name of traceHeaders) {
      const value = cause.headers[name];
      if (value !== undefined && value.length <= traceBytesMax) handedOn[name] = value;
    }
    return handedOn;
  }

  #partitions(topic: string): number {
    const count = this.#options.partitionCounts.get(topic);
    if (count === undefined)
      throw new Error(`${this.#options.processor.name} writes to ${topic}, which it does not name among its outputs`);
    return count;
  }

  #store(spec: { readonly name: string }): ChangelogStore<unknown> {
    const store = this.#stores.get(spec.name);
    if (store === undefined) throw new Error(`${this.#options.processor.name} has no store ${spec.name}`);
    return store;
  }
}

/** Headers come from outside: what is longer than they can be is not handed on. W3C's 512 characters of tracestate. */
const traceBytesMax = 512;

const noBytes = new Uint8Array(0);

/** Field by field: this runs once a record. */
function asInput(topic: Topic, record: LogRecord, value: unknown, bytes: Uint8Array): Input {
  const { key } = record;
  return {
    topic,
    partition: record.partition,
    offset: record.offset,
    appendMs: record.appendMs,
    key: key === null ? '' : asBuffer(key).toString(),
    keyBytes: key,
    value,
    bytes,
    headers: record.headers,
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
