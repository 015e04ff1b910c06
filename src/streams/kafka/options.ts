import type { SASLOptions } from 'kafkajs';
import { recordBytesMax } from '../log.ts';

/** How to reach a Kafka cluster, and what to call things there. */
export interface KafkaLogOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Put before every topic, group and transactional id: several installations share a cluster. */
  readonly prefix: string;
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly sasl?: SASLOptions;
  readonly topics: {
    readonly replication: number;
    readonly minInsyncReplicas: number;
    /** Codec of new topics: the broker rewrites what producers send in another, as kafkajs reads no Snappy, LZ4 or ZSTD. */
    readonly compression: 'uncompressed' | 'gzip';
    readonly retentionMs: number;
  };
  /** A member unheard of for this long is out of its group, in ms. */
  readonly sessionTimeoutMs: number;
  /** A transaction open for this long is aborted by the broker, in ms. */
  readonly transactionTimeoutMs: number;
  /** Longest a fetch waits at the broker, in ms; a resumed partition waits as long at worst. */
  readonly fetchWaitMs: number;
  /** How long closing may wait for the broker, in ms; then connections are broken off. */
  readonly closeMs: number;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Largest record batch of the topics made here, in bytes: the largest record and its framing; a writer cuts its batches below it. */
export const messageBytesMax = recordBytesMax + 64 * 1024;

export const defaultKafkaOptions = {
  clientId: 'aura',
  prefix: '',
  topics: { replication: 1, minInsyncReplicas: 1, compression: 'uncompressed', retentionMs: 7 * 24 * 3600 * 1000 },
  sessionTimeoutMs: 10_000,
  transactionTimeoutMs: 30_000,
  fetchWaitMs: 250,
  closeMs: 5_000,
  log: () => undefined,
} as const satisfies Omit<KafkaLogOptions, 'brokers'>;
