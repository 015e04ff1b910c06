/**
 * A processor is data and a function: it names its topics and its state, takes batches of records in the order its task took them, and emits
 * records. It never sees a broker, an offset to commit, a transaction or a clock. The same processor runs on Kafka, in memory and under replay.
 */
import type { Headers } from './log.ts';
import type { Codec } from './schema/codec.ts';
import type { Store, StoreSpec } from './store.ts';

/** A topic and what its records are. The key is UTF-8; records of one key share a partition. */
export interface Topic<T = unknown> {
  readonly name: string;
  readonly codec: Codec<T>;
  /** A table: one partition, compacted, read whole by every task; a null value deletes the key. */
  readonly table: boolean;
}

/** A record that was read: its bytes and what they say. */
export interface Input<T = unknown> {
  readonly topic: Topic<T>;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly key: string;
  /** The key as it came, which may be none, or no text; left out of records that a chain hands on. */
  readonly keyBytes?: Uint8Array | null;
  /** Null only in tables: the key was deleted. */
  readonly value: T;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

/** Narrows a record to a topic's type. */
export function isFrom<T>(record: Input, topic: Topic<T>): record is Input<T> {
  return record.topic === topic;
}

/** `soon`: nobody waits for this record alone, so it may be committed with what follows within the commit interval. Outputs are `now` unless they say so. */
export type Urgency = 'now' | 'soon';

export interface Emitted {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

export interface Context {
  /** Writes a record with the task's transaction; its partition follows from the key. `cause` hands on the trace and the time of origin. Returns what is written. */
  emit<T>(topic: Topic<T>, key: string, value: T, cause: Input | null, urgency?: Urgency): Emitted;
  /** Gives a record up: its bytes, origin and reason go to the dead letters. */
  deadLetter(record: Input, code: string, reason: string): void;
  /** State by name, as declared. */
  store<V>(spec: StoreSpec<V>): Store<V>;
  /**
   * Event time of `key` stands at `nowMs`; at `dueMs` something is to happen. If no record of the key brings event time there in the wall time it
   * would have taken, the runtime writes the processor's tick record for it. A null `dueMs` takes the wish back.
   */
  wakeAt(key: string, nowMs: number, dueMs: number | null): void;
  /**
   * In about `ms` something will probably be emitted that somebody waits for: what is `soon` had better not be in the middle of its commit then, and rides
   * with it. A hint: nothing but the time of commits follows from it. What `wakeAt` is told counts as well.
   */
  expectIn(ms: number): void;
}

/** A record that a task will probably emit soon: as it would be now. */
export interface Expected<T = unknown> {
  readonly topic: Topic<T>;
  readonly key: string;
  readonly value: T;
  readonly bytes: Uint8Array;
}

export interface ProcessorTask {
  process(batch: readonly Input[], context: Context): void | Promise<void>;
  /**
   * Called while nothing waits: time to work out ahead what will probably be asked for, given what earlier stages of a chain expect to emit. It
   * emits nothing and changes no store, and what `process` writes is the same bytes whether it was called or not. Called again as long as something
   * is expected; each call should be short, as input that comes meanwhile waits for it.
   */
  anticipate?(
    expected: readonly Expected[],
    context: Pick<Context, 'store'>,
  ): readonly Expected[] | Promise<readonly Expected[]>;
  /** Called once, after state was restored and before the first batch. */
  restored?(context: Pick<Context, 'store' | 'wakeAt'>): void;
  close?(): Promise<void>;
}

export interface Tick {
  readonly topic: Topic;
  value(key: string, dueMs: number): unknown;
}

export interface Processor {
  /** In kebab-case; names the consumer group, the transactional ids and the internal topics. */
  readonly name: string;
  /** Topics read by partition; a task reads the same partition of each. */
  readonly inputs: readonly Topic[];
  /** Tables read whole by every task. */
  readonly tables: readonly Topic[];
  readonly outputs: readonly Topic[];
  readonly stores: readonly StoreSpec[];
  /**
   * How long input may wait for company before it is taken, in ms; 0 where left out. For what nobody waits for: it takes larger batches, and leaves
   * the machine to those who are in a hurry.
   */
  readonly lingerMs?: number;
  /** How an idle key is woken; the topic is one of the inputs. */
  readonly tick?: Tick;
  /** Makes what works on one partition; called again whenever its task starts anew. */
  task(partition: number): ProcessorTask;
}
