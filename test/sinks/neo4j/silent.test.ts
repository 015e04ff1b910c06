import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openNeo4jSink } from '../../../src/sinks/neo4j/neo4j-sink.ts';

test('a Neo4j that takes connections and says nothing is not there', { timeout: 30_000 }, async () => {
  const sockets: { destroy(): unknown }[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await expect(openNeo4jSink({ url: `bolt://127.0.0.1:${port}`, user: 'a', password: 'b' })).rejects.toMatchObject({
    code: 'database-unavailable',
  });
});
