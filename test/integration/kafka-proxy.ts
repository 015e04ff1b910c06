/**
 * A TCP proxy before a Kafka broker, to freeze it, cut connections and take it away. It writes its own port over the broker's in what the broker
 * says of itself, so that clients stay with the proxy.
 */
import { connect, createServer, type Socket } from 'node:net';

/** Kafka's numbers of requests. */
export const apiKey = { fetch: 1, joinGroup: 11, endTxn: 26 } as const;

export interface KafkaProxy {
  readonly broker: string;
  /** Connections of clients that are open. */
  readonly open: number;
  /** Keeps what comes from either side to itself, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Breaks the connections on which such a request was seen; all where none is named. Returns how many. */
  cut(request?: number): number;
  /** Whether new connections are taken. */
  reachable: boolean;
  /** Whether what the broker says is passed on. */
  answering: boolean;
  /** Such a request breaks its connection and goes no further; null: none does. */
  refused: number | null;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly requests: Set<number>;
}

export async function startKafkaProxy(target: string): Promise<KafkaProxy> {
  const [host = '127.0.0.1', port = ''] = target.split(':');
  const links = new Set<Link>();
  let reachable = true;
  let frozen = false;
  let answering = true;
  let refused: number | null = null;
  const server = createServer((client) => {
    if (!reachable) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), host);
    const link: Link = { client, upstream, requests: new Set() };
    links.add(link);
    if (frozen) hold(link, true);
    client.on('data', (chunk) => {
      const request = chunk.length >= 6 ? chunk.readInt16BE(4) : null;
      if (request !== null) link.requests.add(request);
      if (request !== null && request === refused) client.destroy();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (answering) client.write(readdressed(chunk, host, Number(port), ownPort));
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true);
      // Broken connections are what this is for.
      from.on('error', () => to.destroy());
      from.on('end', () => to.end());
      from.on('close', () => {
        to.destroy();
        links.delete(link);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const ownPort = address.port;

  const freeze = (wanted: boolean): void => {
    frozen = wanted;
    for (const link of links) hold(link, wanted);
  };
  const cut = (request?: number): number => {
    const chosen = [...links].filter(({ requests }) => request === undefined || requests.has(request));
    for (const { client } of chosen) client.destroy();
    return chosen.length;
  };
  return {
    broker: `127.0.0.1:${ownPort}`,
    get open() {
      return links.size;
    },
    freeze: () => freeze(true),
    thaw: () => freeze(false),
    cut,
    get reachable() {
      return reachable;
    },
    set reachable(wanted) {
      reachable = wanted;
    },
    get answering() {
      return answering;
    },
    set answering(wanted) {
      answering = wanted;
    },
    get refused() {
      return refused;
    },
    set refused(wanted) {
      refused = wanted;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hold({ client, upstream }: Link, wanted: boolean): void {
  for (const socket of [client, upstream]) {
    if (wanted) socket.pause();
    else socket.resume();
  }
}

/** Brokers name themselves as a text of two bytes' length, then the port as four bytes. */
function readdressed(chunk: Buffer, host: string, port: number, ownPort: number): Buffer {
  const name = Buffer.alloc(2 + host.length + 4);
  name.writeInt16BE(host.length);
  name.write(host, 2);
  name.writeInt32BE(port, 2 + host.length);
  for (let at = chunk.indexOf(name); at >= 0; at = chunk.indexOf(name, at + 1))
    chunk.writeInt32BE(ownPort, at + 2 + host.length);
  return chunk;
}
