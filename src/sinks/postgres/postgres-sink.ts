/** The history: rows and positions in one transaction, one statement a table and batch. */
import pg from 'pg';
import { checkBatch } from '../batch.ts';
import { SinkError } from '../errors.ts';
import type { BeforeCommit, Sink, SinkBatch, WriteResult } from '../sink.ts';
import { newestWindows, writeNewestWindows } from './cells.ts';
import { type ConnectionLimits, clientConfig, defaultLimits, sinkError } from './connection.ts';
import { type DayLimits, Days, defaultDayLimits } from './days.ts';
import { checkMigrated } from './migrate.ts';
import { advancePositions, readPositions } from './positions.ts';
import { prepare, topics } from './statements.ts';

export interface PostgresSinkOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /**
   * Names the log whose offsets these are, where one database sees several: an embedded log's offsets begin again with each run, so that a database that
   * outlives it wants a fresh id for each. Default: kafka.
   */
  readonly logId?: string;
  /** Most connections; as many batches are written at the same time. Default 2. */
  readonly connections?: number;
  readonly limits?: ConnectionLimits;
  readonly days?: DayLimits;
}

/** Connects to a database that `migrate` has prepared. Throws SinkError. */
export async function openPostgresSink(options: PostgresSinkOptions): Promise<Sink> {
  const { url, logId = 'kafka', connections = 2, limits = defaultLimits, days: dayLimits = defaultDayLimits } = options;
  const pool = new pg.Pool({ ...clientConfig(url, limits), max: connections });
  // A connection that breaks fails the query that runs on it, and that error is the one reported; the pool replaces the connection.
  const reportedElsewhere = () => {};
  pool.on('error', reportedElsewhere);
  pool.on('connect', (client) => client.on('error', reportedElsewhere));
  const days = new Days(dayLimits);
  const used = new Set<pg.PoolClient>();
  let closed = false;

  async function connected<Result>(use: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    if (closed) throw new SinkError('sink-closed', 'the Postgres sink is closed');
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw sinkError(error);
    }
    used.add(client);
    let failure: SinkError | undefined;
    try {
      return await use(client);
    } catch (error) {
      failure = sinkError(error);
      throw failure;
    } finally {
      // After an error the transaction may still be open; ending the connection ends it too.
      if (used.delete(client)) client.release(failure !== undefined);
    }
  }

  async function write(batch: SinkBatch, beforeCommit?: BeforeCommit): Promise<WriteResult> {
    checkBatch(batch, topics);
    const { statements, times, rejected } = prepare(logId, batch);
    const missing = days.missing(times);
    const newest = newestWindows(batch, rejected);
    return await connected(async (client) => {
      await client.query('begin');
      await advancePositions(client, logId, batch);
      // Before any row: making a partition waits for writers of the table, and must not itself be waited for.
      await days.make(client, missing);
      let rows = 0;
      for (const { insert, parameters } of statements) {
        const { rowCount } = await client.query(insert, [...parameters]);
        rows += rowCount ?? 0;
      }
      await writeNewestWindows(client, newest);
      if (rejected.length > 0) await beforeCommit?.(rejected);
      await client.query('commit');
      days.made(missing);
      return { rows, rejected };
    });
  }

  const sink: Sink = {
    topics,
    positions: (partitions) => connected((client) => readPositions(client, logId, partitions)),
    write,
    async close() {
      if (closed) return;
      closed = true;
      // A server that says nothing would hold up the pool for as long as a statement may take.
      const breakOff = setTimeout(() => {
        for (const client of used) client.release(true);
        used.clear();
      }, limits.closeMs);
      await pool.end();
      clearTimeout(breakOff);
    },
  };
  try {
    await connected((client) => checkMigrated(client));
  } catch (error) {
    await sink.close();
    throw error;
  }
  return sink;
}
