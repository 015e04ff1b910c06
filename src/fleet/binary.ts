import { FleetError } from './errors.ts';

/** Appends little-endian numbers and short ASCII strings to a buffer that grows. */
export class BinaryWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 256));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Makes room and returns where it begins. Call it before looking at the view: it may replace it. */
  #need(more: number): number {
    const at = this.#length;
    if (at + more > this.#bytes.length) {
      const larger = new Uint8Array(2 * (at + more));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = at + more;
    return at;
  }

  u8(value: number): void {
    const at = this.#need(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#need(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#need(4);
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#need(8);
    this.#view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#need(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** ASCII of at most 255 characters, as ids are. */
  text(text: string): void {
    const at = this.#need(1 + text.length);
    this.#bytes[at] = text.length;
    for (let i = 0; i < text.length; i++) this.#bytes[at + 1 + i] = text.charCodeAt(i);
  }

  /** The bytes written so far, in a buffer of their own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what BinaryWriter wrote. @throws FleetError STATE_UNREADABLE where the bytes end too soon. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) {
      throw new FleetError(
        'STATE_UNREADABLE',
        `the bytes end at ${this.#bytes.length}; valid is at least ${at + length} of them`,
      );
    }
    this.#at = at + length;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A view on the next `length` bytes. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    const length = this.u8();
    const at = this.#take(length);
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.#bytes[at + i]);
    return text;
  }

  /** @throws FleetError STATE_UNREADABLE where bytes are left over */
  end(): void {
    if (this.#at !== this.#bytes.length) {
      throw new FleetError('STATE_UNREADABLE', `${this.#bytes.length - this.#at} bytes are left over; valid is none`);
    }
  }
}
