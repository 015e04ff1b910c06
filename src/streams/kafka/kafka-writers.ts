/** The two writers on Kafka: transactional, one id an owner; and idempotent, without transactions. */
import { CompressionTypes, type Message, type Producer, type TopicMessages, type Transaction } from 'kafkajs';
import {
  LogError,
  type LogRecord,
  type OutRecord,
  type Position,
  partitionId,
  recordBytes,
  type TransactionalWriter,
  type Writer,
} from '../log.ts';
import { EarlyEnlistment } from './early-enlistment.ts';
import { isProtocolError, isRetriable } from './errors.ts';
import { KafkaClient } from './kafka-client.ts';
import type { Loopback } from './loopback.ts';
import { type KafkaLogOptions, messageBytesMax } from './options.ts';
import { refusal } from './refusal.ts';
import { assertAcknowledged } from './unacknowledged.ts';

/** kafkajs sends a partition's records as one batch: cut below what the topics take, with room for framing. */
const sendBytesMax = messageBytesMax / 2;
const recordOverheadBytes = 128;
/** How long a coordinator may be loading or moving before a transaction is given up. */
const offsetsRetryMs = 10_000;

export class KafkaTransactionalWriter implements TransactionalWriter {
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  readonly #settings: KafkaLogOptions;
  readonly #id: string;
  readonly #early: EarlyEnlistment;
  readonly #loopback: Loopback;
  #failed = false;

  private constructor(
    client: KafkaClient,
    producer: Producer,
    early: EarlyEnlistment,
    loopback: Loopback,
    settings: KafkaLogOptions,
    id: string,
  ) {
    this.#client = client;
    this.#producer = producer;
    this.#early = early;
    this.#loopback = loopback;
    this.#settings = settings;
    this.#id = id;
  }

  /** InitProducerId: when this returns, every older transaction of the id has ended and its writers are fenced. */
  static async start(settings: KafkaLogOptions, loopback: Loopback, id: string): Promise<KafkaTransactionalWriter> {
    const transactionalId = settings.prefix + id;
    const early = new EarlyEnlistment(transactionalId, settings.transactionTimeoutMs / 2);
    const client = new KafkaClient(settings);
    const producer = client.kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 2,
      transactionTimeout: settings.transactionTimeoutMs,
      allowAutoTopicCreation: false,
    });
    const writer = new KafkaTransactionalWriter(client, producer, early, loopback, settings, id);
    let connected = false;
    try {
      await producer.connect();
      connected = true;
      const probe = await producer.transaction();
      await probe.abort();
    } catch (error) {
      await client.close();
      early.forget();
      throw connected ? asLogError(error, id, settings) : error;
    }
    return writer;
  }

  async commit(records: readonly OutRecord[], group: string, positions: readonly Position[]): Promise<void> {
    if (this.#failed) throw new LogError('commit-failed', `${this.#id}: the writer failed before and must be closed`);
    if (records.length === 0 && positions.length === 0) return;
    try {
      const transaction = await this.#producer.transaction();
      // Both halves at once: a transaction is mostly round trips.
      const offsets = positions.length > 0 ? this.#sendOffsets(transaction, group, positions) : null;
      const [written] = await Promise.all([this.#sendRecords(transaction, records), offsets]);
      // Those who read ahead hear of a failure whose commit it was.
      const committed = transaction.commit().catch((error: unknown) => {
        throw asLogError(error, this.#id, this.#settings);
      });
      // A turn later: the request is to be on its way before anybody works on what it commits.
      setImmediate(() => this.#loopback.offer(written, committed));
      await committed;
      this.#early.ahead();
      this.#loopback.offer(written);
    } catch (error) {
      // Whether the commit took place is settled by the next writer's InitProducerId; this one is done with.
      this.#failed = true;
      throw asLogError(error, this.#id, this.#settings);
    }
  }

  expect(): void {
    this.#early.expect();
  }

  async close(): Promise<void> {
    await this.#client.close(async () => {
      await this.#early.close();
      await this.#producer.disconnect();
    });
    this.#early.forget();
  }

  async #sendRecords(
    transaction: Transaction,
    records: readonly OutRecord[],
  ): Promise<readonly (readonly LogRecord[])[]> {
    const written: (readonly LogRecord[])[] = [];
    for (const { batch, topicMessages } of inBatches(records, this.#settings.prefix)) {
      const answer = await transaction.sendBatch({ topicMessages, acks: -1, compression: CompressionTypes.None });
      assertAcknowledged(this.#settings.prefix, batch, answer);
      written.push(...this.#loopback.acknowledged(this.#settings.prefix, batch, answer));
    }
    return written;
  }

  /** kafkajs asks AddOffsetsToTxn outside its retrier, and the markers of the transaction before may still be on their way. */
  async #sendOffsets(transaction: Transaction, group: string, positions: readonly Position[]): Promise<void> {
    const byTopic = new Map<string, { partition: number; offset: string }[]>();
    for (const { topic, partition, offset } of positions) {
      const name = this.#settings.prefix + topic;
      const partitions = byTopic.get(name) ?? [];
      byTopic.set(name, partitions);
      partitions.push({ partition, offset: String(offset) });
    }
    const topics = [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
    const giveUpMs = performance.now() + offsetsRetryMs;
    for (let attempt = 1; ; attempt++) {
      try {
        await transaction.sendOffsets({ consumerGroupId: this.#settings.prefix + group, topics });
        return;
      } catch (error) {
        if (!isRetriable(error) || performance.now() > giveUpMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(attempt, 20)));
      }
    }
  }
}

export class KafkaWriter implements Writer {
  readonly #settings: KafkaLogOptions;
  readonly #loopback: Loopback;
  #connection: Connection;
  #tail: Promise<void> = Promise.resolve();
  #closing = false;

  private constructor(settings: KafkaLogOptions, loopback: Loopback, connection: Connection) {
    this.#settings = settings;
    this.#loopback = loopback;
    this.#connection = connection;
  }

  static async start(settings: KafkaLogOptions, loopback: Loopback): Promise<KafkaWriter> {
    const connection = newConnection(settings);
    await connect(connection);
    return new KafkaWriter(settings, loopback, connection);
  }

  /** One after another: the order of calls is the order in the partition. */
  write(records: readonly OutRecord[]): Promise<void> {
    const written = this.#tail.then(() => this.#write(records));
    this.#tail = written.catch(() => undefined); // the caller hears of it through `written`
    return written;
  }

  async #write(records: readonly OutRecord[]): Promise<void> {
    if (this.#connection.failed) await this.#connectAnew();
    const connection = this.#connection;
    try {
      // One partition after the other: kafkajs sends twice where one broker refuses while another works (`sent-once.ts`); alone in a request, a record keeps its number.
      for (const { batch, topicMessages } of byPartition(records).flatMap((some) => [
        ...inBatches(some, this.#settings.prefix),
      ])) {
        const { producer } = connection;
        const answer = await producer.sendBatch({ topicMessages, acks: -1, compression: CompressionTypes.None });
        assertAcknowledged(this.#settings.prefix, batch, answer);
        this.#loopback.offer(this.#loopback.acknowledged(this.#settings.prefix, batch, answer));
      }
    } catch (error) {
      // The broker may have appended what it did not acknowledge. kafkajs gives the numbers of those records to the next ones, which the broker would
      // take for the same and acknowledge without appending them: a producer that failed is not used again.
      connection.failed = true;
      throw refusal(error, this.#settings) ?? error;
    }
  }

  async #connectAnew(): Promise<void> {
    if (this.#closing) throw new LogError('log-closed', 'the writer is closed');
    // In its place before it is connected, and before anything is waited for: whoever closes meanwhile closes this one.
    void this.#connection.client.close();
    this.#connection = newConnection(this.#settings);
    await connect(this.#connection);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const { client, producer } = this.#connection;
    await client.close(async () => {
      await this.#tail;
      await producer.disconnect();
    });
  }
}

interface Connection {
  readonly client: KafkaClient;
  readonly producer: Producer;
  /** Or not connected yet. */
  failed: boolean;
}

function newConnection(settings: KafkaLogOptions): Connection {
  const client = new KafkaClient(settings);
  const producer = client.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  return { client, producer, failed: true };
}

async function connect(connection: Connection): Promise<void> {
  const { client, producer } = connection;
  try {
    await producer.connect();
  } catch (error) {
    void client.close(); // not waited for: whoever closes the writer meanwhile waits for this
    throw error;
  }
  connection.failed = false;
}

interface Send {
  readonly batch: readonly OutRecord[];
  readonly topicMessages: TopicMessages[];
}

/** Groups records by topic, their order within a partition kept, into sends that no partition's batch limit refuses. */
function* inBatches(records: readonly OutRecord[], prefix: string): Generator<Send> {
  let batch: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record) + recordOverheadBytes;
    if (bytes > 0 && bytes + size > sendBytesMax) {
      yield { batch, topicMessages: byTopic(batch, prefix) };
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (bytes > 0) yield { batch, topicMessages: byTopic(batch, prefix) };
}

function byPartition(records: readonly OutRecord[]): readonly (readonly OutRecord[])[] {
  return [...Map.groupBy(records, partitionId).values()];
}

function byTopic(records: readonly OutRecord[], prefix: string): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, partition, key, value, headers } of records) {
    const name = prefix + topic;
    const messages = topics.get(name) ?? [];
    topics.set(name, messages);
    messages.push({
      partition,
      key: key === null ? null : asBuffer(key),
      value: value === null ? null : asBuffer(value),
      ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    });
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

function headersOf(headers: Readonly<Record<string, Uint8Array>>): Record<string, Buffer> {
  const out: Record<string, Buffer> = {};
  for (const name in headers) out[name] = asBuffer(headers[name]);
  return out;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const fencing = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'];
/** A broker forgets an id that made no transaction for transactional.id.expiration.ms, seven days by default. */
const forgotten = 'INVALID_PRODUCER_ID_MAPPING';

function asLogError(error: unknown, id: string, settings: KafkaLogOptions): LogError {
  const refused = error instanceof LogError ? error : refusal(error, settings);
  if (refused !== null) return refused;
  const why = error instanceof Error ? error.message : String(error);
  if (fencing.some((type) => isProtocolError(error, type))) {
    return new LogError('writer-fenced', `${id}: a newer writer has taken over: ${why}`, { cause: error });
  }
  if (isProtocolError(error, forgotten)) {
    const message = `${id}: a newer writer has taken over, or the broker has forgotten this one, which was idle for long: ${why}`;
    return new LogError('writer-fenced', message, { cause: error });
  }
  return new LogError('commit-failed', `${id}: ${why}`, { cause: error });
}
