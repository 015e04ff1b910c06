/** The graph: nodes, relationships and positions in one transaction, by idempotent MERGE over batches of rows. */
import neo4j, { Neo4jError, type Transaction } from 'neo4j-driver';
import { checkBatch } from '../batch.ts';
import { SinkError } from '../errors.ts';
import type { BeforeCommit, Rejection, Sink, SinkBatch, SinkRun, SinkTopic, SinkTopics, WriteResult } from '../sink.ts';
import { UnstorableError } from '../storable.ts';
import { checkStorable, type GraphTopic, topics } from './checks.ts';
import { sinkError } from './errors.ts';
import { GraphWriter } from './graph-writer.ts';
import { defaultIncidentRule, type IncidentRule } from './incidents.ts';
import { writeActions, writeDecisions, writeOutcomes, writeProposals } from './interventions.ts';
import { advancePositions, readPositions } from './positions.ts';
import { ensureSchema } from './schema.ts';
import { writeScores } from './scores.ts';
import { writeSignatures } from './signatures.ts';
import { writeSnapshots } from './snapshots.ts';

export interface Neo4jSinkOptions {
  /** bolt://host:port or neo4j://host:port */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Default: the server's own default. */
  readonly database?: string;
  /** As in PostgresSinkOptions. Default: kafka. */
  readonly logId?: string;
  /** When an interaction counts half, in ms. Default: ten minutes. */
  readonly halfLifeMs?: number;
  readonly incidents?: IncidentRule;
  /** Signatures kept a cell, besides those that proposals rest on. Default: 60. */
  readonly signaturesKept?: number;
  /** Longest transaction, in ms: a worker that was stopped must not hold the locks of the one that took over. Default: 30 s. */
  readonly transactionMs?: number;
}

/** What `beforeCommit` threw: no word of Neo4j. */
class NotTold extends Error {
  constructor(cause: unknown) {
    super('the rejections of a batch could not be told', { cause });
  }
}

/** A deadlock is rolled back and begun anew so many times. */
const ATTEMPTS_MAX = 5;

/** Connects, and makes the constraints and indexes that are missing. Throws SinkError. */
export async function openNeo4jSink(options: Neo4jSinkOptions): Promise<Sink> {
  const { url, user, password, database, logId = 'kafka', halfLifeMs = 600_000, signaturesKept = 60 } = options;
  const { incidents = defaultIncidentRule, transactionMs = 30_000 } = options;
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password), {
    userAgent: 'aura',
    connectionAcquisitionTimeout: 10_000,
    connectionTimeout: 10_000,
  });
  let closed = false;

  async function inTransaction<Result>(use: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    if (closed) throw new SinkError('sink-closed', 'the Neo4j sink is closed');
    const session = driver.session(database === undefined ? {} : { database });
    try {
      for (let attempt = 1; ; attempt++) {
        const transaction = session.beginTransaction({ timeout: transactionMs });
        try {
          const result = await use(await transaction);
          await (await transaction).commit();
          return result;
        } catch (error) {
          if (error instanceof NotTold) throw error.cause;
          if (!isDeadlock(error) || attempt === ATTEMPTS_MAX) throw sinkError(error);
        }
      }
    } finally {
      // Ends what is still open.
      await session.close();
    }
  }

  async function write(batch: SinkBatch, beforeCommit?: BeforeCommit): Promise<WriteResult> {
    checkBatch(batch, topics);
    const { values, rejected } = sortOut(batch);
    let told = rejected.length === 0;
    const rows = await inTransaction(async (transaction) => {
      await advancePositions(transaction, logId, batch);
      const writer = new GraphWriter(transaction);
      await writeSnapshots(writer, values('aura.snapshots'), halfLifeMs);
      await writeScores(writer, values('aura.scores'), incidents);
      await writeProposals(writer, values('aura.proposals'));
      await writeSignatures(writer, values('aura.signatures'), signaturesKept);
      await writeDecisions(writer, values('aura.decisions'));
      await writeActions(writer, values('aura.actions'));
      await writeOutcomes(writer, values('aura.outcomes'));
      // A transaction that gave way to another is begun anew; what was told was told.
      if (!told) {
        await beforeCommit?.(rejected).catch((cause: unknown) => {
          throw new NotTold(cause);
        });
      }
      told = true;
      return writer.created;
    });
    return { rows, rejected };
  }

  const sink: Sink = {
    topics,
    positions: (partitions) => inTransaction((transaction) => readPositions(transaction, logId, partitions)),
    write,
    async close() {
      if (closed) return;
      closed = true;
      await driver.close();
    },
  };
  const session = driver.session(database === undefined ? {} : { database });
  try {
    await ensureSchema(session);
  } catch (error) {
    await sink.close();
    throw sinkError(error);
  } finally {
    await session.close();
  }
  return sink;
}

function isDeadlock(error: unknown): boolean {
  return error instanceof Neo4jError && error.code === 'Neo.TransientError.Transaction.DeadlockDetected';
}

/** The values of each topic that the graph can hold, and the rejections of the others. */
function sortOut(batch: SinkBatch) {
  const rejected: Rejection[] = [];
  const kept = new Map<SinkTopic, unknown[]>();
  const runs: readonly SinkRun<SinkTopic>[] = batch;
  for (const topic of topics) {
    const isOfTopic = (run: SinkRun<SinkTopic>): run is SinkRun<GraphTopic> => run.topic === topic;
    const values: unknown[] = [];
    for (const { partition, records } of runs.filter(isOfTopic)) {
      for (const { offset, value } of records) {
        try {
          checkStorable(topic, value);
          values.push(value);
        } catch (error) {
          if (!(error instanceof UnstorableError)) throw error;
          rejected.push({ topic, partition, offset, code: error.code, reason: error.message });
        }
      }
    }
    kept.set(topic, values);
  }
  const values = <Topic extends GraphTopic>(topic: Topic) => (kept.get(topic) ?? []) as readonly SinkTopics[Topic][];
  return { values, rejected };
}
