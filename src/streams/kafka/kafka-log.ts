/** The log on a Kafka cluster, through kafkajs. ARCHITECTURE.md says what kafkajs lacks and how each gap is closed here. */
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import {
  type Consumer,
  type ConsumerOptions,
  type Log,
  LogError,
  type Position,
  type TopicPartition,
  type TopicSpec,
  type TransactionalWriter,
  type Writer,
} from '../log.ts';
import { checkedPartitions } from '../topic-partitions.ts';
import { rememberCoordinators } from './coordinator-cache.ts';
import { isProtocolError, isRetriable } from './errors.ts';
import { KafkaClient } from './kafka-client.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { KafkaTransactionalWriter, KafkaWriter } from './kafka-writers.ts';
import { Loopback } from './loopback.ts';
import { endWherePositionIsLost } from './lost-positions.ts';
import { toOffset } from './offset.ts';
import { type KafkaLogOptions, messageBytesMax } from './options.ts';
import { readHeadersAtOnce } from './record-headers.ts';
import { brokerError } from './refusal.ts';
import { withoutRepetition } from './repeated-lines.ts';
import { sendTransactionsOnce } from './sent-once.ts';

export class KafkaLog implements Log {
  readonly kind = 'kafka';
  readonly #options: KafkaLogOptions;
  readonly #client: KafkaClient;
  readonly #admin: Admin;
  readonly #partitionCounts = new Map<string, number>();
  readonly #items = new Set<{ close(): Promise<void> }>();
  readonly #loopback = new Loopback();
  #connected: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: KafkaLogOptions) {
    rememberCoordinators();
    readHeadersAtOnce();
    endWherePositionIsLost();
    sendTransactionsOnce();
    this.#options = { ...options, log: withoutRepetition(options.log, () => performance.now()) };
    this.#client = new KafkaClient(this.#options);
    this.#admin = this.#client.kafka.admin();
  }

  async id(): Promise<string> {
    const { clusterId } = await this.#ask((admin) => admin.describeCluster());
    return `${clusterId}/${this.#options.prefix}`;
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    const existing = new Set(await this.#ask((admin) => admin.listTopics()));
    const missing = specs.filter(({ name }) => !existing.has(this.#name(name)));
    if (missing.length > 0) {
      // Another process may make them at the same time: those that exist by then are left as they are.
      const topics = missing.map((spec) => this.#topicConfig(spec));
      await this.#ask((admin) => admin.createTopics({ waitForLeaders: false, topics }));
    }
    const counts = new Map<string, number>();
    for (const { name } of specs)
      counts.set(name, (await this.#ask((admin) => admin.fetchTopicOffsets(this.#name(name)))).length);
    for (const { name, partitions } of checkedPartitions(specs, counts, (topic) => this.#name(topic))) {
      await this.#addPartitions(name, partitions);
      counts.set(name, partitions);
    }
    for (const [name, count] of counts) this.#partitionCounts.set(name, count);
  }

  async partitionCount(topic: string): Promise<number> {
    const known = this.#partitionCounts.get(topic);
    if (known !== undefined) return known;
    const count = (await this.bounds(topic)).length;
    this.#partitionCounts.set(topic, count);
    return count;
  }

  async bounds(topic: string): Promise<{ partition: number; low: number; high: number }[]> {
    const offsets = await this.#ask((admin) => admin.fetchTopicOffsets(this.#name(topic))).catch((cause: unknown) => {
      // kafkajs takes it for one that passes, and says at last that it tried too often, as where no broker answers.
      if (!isProtocolError(cause, 'UNKNOWN_TOPIC_OR_PARTITION')) throw cause;
      throw new LogError('topic-unknown', `there is no topic ${this.#name(topic)}`, { cause });
    });
    return offsets
      .map(({ partition, low, high }) => ({ partition, low: toOffset(low), high: toOffset(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  async committed(group: string, partitions: readonly TopicPartition[]): Promise<readonly Position[]> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const answer = await this.#ask((admin) =>
      admin.fetchOffsets({
        groupId: this.#name(group),
        topics: topics.map((topic) => this.#name(topic)),
      }),
    );
    return partitions.flatMap((at) => {
      const offsets = answer.find(({ topic }) => topic === this.#name(at.topic))?.partitions;
      const offset = toOffset(offsets?.find(({ partition }) => partition === at.partition)?.offset ?? '-1');
      return offset < 0 ? [] : [{ topic: at.topic, partition: at.partition, offset }];
    });
  }

  async deleteBefore(positions: readonly Position[], sinceMs: number): Promise<void> {
    for (const topic of new Set(positions.map((position) => position.topic))) {
      const name = this.#name(topic);
      // Asked for even where it is not needed: kafkajs deletes records of topics only that it has heard of.
      const since = await this.#ask((admin) => admin.fetchTopicOffsetsByTimestamp(name, sinceMs));
      const bounds = await this.bounds(topic);
      const partitions = positions.flatMap((position) => {
        if (position.topic !== topic) return [];
        const { partition } = position;
        const kept = toOffset(since.find((found) => found.partition === partition)?.offset ?? '0');
        const offset = Math.min(position.offset, kept);
        return offset > (bounds[partition]?.low ?? offset) ? [{ partition, offset: String(offset) }] : [];
      });
      if (partitions.length > 0) await this.#ask((admin) => admin.deleteTopicRecords({ topic: name, partitions }));
    }
  }

  async consume(options: ConsumerOptions): Promise<Consumer> {
    return await this.#open(() => KafkaConsumer.start(this.#options, this.#loopback, options));
  }

  async writer(): Promise<Writer> {
    return await this.#open(() => KafkaWriter.start(this.#options, this.#loopback));
  }

  async transactionalWriter(transactionalId: string): Promise<TransactionalWriter> {
    return await this.#open(() => KafkaTransactionalWriter.start(this.#options, this.#loopback, transactionalId));
  }

  /** Closes what is still open, each within the limit; nothing can be opened any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const open = [...this.#items].map((item) => item.close());
    const admin = this.#connected === null ? this.#client.close() : this.#client.close(() => this.#admin.disconnect());
    await Promise.all([...open, admin]);
  }

  /** Names of the topics under the prefix, without it. */
  async topicNames(): Promise<readonly string[]> {
    const all = await this.#ask((admin) => admin.listTopics());
    const { prefix } = this.#options;
    return all
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  /** Effective settings of a topic, for operators and tests. */
  async topicConfig(topic: string): Promise<ReadonlyMap<string, string>> {
    const admin = await this.#connectedAdmin();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: this.#name(topic) }],
    });
    return new Map(resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]));
  }

  #topicConfig(spec: TopicSpec): ITopicConfig {
    const { topics } = this.#options;
    const settings = {
      'cleanup.policy': spec.compacted ? 'compact' : 'delete',
      'compression.type': topics.compression,
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': String(topics.minInsyncReplicas),
      'max.message.bytes': String(messageBytesMax),
      ...(spec.compacted
        ? { 'min.cleanable.dirty.ratio': '0.2', 'segment.bytes': String(64 * 1024 * 1024) }
        : { 'retention.ms': String(spec.retentionMs ?? topics.retentionMs) }),
    };
    return {
      topic: this.#name(spec.name),
      numPartitions: spec.partitions,
      replicationFactor: topics.replication,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    };
  }

  async #addPartitions(topic: string, count: number): Promise<void> {
    try {
      const topicPartitions = [{ topic: this.#name(topic), count }];
      await this.#ask((admin) => admin.createPartitions({ topicPartitions }));
    } catch (error) {
      // Another process may have done it at the same time.
      if (!isProtocolError(error, 'INVALID_PARTITIONS') || (await this.bounds(topic)).length < count) throw error;
    }
  }

  /** Opens something that is closed with the log, unless it is closed before. */
  async #open<T extends { close(): Promise<void> }>(opening: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const item = await this.#reached(opening());
    this.#items.add(item);
    const close = item.close.bind(item);
    item.close = async () => {
      this.#items.delete(item);
      await close();
    };
    if (this.#closing !== null) {
      await item.close();
      this.#assertOpen();
    }
    return item;
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new LogError('log-closed', 'the log is closed');
  }

  /** kafkajs's admin gives up at once on errors that pass by themselves, such as a leader that is just being elected. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = await this.#connectedAdmin();
    const giveUpMs = performance.now() + adminRetryMs;
    for (let waitMs = 10; ; waitMs = Math.min(2 * waitMs, 500)) {
      try {
        return await question(admin);
      } catch (error) {
        this.#assertOpen(); // closed meanwhile: what kafkajs then says is of brokers that nobody can reach
        if (!isRetriable(error) || performance.now() > giveUpMs) throw brokerError(error, this.#options);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** What a connection came to; where it came to nothing, why. */
  async #reached<T>(opening: Promise<T>): Promise<T> {
    try {
      return await opening;
    } catch (error) {
      this.#assertOpen();
      throw brokerError(error, this.#options);
    }
  }

  async #connectedAdmin(): Promise<Admin> {
    this.#assertOpen();
    this.#connected ??= this.#admin.connect().catch((error: unknown) => {
      this.#connected = null; // the next question tries again
      throw error;
    });
    await this.#reached(this.#connected);
    return this.#admin;
  }

  #name(name: string): string {
    return this.#options.prefix + name;
  }
}

/** How long a leader or coordinator may be missing before a question to the cluster fails. */
const adminRetryMs = 20_000;
