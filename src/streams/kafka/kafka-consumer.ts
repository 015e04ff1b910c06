/**
 * Reads committed records, as a member of a group or from given positions. Positions are kept by the owner, never committed here: in a group every
 * newly assigned partition starts paused until its owner has sought and resumed it.
 */
import { randomUUID } from 'node:crypto';
import type { Batch, Consumer as KafkaJsConsumer } from 'kafkajs';
import {
  type Consumer,
  type ConsumerOptions,
  LogError,
  type LogRecord,
  type Position,
  partitionId,
  type TopicPartition,
} from '../log.ts';
import { coPartitioned, fixed } from './assigners.ts';
import { KafkaClient } from './kafka-client.ts';
import type { Loopback, LoopbackReader } from './loopback.ts';
import { toOffset } from './offset.ts';
import type { KafkaLogOptions } from './options.ts';
import { headersOf } from './record-headers.ts';
import { refusal } from './refusal.ts';

export class KafkaConsumer implements Consumer, LoopbackReader {
  readonly #client: KafkaClient;
  readonly #consumer: KafkaJsConsumer;
  readonly #loopback: Loopback;
  readonly #settings: KafkaLogOptions;
  readonly #options: ConsumerOptions;
  readonly #owned = new Set<string>();
  /** Where reading goes on, by partition: kafkajs forgets it at a rebalance. */
  readonly #next = new Map<string, number>();
  /** Partitions that are not to be read now: kafkajs forgets them when it starts anew. */
  readonly #paused = new Set<string>();
  /** kafkajs gives up a group member that met an error, and starts a new one some time later; in between it can be told nothing. */
  #state: 'joining' | 'member' | 'ended' = 'joining';
  #settled = Promise.withResolvers<void>();
  /** The batch under way, until a handler has seen it. */
  #emptyUpTo: {
    readonly topic: string;
    readonly partition: number;
    readonly lastOffset: string;
    readonly highWatermark: string;
  } | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    client: KafkaClient,
    consumer: KafkaJsConsumer,
    loopback: Loopback,
    settings: KafkaLogOptions,
    options: ConsumerOptions,
  ) {
    this.#client = client;
    this.#consumer = consumer;
    this.#loopback = loopback;
    this.#settings = settings;
    this.#options = options;
  }

  static async start(settings: KafkaLogOptions, loopback: Loopback, options: ConsumerOptions): Promise<KafkaConsumer> {
    const { prefix } = settings;
    const positions =
      options.kind === 'positions' ? options.positions.map((at) => ({ ...at, topic: prefix + at.topic })) : [];
    const topics =
      options.kind === 'group'
        ? options.topics.map((topic) => prefix + topic)
        : [...new Set(positions.map(({ topic }) => topic))];
    const client = new KafkaClient(settings);
    const consumer = client.kafka.consumer({
      groupId: options.kind === 'group' ? prefix + options.group : `${prefix}aura.reader-${randomUUID()}`,
      partitionAssigners: [options.kind === 'group' ? coPartitioned : fixed(positions)],
      sessionTimeout: settings.sessionTimeoutMs,
      heartbeatInterval: Math.max(100, Math.floor(settings.sessionTimeoutMs / 10)),
      rebalanceTimeout: settings.sessionTimeoutMs,
      maxWaitTimeInMs: settings.fetchWaitMs,
      // Where nobody waits, a fetch comes back with much, or at the end of its wait: not amid the work of those who do wait.
      minBytes: options.kind === 'group' && options.unhurried ? 256 * 1024 : 1,
      maxBytesPerPartition: 2 * 1024 * 1024,
      maxBytes: 16 * 1024 * 1024,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 20,
        multiplier: 2,
        maxRetryTime: 1_000,
        retries: Number.MAX_SAFE_INTEGER,
        // A new member that nobody could close would keep its partitions from everybody.
        restartOnFailure: async () => self.#closing === null,
      },
    });
    const self = new KafkaConsumer(client, consumer, loopback, settings, options);
    if (options.kind === 'group' && options.unhurried !== true) loopback.attach(options.topics, self);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      self.#listen();
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 1,
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch, isStale }) => {
          self.#emptyUpTo = null;
          if (self.#closing === null && !isStale()) self.#hand(batch);
        },
      });
    } catch (error) {
      loopback.detach(self);
      await client.close();
      throw error;
    }
    return self;
  }

  seek({ topic, partition, offset }: Position): void {
    this.#next.set(partitionId({ topic, partition }), offset);
    if (this.#listens) this.#consumer.seek({ topic: this.#settings.prefix + topic, partition, offset: String(offset) });
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.add(partitionId(at));
    if (this.#listens) this.#consumer.pause(this.#named(partitions));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.delete(partitionId(at));
    if (this.#listens) this.#consumer.resume(this.#named(partitions));
  }

  get readsAhead(): boolean {
    return this.#options.kind === 'group' && this.#options.readsAhead === true;
  }

  overhear(records: readonly LogRecord[], pledge: Promise<void> | null): void {
    const [first] = records;
    const id = partitionId(first);
    if (!this.#listens || !this.#owned.has(id) || this.#paused.has(id) || this.#next.get(id) !== first.offset) return;
    this.#deliver(first, records, first.offset + records.length, 0, pledge);
  }

  close(): Promise<void> {
    this.#loopback.detach(this);
    this.#closing ??= this.#client.close(async () => {
      // kafkajs cannot stop a member that is about to join: it would join all the same, and stay.
      await this.#settled.promise;
      await this.#consumer.disconnect();
    });
    return this.#closing;
  }

  get #listens(): boolean {
    return this.#state === 'member' && this.#closing === null;
  }

  #named(partitions: readonly TopicPartition[]): { readonly topic: string; readonly partitions: number[] }[] {
    return partitions.map(({ topic, partition }) => ({
      topic: this.#settings.prefix + topic,
      partitions: [partition],
    }));
  }

  #listen(): void {
    const consumer = this.#consumer;
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#state = 'member';
      // kafkajs takes a few more turns of the queue until the new member can be stopped.
      setImmediate(this.#settled.resolve);
      this.#joined(payload.memberAssignment);
    });
    consumer.on(events.STOP, () => {
      this.#state = 'joining';
      this.#settled = Promise.withResolvers();
    });
    // Batches of which nothing is left, such as a lone commit marker, reach no handler but move the position all the same.
    consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.firstOffset === null || this.#closing !== null) return;
      const { topic, partition, lastOffset, highWatermark } = payload;
      this.#emptyUpTo = { topic, partition, lastOffset, highWatermark };
    });
    consumer.on(events.END_BATCH_PROCESS, () => this.#batchEnded());
    consumer.on(events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      this.#state = 'ended';
      this.#settled.resolve();
      if (this.#closing !== null) return;
      const { error } = payload;
      // What was thrown in the midst of kafkajs comes wrapped.
      const why = error.cause instanceof LogError ? error.cause : refusal(error, this.#settings);
      this.#options.failed(why ?? new LogError('log-closed', `reading stopped: ${error.message}`, { cause: error }));
    });
  }

  #joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    if (this.#closing !== null) return;
    const options = this.#options;
    if (options.kind === 'positions') {
      // After a rejoin reading goes on where it was: positions are only sought once.
      for (const position of options.positions) {
        const id = partitionId(position);
        const next = this.#next.get(id) ?? position.offset;
        this.seek({ ...position, offset: next });
        if (this.#paused.has(id)) this.pause([position]);
      }
      return;
    }
    const partitions = [...new Set(Object.values(assignment).flat())].sort((a, b) => a - b);
    const now = new Set(
      partitions.flatMap((partition) => options.topics.map((topic) => partitionId({ topic, partition }))),
    );
    for (const id of [...this.#owned]) {
      if (now.has(id)) continue;
      this.#owned.delete(id);
      this.#next.delete(id);
      this.#paused.delete(id);
    }
    for (const partition of partitions) {
      for (const topic of options.topics) {
        const at = { topic, partition };
        const id = partitionId(at);
        const next = this.#next.get(id);
        if (next !== undefined) this.seek({ ...at, offset: next });
        if (!this.#owned.has(id) || this.#paused.has(id)) this.pause([at]);
        this.#owned.add(id);
      }
    }
    options.assigned?.(partitions);
  }

  #hand(batch: Batch): void {
    const topic = batch.topic.slice(this.#settings.prefix.length);
    const { partition } = batch;
    // What was overheard comes once more.
    const from = this.#next.get(partitionId({ topic, partition })) ?? 0;
    const records: LogRecord[] = [];
    for (const message of batch.messages) {
      const offset = toOffset(message.offset);
      if (offset < from) continue;
      records.push({
        topic,
        partition,
        offset,
        appendMs: Number(message.timestamp),
        key: message.key,
        value: message.value,
        headers: headersOf(message),
      });
    }
    const nextOffset = toOffset(batch.lastOffset()) + 1;
    this.#deliver({ topic, partition }, records, nextOffset, toOffset(batch.highWatermark) - nextOffset);
  }

  #batchEnded(): void {
    const empty = this.#emptyUpTo;
    this.#emptyUpTo = null;
    if (empty === null) return;
    const at = { topic: empty.topic.slice(this.#settings.prefix.length), partition: empty.partition };
    const nextOffset = toOffset(empty.lastOffset) + 1;
    this.#deliver(at, [], nextOffset, toOffset(empty.highWatermark) - nextOffset);
  }

  #deliver(
    { topic, partition }: TopicPartition,
    records: readonly LogRecord[],
    nextOffset: number,
    behind: number,
    pledge: Promise<void> | null = null,
  ): void {
    const at = { topic, partition };
    const id = partitionId(at);
    if (nextOffset <= (this.#next.get(id) ?? 0)) return;
    this.#next.set(id, nextOffset);
    this.#options.records(at, records, nextOffset, Math.max(0, behind), pledge);
  }
}
