/** The thread of the embedded Postgres; embedded.ts starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { EmbeddedMessage } from './embedded.ts';
import { SharedSession } from './shared-session.ts';

const CONNECTIONS_MAX = 50;

const { port, dataFolder } = workerData as { readonly port: number; readonly dataFolder: string | null };
if (parentPort === null) throw new Error('embedded-server.ts is a thread of embedded.ts');
const parent = parentPort;
const tell = (message: EmbeddedMessage) => parent.postMessage(message);

try {
  const database = dataFolder === null ? new SharedSession() : new SharedSession(dataFolder);
  const server = new PGLiteSocketServer({ db: database, port, maxConnections: CONNECTIONS_MAX });
  await server.start();
  const address = server.getServerConn();
  tell({ kind: 'ready', port: Number(address.slice(address.lastIndexOf(':') + 1)) });
  parent.once('message', async () => {
    await server.stop();
    await database.close();
    parent.close();
  });
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
