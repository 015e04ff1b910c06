/** Connections to a Postgres that answers in time or not at all, and what its errors mean. */
import pg from 'pg';
import { SinkError } from '../errors.ts';

export interface ConnectionLimits {
  /** Longest wait for a connection, in ms. */
  readonly connectMs: number;
  /** Longest wait for another transaction's lock, in ms. */
  readonly lockMs: number;
  /** Longest statement, in ms. */
  readonly statementMs: number;
  /** Longest pause inside a transaction, in ms: a worker that was stopped must not hold the locks of the one that took over. */
  readonly idleInTransactionMs: number;
  /** Longest wait in closing for what is under way, in ms; then its connections are broken off. */
  readonly closeMs: number;
}

export const defaultLimits: ConnectionLimits = {
  connectMs: 10_000,
  lockMs: 5_000,
  statementMs: 60_000,
  idleInTransactionMs: 10_000,
  closeMs: 5_000,
};

export function clientConfig(url: string, limits: ConnectionLimits = defaultLimits): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'aura',
    keepAlive: true,
    connectionTimeoutMillis: limits.connectMs,
    lock_timeout: limits.lockMs,
    statement_timeout: limits.statementMs,
    // A server that says nothing at all, which the embedded one does while a client of its own sits in a transaction.
    query_timeout: limits.statementMs === 0 ? 0 : limits.statementMs + limits.connectMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
  };
}

/**
 * SQLSTATEs that say "not now": connection lost (08), rolled back in favour of another (40), out of resources (53), shut down or
 * cancelled by an operator or a limit (57), a lock not had in time (55P03), a transaction idle for too long (25P03), a server that
 * takes no writes, such as one that others are about to follow (25006).
 */
const TRANSIENT = /^(08|40|53|57)|^(55P03|25P03|25006)$/;

/** What an error of pg means for the writer. */
export function sinkError(error: unknown): SinkError {
  if (error instanceof SinkError) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) {
    return new SinkError('database-unavailable', `Postgres: ${message}`, { cause: error });
  }
  const { code, table, constraint } = error;
  const where = [table, constraint].filter((part) => part !== undefined).join(' ');
  return TRANSIENT.test(code)
    ? new SinkError('database-unavailable', `Postgres ${code}: ${message}`, { cause: error })
    : new SinkError('database-refused', `Postgres ${code}: ${message}${where && ` (${where})`}`, { cause: error });
}
