/**
 * kafkajs for one consumer, writer or admin, with a hold on its connections. kafkajs forgets some: of a broker's two connections it drops both when one
 * breaks, and the other stays open, with a timer that keeps the process alive until the broker closes it for idleness, ten minutes later. And what
 * it waits for in closing, a frozen broker never answers. Here closing has a limit, and no connection outlives it.
 */
import type { Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaLogOptions } from './options.ts';
import { promptSocket } from './prompt-socket.ts';

export class KafkaClient {
  readonly kafka: Kafka;
  readonly #options: KafkaLogOptions;
  readonly #sockets = new Set<Socket>();
  #shut = false;
  #closing: Promise<void> | null = null;

  constructor(options: KafkaLogOptions) {
    this.#options = options;
    const { tls, sasl } = options;
    this.kafka = new Kafka({
      clientId: options.clientId,
      // Without brokers kafkajs gives up trying to get back.
      brokers: () => (this.#shut ? [] : [...options.brokers]),
      ...(tls === undefined
        ? {}
        : {
            ssl: {
              rejectUnauthorized: tls.rejectUnauthorized ?? true,
              ...(tls.ca === undefined ? {} : { ca: [tls.ca] }),
              ...(tls.cert === undefined ? {} : { cert: tls.cert }),
              ...(tls.key === undefined ? {} : { key: tls.key }),
            },
          }),
      ...(sasl === undefined ? {} : { sasl }),
      socketFactory: (wanted) => {
        if (this.#shut) throw new Error(closedWord);
        const socket = promptSocket(wanted);
        this.#sockets.add(socket);
        return socket.once('close', () => this.#sockets.delete(socket));
      },
      connectionTimeout: 5_000,
      requestTimeout: 30_000,
      // CONCURRENT_TRANSACTIONS, seen after most commits, is over within a few ms: kafkajs's first wait of 300 ms would be the pipeline's latency.
      retry: { initialRetryTime: 3, multiplier: 2, maxRetryTime: 1_000, retries: 12 },
      logLevel: logLevel.INFO,
      logCreator:
        () =>
        ({ level, log: { message, ...details } }) =>
          options.log(this.#shut || retriedByItself.test(message) ? 'debug' : levelName(level), message, details),
    });
  }

  /** Closes by `gracefully`, for as long as the limit allows; then breaks whatever is still open, at once where nothing else was given. Further calls get the first one's promise. */
  close(gracefully: () => Promise<unknown> = async () => undefined): Promise<void> {
    this.#closing ??= this.#close(gracefully);
    return this.#closing;
  }

  async #close(gracefully: () => Promise<unknown>): Promise<void> {
    const { closeMs, log } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, closeMs, 'late');
    try {
      const outcome = await Promise.race([gracefully(), late]);
      if (outcome === 'late') log('warn', `not closed within ${closeMs} ms: its connections are broken off`, {});
    } catch (error) {
      // The broker is gone or will not listen: there is nothing more to say to it.
      log('warn', 'closed without the broker', { error: error instanceof Error ? error.message : String(error) });
    } finally {
      clearTimeout(timer);
      this.#shut = true;
      for (const socket of this.#sockets) socket.destroy(socket.writableEnded ? undefined : new Error(closedWord));
    }
  }
}

const closedWord = 'this client was closed';

/** What kafkajs reports as an error and then tries again; what it gives up on is thrown. */
const retriedByItself =
  /^(Response |Failed to send messages|Limiting retries for the idempotent|KafkaJS v2.0.0 switched)/;

function levelName(level: logLevel): 'debug' | 'info' | 'warn' | 'error' {
  if (level >= logLevel.DEBUG) return 'debug';
  if (level >= logLevel.INFO) return 'info';
  return level >= logLevel.WARN ? 'warn' : 'error';
}
