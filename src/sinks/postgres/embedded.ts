/**
 * Postgres without a Postgres: PGlite (Postgres 18 as WebAssembly) behind a socket on the loopback interface, for pg and psql alike.
 * It runs in a thread of its own, so that no statement holds up this one.
 *
 * All clients share its one session: a transaction keeps the others waiting until it ends, SET and prepared statements' names are everybody's,
 * and the limits of ConnectionLimits have no effect. It takes any user and password.
 */
import { Worker } from 'node:worker_threads';
import { SinkError } from '../errors.ts';

export interface EmbeddedOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Folder that keeps the data, through a killed process though not a loss of power. Default: memory. One process at a time may use it. */
  readonly dataFolder?: string;
}

export interface EmbeddedPostgres {
  /** For pg, psql and anything else that speaks to Postgres. */
  readonly url: string;
  readonly port: number;
  /** Settles when the database ends without being asked to, as an error. */
  readonly failed: Promise<SinkError>;
  close(): Promise<void>;
}

export type EmbeddedMessage =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Starts it, which takes a few seconds. Throws SinkError `database-unavailable`, such as where the port is taken. */
export async function startEmbeddedPostgres(options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
  const { port = 0, dataFolder = null } = options;
  const worker = new Worker(new URL('./embedded-server.ts', import.meta.url), { workerData: { port, dataFolder } });
  const { promise: failed, resolve: fail } = Promise.withResolvers<SinkError>();
  const stopped = (message: string, cause?: unknown) =>
    fail(new SinkError('database-unavailable', `embedded Postgres: ${message}`, { cause }));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      stopped(`ended with exit code ${code}`);
      resolve();
    });
  });
  worker.once('error', (error) => stopped(String(error), error));
  const ready = new Promise<number>((resolve) => {
    worker.on('message', (message: EmbeddedMessage) => {
      if (message.kind === 'ready') resolve(message.port);
      else stopped(message.message);
    });
  });

  const first = await Promise.race([ready, failed]);
  if (first instanceof SinkError) {
    await worker.terminate();
    throw first;
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${first}/postgres?sslmode=disable`,
    port: first,
    failed,
    async close() {
      worker.postMessage('close');
      await exited;
    },
  };
}
