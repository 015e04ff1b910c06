/** A TCP proxy on the loopback interface that cuts its connections after so many bytes, either way counted. */
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** Bytes since the last call of `cutAfter` or `cutNever`. */
  readonly bytes: number;
  /** Passes on so many bytes more, then breaks every connection; new ones are passed on. */
  cutAfter(bytes: number): void;
  cutNever(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  let limit = Number.POSITIVE_INFINITY;

  const arm = (next: number) => {
    bytes = 0;
    limit = next;
  };
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true);
      sockets.add(from);
      from.on('data', (chunk) => {
        const rest = limit - bytes;
        bytes += chunk.length;
        if (chunk.length <= rest) {
          to.write(chunk);
          return;
        }
        arm(Number.POSITIVE_INFINITY);
        to.write(chunk.subarray(0, rest), () => {
          for (const socket of sockets) socket.destroy();
        });
      });
      // A broken connection is what this is for.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    get bytes() {
      return bytes;
    },
    cutAfter: arm,
    cutNever: () => arm(Number.POSITIVE_INFINITY),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
