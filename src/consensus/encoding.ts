/**
 * The byte encoding that hashes and signatures are made over. It is not the wire format (that is Avro): a signature must not
 * depend on a schema's version or on an encoder's freedom, so every value has exactly one encoding here:
 *
 *   u8, u32, u64   big-endian; u64 holds integers 0 .. 2^53 - 1
 *   raw            bytes as they are, where the length is fixed by the format (hashes)
 *   blob           u32 length, then the bytes
 *   text           blob of UTF-8
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { ConsensusError } from './errors.ts';

export type Hash = Uint8Array;
export const HASH_BYTES = 32;

/** Characters of a text, or bytes, that are written by a loop: a call into the runtime costs more. */
const SHORT = 32;

export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return this;
  }

  u32(value: number): this {
    if (value >>> 0 !== value)
      throw new ConsensusError('BAD_ENCODING', 'not a u32', value, 'an integer from 0 to 2^32 - 1');
    const at = this.#reserve(4);
    writeU32(this.#buffer, at, value);
    return this;
  }

  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new ConsensusError('BAD_ENCODING', 'not a u64', value, 'an integer from 0 to 2^53 - 1');
    }
    const at = this.#reserve(8);
    // Where it is not needed, as nearly always, the division costs more than all the rest.
    const high = value > 0xffff_ffff ? Math.floor(value / 0x1_0000_0000) : 0;
    writeU32(this.#buffer, at, high);
    writeU32(this.#buffer, at + 4, high === 0 ? value : value % 0x1_0000_0000);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const { length } = bytes;
    const at = this.#reserve(length);
    const buffer = this.#buffer;
    if (length > SHORT) buffer.set(bytes, at);
    else for (let i = 0; i < length; i++) buffer[at + i] = bytes[i];
    return this;
  }

  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** What `write` writes, as a blob. */
  blobOf(write: () => void): this {
    const at = this.#reserve(4);
    write();
    writeU32(this.#buffer, at, this.#length - at - 4);
    return this;
  }

  text(value: string): this {
    if (this.#shortAscii(value)) return this;
    const bytes = Buffer.byteLength(value, 'utf8');
    this.u32(bytes);
    const at = this.#reserve(bytes);
    this.#buffer.write(value, at, 'utf8');
    return this;
  }

  /** Bytes as they are, kept as a string of one character a byte. */
  latin1(bytes: string): this {
    const at = this.#reserve(bytes.length);
    const buffer = this.#buffer;
    for (let i = 0; i < bytes.length; i++) buffer[at + i] = bytes.charCodeAt(i);
    return this;
  }

  finish(): Uint8Array {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  /** For a writer that is used again and again: what `finish` returned before is written over. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  /** What `finish` returns, in bytes of its own. */
  copy(): Uint8Array {
    return Buffer.from(this.finish());
  }

  /** Names and codes, written faster than a call into the runtime takes. False, and nothing written, for any other text. */
  #shortAscii(value: string): boolean {
    if (value.length > SHORT) return false;
    for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
    const at = this.#reserve(4 + value.length);
    writeU32(this.#buffer, at, value.length);
    for (let i = 0; i < value.length; i++) this.#buffer[at + 4 + i] = value.charCodeAt(i);
    return true;
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    const end = at + bytes;
    if (end > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = end;
    return at;
  }
}

function writeU32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Reads what ByteWriter wrote. Throws ConsensusError BAD_ENCODING on anything else. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  /** The same, for texts; null while none was read. */
  #buffer: Buffer | null = null;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  u32(): number {
    return readU32(this.#bytes, this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = readU32(this.#bytes, at) * 0x1_0000_0000 + readU32(this.#bytes, at + 4);
    if (!Number.isSafeInteger(value))
      throw new ConsensusError('BAD_ENCODING', 'u64 too large', value, 'at most 2^53 - 1');
    return value;
  }

  /** A copy, so that a small value does not keep a large record alive. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  /** Bytes as they are, as a string of one character a byte. */
  latin1(length: number): string {
    const at = this.#take(length);
    return this.#asBuffer().toString('latin1', at, at + length);
  }

  hash(): Hash {
    return this.raw(HASH_BYTES);
  }

  blob(): Uint8Array {
    return this.raw(this.u32());
  }

  text(): string {
    const length = this.u32();
    const at = this.#take(length);
    return this.#asBuffer().toString('utf8', at, at + length);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) {
      throw new ConsensusError('BAD_ENCODING', 'bytes left over', this.#bytes.length - this.#at, 'none');
    }
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) {
      throw new ConsensusError('BAD_ENCODING', 'truncated', this.#bytes.length, `at least ${at + length} bytes`);
    }
    this.#at = at + length;
    return at;
  }

  #asBuffer(): Buffer {
    if (this.#buffer === null) {
      const { buffer, byteOffset, byteLength } = this.#bytes;
      this.#buffer = Buffer.from(buffer, byteOffset, byteLength);
    }
    return this.#buffer;
  }
}

/** By way of a string: made into bytes here, a result costs a third of what it costs where the runtime makes a Buffer of it. */
export function sha256(bytes: Uint8Array): Hash {
  const digest = hash('sha256', bytes, 'binary');
  const result = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) result[i] = digest.charCodeAt(i);
  return result;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  // Often the very same: what replicas of one process compare comes from one object.
  return a === b || Buffer.compare(a, b) === 0;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
