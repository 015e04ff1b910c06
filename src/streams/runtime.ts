/** What every task of a process shares: the log, the runtime's own topics, limits, clock and observer. */
import type { DeadLetter, Order } from '../../schemas/records.ts';
import type { Headers, Log } from './log.ts';
import type { Topic } from './processor.ts';
import type { Codec } from './schema/codec.ts';

export interface Limits {
  /** Most records one transaction takes. */
  readonly batchRecords: number;
  /** The commit interval: how long what nobody waits for may wait for company before it is committed, in ms. */
  readonly commitMs: number;
  /** Records that wait for a task before its partitions are paused; they go on at half of it. */
  readonly queuedRecords: number;
  /** The same in bytes: key, value and headers. */
  readonly queuedBytes: number;
  /** How much longer than its own pace a key may stay silent before it is woken, in ms. */
  readonly idleMarginMs: number;
  /** Longest a restore may take, in ms. */
  readonly restoreMs: number;
  /** Longest a task may take over what it has under way when it is closed, in ms. */
  readonly closeMs: number;
}

export const defaultLimits: Limits = {
  batchRecords: 2_000,
  commitMs: 100,
  queuedRecords: 20_000,
  queuedBytes: 32 * 1024 * 1024,
  idleMarginMs: 500,
  restoreMs: 120_000,
  closeMs: 10_000,
};

/** What happened, for metrics and logs; called on the hot path, so it must be cheap and must not throw. */
export interface Observer {
  processed?(processor: string, partition: number, records: number, ms: number): void;
  committed?(processor: string, partition: number, records: number, ms: number): void;
  deadLetter?(processor: string, partition: number, code: string): void;
  /** A record is written with the transaction under way; `value` is as the topic's codec takes it. */
  emitted?(processor: string, partition: number, topic: string, value: unknown): void;
  /** Something that counts for nothing and is no dead letter, such as a forged vote. */
  refused?(processor: string, code: string): void;
  restored?(processor: string, partition: number, records: number, ms: number): void;
  taskState?(
    processor: string,
    partition: number,
    state: 'restoring' | 'running' | 'failed' | 'closed',
    error?: unknown,
  ): void;
  /** Offsets of the partition that this process has not read yet. */
  lag?(processor: string, topic: string, partition: number, behind: number): void;
}

/** One trace from record to record, in the terms of observability/tracing.ts. */
export interface Tracing {
  startBatch(origin: {
    readonly processor: string;
    readonly topic: string;
    readonly partition: number;
    readonly headers: readonly Headers[];
  }): {
    headersFor(cause: Headers | null, headers?: Headers): Headers;
    end(error?: unknown): void;
  };
}

export interface Runtime {
  readonly log: Log;
  readonly orders: Codec<Order>;
  readonly deadLetters: Topic<DeadLetter>;
  readonly limits: Limits;
  /** Monotonic, in ms. */
  now(): number;
  readonly observer: Observer;
  readonly tracing?: Tracing;
}

/** Header the runtime sets: the append time of the record at the far end of the chain of causes. Without a tracer the W3C trace headers are handed on as they came. */
export const originHeader = 'aura-origin-ms';
export const traceHeaders = ['traceparent', 'tracestate'] as const;

/** A time in ms; what is longer is none. */
const originBytesMax = 16;

/** The time that the header holds, in ms since the epoch; null where it holds none. Anybody may write what he likes into a record's headers. */
export function originMs(headers: Headers): number | null {
  const bytes = headers[originHeader];
  if (bytes === undefined || bytes.length > originBytesMax) return null;
  const text = Buffer.from(bytes).toString('latin1');
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
