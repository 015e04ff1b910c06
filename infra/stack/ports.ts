import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StackError, systemErrorCode } from './errors.ts';

/** Every server here listens on the loopback interface only. */
export const HOST = '127.0.0.1';

// Below the range that Linux gives to outgoing connections (32768 and up): a port from that range may be lost while its
// server is down, and a client that keeps trying it can even end up connected to itself.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Ports given out by this process whose servers may not listen yet. */
const givenOut = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (['EADDRINUSE', 'EACCES'].includes(systemErrorCode(error) ?? '')) resolve(false);
      else reject(error);
    });
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * `last`, the port that this server had before, if nobody listens there now; else `preferred` if it is free and nobody
 * was given it yet; else any free port from 20000 to 31999.
 */
export async function takePort(last: number | undefined, preferred: number | undefined): Promise<number> {
  if (last !== undefined && (await isFree(last))) return last;
  const guesses = Array.from({ length: 100 }, () => randomInt(LOWEST, HIGHEST));
  for (const port of preferred === undefined ? guesses : [preferred, ...guesses]) {
    if (givenOut.has(port) || !(await isFree(port))) continue;
    givenOut.add(port);
    return port;
  }
  throw new StackError('PORTS_TAKEN', `none of 100 ports tried from ${LOWEST} to ${HIGHEST} on ${HOST} is free`);
}
