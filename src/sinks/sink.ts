/**
 * The sink port: a database that keeps, beside the rows, how far it has read each partition, so that rows and positions commit
 * together. Adapters: postgres/ (the history) and neo4j/ (the graph).
 *
 * The owner of a partition asks for its position, reads the log from there and writes what it read. A worker that lost its
 * partition finds that the position is not what it expected and cannot write (StaleWorkerError).
 */
import type {
  Action,
  Alert,
  DeadLetter,
  Decision,
  Late,
  Outcome,
  Proposal,
  Scores,
  Signature,
  Snapshot,
} from '../../schemas/records.ts';

/** The record of each topic that sinks take, by the topic's name without the configured prefix. */
export interface SinkTopics {
  readonly 'aura.snapshots': Snapshot;
  readonly 'aura.signatures': Signature;
  readonly 'aura.scores': Scores;
  readonly 'aura.proposals': Proposal;
  readonly 'aura.decisions': Decision;
  readonly 'aura.actions': Action;
  readonly 'aura.outcomes': Outcome;
  readonly 'aura.alerts': Alert;
  readonly 'aura.dead-letters': DeadLetter;
  readonly 'aura.late': Late;
}

export type SinkTopic = keyof SinkTopics;

export interface SinkPartition {
  readonly topic: SinkTopic;
  readonly partition: number;
}

export interface SinkPosition extends SinkPartition {
  /** The first offset that is not in the database yet. Null: the partition was never written; begin where the log begins. */
  readonly nextOffset: number | null;
}

export interface SinkRecord<Value> {
  readonly offset: number;
  /** The broker's append time, in ms since the epoch; -1, kept as 0, where the broker gives none. */
  readonly appendMs: number;
  readonly value: Value;
}

/** Consecutive records of one partition. */
export interface SinkRun<Topic extends SinkTopic> {
  readonly topic: Topic;
  readonly partition: number;
  /** The position that the writer believes to be in the database. */
  readonly expectedNextOffset: number | null;
  /** The position that takes its place: above every record's offset; control records and aborted ones count. */
  readonly nextOffset: number;
  /** In offset order; none where there was nothing but control records. */
  readonly records: readonly SinkRecord<SinkTopics[Topic]>[];
}

/** Runs of different partitions; they are written together or not at all. */
export type SinkBatch = readonly { readonly [Topic in SinkTopic]: SinkRun<Topic> }[SinkTopic][];

/** A record that the database cannot hold, such as one with a time before 1970. The batch goes on without it. */
export interface Rejection {
  readonly topic: SinkTopic;
  readonly partition: number;
  readonly offset: number;
  readonly code: 'row-invalid';
  /** The field, the bad value and what would be valid. */
  readonly reason: string;
}

export interface WriteResult {
  /** Rows that were new. */
  readonly rows: number;
  readonly rejected: readonly Rejection[];
}

export type BeforeCommit = (rejected: readonly Rejection[]) => Promise<void>;

export interface Sink {
  /** The topics it keeps; runs of others are an error. */
  readonly topics: readonly SinkTopic[];
  /** The stored positions of the partitions asked for, in their order. */
  positions(partitions: readonly SinkPartition[]): Promise<readonly SinkPosition[]>;
  /**
   * Commits the rows and the new positions in one transaction. Throws SinkError; then nothing was written, except that a connection lost
   * during the commit leaves it open whether it was: after any error ask for the positions again. StaleWorkerError: a position is not the expected one.
   *
   * Calls `beforeCommit` with the rejections, where there are any, once all else is done and nothing is committed: what it
   * throws is thrown, and nothing was written. So whatever the positions have passed was written or told.
   */
  write(batch: SinkBatch, beforeCommit?: BeforeCommit): Promise<WriteResult>;
  close(): Promise<void>;
}
