import { Neo4jError } from 'neo4j-driver';
import { SinkError } from '../errors.ts';

/** What an error of the driver means for the writer. */
export function sinkError(error: unknown): SinkError {
  if (error instanceof SinkError) return error;
  if (!(error instanceof Neo4jError)) {
    return new SinkError('database-refused', `Neo4j: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  // A transaction that the server ended, for its age or in a shutdown, is over but not wrong. For a server that says nothing the driver has no code.
  const unavailable =
    error.retryable ||
    /Transaction\.(Terminated|TransactionTimedOut)/.test(error.code) ||
    error.message.startsWith('Connection acquisition timed out');
  return new SinkError(
    unavailable ? 'database-unavailable' : 'database-refused',
    `Neo4j ${error.code}: ${error.message}`,
    { cause: error },
  );
}
