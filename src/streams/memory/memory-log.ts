/**
 * The embedded log: durable to nothing, deterministic, with fault injection. Transactions append at once or not at all; a transactional id's newest
 * writer fences the older ones; groups spread partitions over their members as Kafka's would.
 */
import { randomUUID } from 'node:crypto';
import {
  type Consumer,
  type ConsumerOptions,
  type Log,
  LogError,
  type LogRecord,
  type OutRecord,
  type Position,
  partitionId,
  recordBytes,
  recordBytesMax,
  type TopicPartition,
  type TopicSpec,
  type TransactionalWriter,
  type Writer,
} from '../log.ts';
import { checkedPartitions } from '../topic-partitions.ts';

export interface MemoryLogOptions {
  /** The broker's clock, in ms since the epoch. */
  now(): number;
  readonly faults?: MemoryFaults;
  /** Records kept in a partition that is not compacted; the oldest beyond it are dropped. */
  readonly keptRecords?: number;
}

/** Asked before each commit: `fail-before` nothing is appended, `fail-after` all is and the writer is not told. */
export interface MemoryFaults {
  commit?(transactionalId: string): 'ok' | 'fail-before' | 'fail-after';
}

interface Partition {
  /** In offset order; where the topic is compacted, with gaps. */
  records: LogRecord[];
  /** First offset kept. */
  low: number;
  /** Offset of the next record. */
  high: number;
  /** Length at which a compacted partition is compacted again. */
  compactAt: number;
}

interface TopicLog {
  readonly spec: TopicSpec;
  readonly partitions: Partition[];
}

function emptyPartition(): Partition {
  return { records: [], low: 0, high: 0, compactAt: compactMin };
}

/** Most records a consumer is handed at once. */
const handedMax = 2_000;
const noHeaders = Object.freeze({});

export class MemoryLog implements Log {
  readonly kind = 'memory';
  readonly #options: MemoryLogOptions;
  readonly #topics = new Map<string, TopicLog>();
  readonly #epochs = new Map<string, number>();
  readonly #offsets = new Map<string, Map<string, Position>>();
  readonly #groups = new Map<string, Set<MemoryConsumer>>();
  readonly #readers = new Map<string, Set<MemoryConsumer>>();
  /** Its offsets begin again with each process. */
  readonly #id = `memory-${randomUUID()}`;
  #closed = false;

  constructor(options: MemoryLogOptions) {
    this.#options = options;
  }

  async id(): Promise<string> {
    return this.#id;
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) {
      if (this.#topics.has(spec.name)) continue;
      this.#topics.set(spec.name, { spec, partitions: Array.from({ length: spec.partitions }, emptyPartition) });
    }
    const counts = new Map(specs.map(({ name }) => [name, this.#topic(name).partitions.length]));
    for (const { name, partitions } of checkedPartitions(specs, counts)) {
      const topic = this.#topic(name);
      while (topic.partitions.length < partitions) topic.partitions.push(emptyPartition());
    }
  }

  async partitionCount(topic: string): Promise<number> {
    return this.#topic(topic).partitions.length;
  }

  async bounds(topic: string): Promise<{ partition: number; low: number; high: number }[]> {
    return this.#topic(topic).partitions.map(({ low, high }, partition) => ({ partition, low, high }));
  }

  async committed(group: string, partitions: readonly TopicPartition[]): Promise<readonly Position[]> {
    const offsets = this.#offsets.get(group);
    return partitions.flatMap((at) => offsets?.get(partitionId(at)) ?? []);
  }

  async deleteBefore(positions: readonly Position[], sinceMs: number): Promise<void> {
    for (const { topic, partition, offset } of positions) {
      const log = this.#topic(topic).partitions[partition];
      const kept = log.records.findIndex((record) => record.offset >= offset || record.appendMs >= sinceMs);
      log.records = kept < 0 ? [] : log.records.slice(kept);
      log.low = log.records[0]?.offset ?? Math.max(log.low, Math.min(offset, log.high));
    }
  }

  async consume(options: ConsumerOptions): Promise<Consumer> {
    this.#assertOpen();
    const consumer = new MemoryConsumer(options, this.#access());
    if (options.kind === 'positions') {
      for (const position of options.positions) {
        this.#topic(position.topic);
        consumer.assign(position, false);
        this.#watch(position, consumer);
      }
    } else {
      for (const topic of options.topics) this.#topic(topic);
      const members = this.#groups.get(options.group) ?? new Set();
      this.#groups.set(options.group, members);
      members.add(consumer);
      // The owner gets hold of the consumer before it hears of its partitions.
      setImmediate(() => this.#rebalance(options.group));
    }
    return consumer;
  }

  async writer(): Promise<Writer> {
    return {
      write: async (records) => {
        this.#assertOpen();
        this.#append(records);
      },
      close: async () => undefined,
    };
  }

  async transactionalWriter(transactionalId: string): Promise<TransactionalWriter> {
    this.#assertOpen();
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1;
    this.#epochs.set(transactionalId, epoch);
    return {
      commit: async (records, group, positions) => {
        this.#assertOpen();
        await null; // a commit is never done at once: its owner must not rely on it
        const fault = this.#options.faults?.commit?.(transactionalId) ?? 'ok';
        if (fault === 'fail-before')
          throw new LogError('commit-failed', `injected: ${transactionalId} failed before its commit`);
        if (this.#epochs.get(transactionalId) !== epoch) {
          throw new LogError('writer-fenced', `${transactionalId}: a newer writer has taken over from epoch ${epoch}`);
        }
        this.#append(records);
        const offsets = this.#offsets.get(group) ?? new Map<string, Position>();
        this.#offsets.set(group, offsets);
        for (const position of positions) offsets.set(partitionId(position), position);
        if (fault === 'fail-after')
          throw new LogError('commit-failed', `injected: ${transactionalId} never heard of its commit`);
      },
      close: async () => undefined,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const consumers of [...this.#groups.values(), ...this.#readers.values()])
      for (const consumer of consumers) await consumer.close();
  }

  /** All records of a partition; for tests and replay. */
  read(at: TopicPartition): readonly LogRecord[] {
    return this.#topic(at.topic).partitions[at.partition]?.records ?? [];
  }

  #append(records: readonly OutRecord[]): void {
    const appendMs = this.#options.now();
    const kept = this.#options.keptRecords ?? Number.POSITIVE_INFINITY;
    const touched = new Set<string>();
    for (const record of records) {
      if (recordBytes(record) > recordBytesMax)
        throw new LogError(
          'record-too-large',
          `${record.topic}: a record of ${recordBytes(record)} bytes; at most ${recordBytesMax} are taken`,
        );
      const { topic, partition } = record;
      const { length } = this.#topic(topic).partitions;
      if (partition >= length)
        throw new LogError('partition-unknown', `${topic} has ${length} partitions; ${partition} is not one`);
    }
    for (const { topic, partition, key, value, headers } of records) {
      const { spec, partitions } = this.#topic(topic);
      const log = partitions[partition];
      log.records.push({
        topic,
        partition,
        offset: log.high++,
        appendMs,
        key,
        value,
        headers: headers ?? noHeaders,
      });
      if (!spec.compacted && log.records.length > 2 * kept) {
        const dropped = log.records.length - kept;
        log.records = log.records.slice(dropped);
        log.low = log.records[0]?.offset ?? log.high;
      } else if (spec.compacted && log.records.length >= log.compactAt) {
        log.records = compacted(log.records);
        log.compactAt = Math.max(compactMin, 2 * log.records.length);
      }
      touched.add(partitionId({ topic, partition }));
    }
    for (const id of touched) for (const consumer of this.#readers.get(id) ?? []) consumer.wake();
  }

  #access(): LogAccess {
    return {
      slice: (at, offset) => {
        const { records } = this.#topic(at.topic).partitions[at.partition];
        const from = firstFrom(records, offset);
        return records.slice(from, from + handedMax);
      },
      high: (at) => {
        return this.#topic(at.topic).partitions[at.partition].high;
      },
      closed: (consumer) => {
        for (const consumers of this.#readers.values()) consumers.delete(consumer);
        for (const [group, members] of this.#groups) {
          if (members.delete(consumer)) setImmediate(() => this.#rebalance(group));
        }
      },
    };
  }

  #watch(at: TopicPartition, consumer: MemoryConsumer): void {
    const id = partitionId(at);
    const readers = this.#readers.get(id) ?? new Set();
    this.#readers.set(id, readers);
    readers.add(consumer);
  }

  #rebalance(group: string): void {
    const members = [...(this.#groups.get(group) ?? [])];
    if (members.length === 0 || this.#closed) return;
    members.forEach((member, index) => {
      const { options } = member;
      if (options.kind !== 'group') return;
      const count = Math.max(...options.topics.map((topic) => this.#topic(topic).partitions.length));
      const mine = Array.from({ length: count }, (_, partition) => partition).filter(
        (partition) => partition % members.length === index,
      );
      const wanted = options.topics.flatMap((topic) =>
        mine
          .filter((partition) => partition < this.#topic(topic).partitions.length)
          .map((partition) => ({ topic, partition })),
      );
      for (const readers of this.#readers.values()) readers.delete(member);
      member.keep(wanted);
      for (const at of wanted) this.#watch(at, member);
      options.assigned?.(mine);
    });
  }

  #topic(name: string): TopicLog {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new LogError('topic-unknown', `there is no topic ${name}`);
    return topic;
  }

  #assertOpen(): void {
    if (this.#closed) throw new LogError('log-closed', 'the log is closed');
  }
}

/** Compacted partitions shorter than this are left alone. */
const compactMin = 5_000;

/** The last record of each key, deleted keys left out; the very last record stays, so that a reader finds the end. */
function compacted(records: readonly LogRecord[]): LogRecord[] {
  const last = new Map<string, LogRecord>();
  for (const record of records) last.set(record.key === null ? '' : Buffer.from(record.key).toString('latin1'), record);
  const end = records.at(-1);
  return records
    .filter(
      (record) =>
        record === end ||
        (record.value !== null &&
          last.get(record.key === null ? '' : Buffer.from(record.key).toString('latin1')) === record),
    )
    .map(({ key, value, ...record }) => ({ ...record, key: onItsOwn(key), value: onItsOwn(value) }));
}

/** Small buffers lie in a pool of 64 KiB: a record that outlives its neighbours would keep all of it. */
function onItsOwn(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null || bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** Place of the first record at or after an offset. */
function firstFrom(records: readonly LogRecord[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface LogAccess {
  slice(at: TopicPartition, offset: number): readonly LogRecord[];
  high(at: TopicPartition): number;
  closed(consumer: MemoryConsumer): void;
}

class MemoryConsumer implements Consumer {
  readonly options: ConsumerOptions;
  readonly #access: LogAccess;
  readonly #places = new Map<string, { at: TopicPartition; offset: number; paused: boolean }>();
  #scheduled = false;
  #closed = false;

  constructor(options: ConsumerOptions, access: LogAccess) {
    this.options = options;
    this.#access = access;
  }

  assign({ topic, partition, offset }: Position, paused: boolean): void {
    this.#places.set(partitionId({ topic, partition }), { at: { topic, partition }, offset, paused });
    this.wake();
  }

  /** Keeps the places of the partitions named, and takes on the new ones, paused. */
  keep(partitions: readonly TopicPartition[]): void {
    const wanted = new Set(partitions.map(partitionId));
    for (const id of [...this.#places.keys()]) if (!wanted.has(id)) this.#places.delete(id);
    for (const at of partitions) if (!this.#places.has(partitionId(at))) this.assign({ ...at, offset: 0 }, true);
  }

  seek(position: Position): void {
    const place = this.#places.get(partitionId(position));
    if (place !== undefined) place.offset = position.offset;
    this.wake();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#setPaused(at, true);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#setPaused(at, false);
    this.wake();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#places.clear();
    this.#access.closed(this);
  }

  wake(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    for (const place of [...this.#places.values()]) {
      if (place.paused || this.#closed) continue;
      const records = this.#access.slice(place.at, place.offset);
      const last = records.at(-1);
      if (last === undefined) continue;
      place.offset = last.offset + 1;
      this.options.records(place.at, records, place.offset, this.#access.high(place.at) - place.offset, null);
      this.wake();
    }
  }

  #setPaused(at: TopicPartition, paused: boolean): void {
    const place = this.#places.get(partitionId(at));
    if (place !== undefined) place.paused = paused;
  }
}
