/**
 * The log port: what the runtime needs of a partitioned, transactional log. Adapters: kafka/ and memory/.
 * Offsets are numbers: a partition that outlives 2^53 records is refused by the adapters.
 */

export type Headers = Readonly<Record<string, Uint8Array>>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition: the next record to read has this offset or a later one. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

export interface LogRecord extends TopicPartition {
  readonly offset: number;
  /** The broker's append time, in ms since the epoch. */
  readonly appendMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

export interface OutRecord extends TopicPartition {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Headers;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Nothing else is placed by its partitions, so that one that is there and has more of them is taken as it is. */
  readonly mayHaveMore?: boolean;
  /** It has as many partitions as the largest of these topics, where that is more, and is given what it lacks. */
  readonly asManyAs?: readonly string[];
  /** Keep the last record of each key for ever, rather than all records for a time. */
  readonly compacted: boolean;
  /** How long records are kept, in ms; of compacted topics only tombstones age. -1: for ever. */
  readonly retentionMs?: number;
}

/** Largest record that a log takes, in bytes: key, value and headers together. */
export const recordBytesMax = 8 * 1024 * 1024 - 64 * 1024;

export function recordBytes({ key, value, headers = {} }: Pick<OutRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + headers[name].length;
  return bytes;
}

/** What a consumer tells its owner. A handler never throws; it does what takes time elsewhere. */
export interface ConsumerHandlers {
  /** The group's verdict: exactly these partitions, of every topic asked for, belong to this member until the next call. New ones start paused. */
  assigned?(partitions: readonly number[]): void;
  /**
   * Committed records in offset order, possibly none, and where reading goes on; control records and aborted ones are not handed over but move `nextOffset`.
   * `behind`: how many offsets of the partition were still to be read after these.
   * `pledge`: given to those who read ahead alone, with records of a transaction that is being committed: fulfilled when it is, rejected where it is not
   * or nobody knows. Nothing that follows from the records may leave before; where it is rejected, reading begins again from what is committed.
   */
  records(
    from: TopicPartition,
    records: readonly LogRecord[],
    nextOffset: number,
    behind: number,
    pledge: Promise<void> | null,
  ): void;
  /** Reading stopped for good. */
  failed(error: Error): void;
}

export type ConsumerOptions = ConsumerHandlers &
  (
    | {
        readonly kind: 'group';
        readonly group: string;
        readonly topics: readonly string[];
        /** Nobody waits for what is read here: a log may let records gather for a while before it hands them over. */
        readonly unhurried?: boolean;
        /** Records may be handed over while their transaction is being committed, each time with a pledge. */
        readonly readsAhead?: boolean;
      }
    | { readonly kind: 'positions'; readonly positions: readonly Position[] }
  );

export interface Consumer {
  /** Where a partition is read from next; records read ahead are dropped. */
  seek(position: Position): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  close(): Promise<void>;
}

/** Writes outside transactions: idempotent, acknowledged by all in-sync replicas, in order within a partition. */
export interface Writer {
  write(records: readonly OutRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** One writer a transactional id; making one fences every older one of the same id. */
export interface TransactionalWriter {
  /** Appends all records and moves the group's positions, together or not at all. After an error the writer is good for nothing but close(). */
  commit(records: readonly OutRecord[], group: string, positions: readonly Position[]): Promise<void>;
  /** The next commit will probably touch whatever the commits of late have touched: a log that has to be told of it may be told now, while nobody waits. */
  expect?(): void;
  close(): Promise<void>;
}

export interface Log {
  readonly kind: 'memory' | 'kafka';
  /** Tells this log from any other: who keeps its offsets elsewhere must know whose they are. */
  id(): Promise<string>;
  /** Makes the topics that are missing; a topic with another number of partitions than its spec allows is an error. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /** First offset kept and the offset after the last record, by partition. */
  bounds(
    topic: string,
  ): Promise<readonly { readonly partition: number; readonly low: number; readonly high: number }[]>;
  /** Committed positions of a group; a partition without one is left out. */
  committed(group: string, partitions: readonly TopicPartition[]): Promise<readonly Position[]>;
  /** Deletes the records before the positions but for those appended at `sinceMs` (ms since the epoch) or later; readers begin after them from then on. Not for compacted topics. */
  deleteBefore(positions: readonly Position[], sinceMs: number): Promise<void>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  writer(): Promise<Writer>;
  transactionalWriter(transactionalId: string): Promise<TransactionalWriter>;
  close(): Promise<void>;
}

export type LogErrorCode =
  | 'topic-unknown'
  | 'topic-partitions-differ'
  | 'partition-unknown'
  | 'writer-fenced'
  | 'commit-failed'
  | 'record-too-large'
  | 'log-closed'
  /** The brokers do not let this client do something. */
  | 'not-authorized'
  /** The brokers do not make a topic as it is asked for. */
  | 'topic-refused'
  /** The brokers took the login for wrong, or take none. */
  | 'authentication-failed'
  /** The brokers' certificate does not check out; they do not take this client's; it cannot be used. */
  | 'certificate-untrusted'
  | 'certificate-refused'
  | 'certificate-invalid'
  /** Most often: one side speaks TLS, or wants a login, and the other does not. */
  | 'connection-closed'
  | 'offset-too-large'
  /** A reader stands past the end of its partition. */
  | 'position-lost'
  | 'restore-timeout'
  | 'close-timeout';

export class LogError extends Error {
  readonly code: LogErrorCode;
  constructor(code: LogErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'LogError';
    this.code = code;
  }
}

/** The key of a partition in maps. */
export function partitionId(of: TopicPartition): string {
  return `${of.topic}/${of.partition}`;
}
