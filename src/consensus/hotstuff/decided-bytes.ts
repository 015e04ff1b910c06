/** Decided proposals as checkpoints hold them, kept written: to write all that are remembered anew for each would cost more than everything else in it. */
import { ByteWriter } from '../encoding.ts';

/** 16 bytes of a digest: enough that nobody finds another record with the same, and half the memory. */
export const DIGEST_KEPT = 16;

/** What writeDecided writes: u64 offset, then the digest. */
const ENTRY = 8 + DIGEST_KEPT;

export interface DecidedEntry {
  readonly offset: number;
  /** The first 16 bytes of the digest, as latin1. */
  readonly digest: string;
}

export function writeDecided(writer: ByteWriter, { offset, digest }: DecidedEntry): void {
  writer.u64(offset).latin1(digest);
}

/** A queue of entries in one piece of memory. */
export class DecidedBytes {
  #writer = new ByteWriter(128 * ENTRY);
  /** Bytes at the front that are forgotten. */
  #forgotten = 0;

  /** In the order of `push`; valid until the next change. */
  get all(): Uint8Array {
    return this.#writer.finish().subarray(this.#forgotten);
  }

  push(entry: DecidedEntry): void {
    writeDecided(this.#writer, entry);
  }

  /** Forgets the oldest. */
  shift(): void {
    this.#forgotten += ENTRY;
    const { all } = this;
    if (this.#forgotten < all.length) return;
    this.#writer = new ByteWriter(2 * all.length + 128 * ENTRY).raw(all);
    this.#forgotten = 0;
  }
}
