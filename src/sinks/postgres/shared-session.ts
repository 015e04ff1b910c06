/**
 * PGlite for several clients of PGLiteSocketServer. The server queues their messages one by one and lets another client in wherever no transaction
 * is open; but a query with parameters is five messages (Parse, Bind, Describe, Execute, Sync) and a second client's Parse in their
 * midst replaces the first one's statement. Seen with pglite-socket 0.2.17: six clients, 1,200 queries, one answered with another's row.
 * Here the messages up to Sync count as a transaction, which the server keeps together.
 */
import { PGlite } from '@electric-sql/pglite';

type StreamOptions = Parameters<PGlite['execProtocolRawStream']>[1];

/** Message types that leave a sequence open until Sync: Parse, Bind, Describe, Execute, Close, Flush. */
const SEQUENCE = new Set([...'PBDECH'].map((letter) => letter.charCodeAt(0)));
const SYNC = 'S'.charCodeAt(0);
const SYNC_MESSAGE = Uint8Array.of(SYNC, 0, 0, 0, 4);

export class SharedSession extends PGlite {
  #sequenceOpen = false;

  override isInTransaction(): boolean {
    return this.#sequenceOpen || super.isInTransaction();
  }

  override async execProtocolRawStream(message: Uint8Array, options: StreamOptions): Promise<void> {
    const type = message[0] ?? 0;
    if (SEQUENCE.has(type)) this.#sequenceOpen = true;
    else if (type === SYNC) this.#sequenceOpen = false;
    await super.execProtocolRawStream(message, options);
  }

  /** The server calls this with ROLLBACK for a client that left; after an error in a sequence Postgres hears nothing before Sync. */
  override async exec(...parameters: Parameters<PGlite['exec']>): ReturnType<PGlite['exec']> {
    if (this.#sequenceOpen) {
      this.#sequenceOpen = false;
      await this.execProtocolRaw(SYNC_MESSAGE);
    }
    return await super.exec(...parameters);
  }
}
