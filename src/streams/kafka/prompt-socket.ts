/**
 * kafkajs leaves Nagle's algorithm on: the second of two requests in flight then waits until the broker has acknowledged the first, and a transaction
 * sends its positions beside its records. Sockets made here send at once.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveDelayMs = 60_000;

export function promptSocket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
  // A certificate is for names: SNI takes no addresses.
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveDelayMs);
  socket.setNoDelay(true);
  return socket;
}
