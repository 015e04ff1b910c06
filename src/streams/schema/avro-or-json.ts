import type { AvroCodec, Codec } from './codec.ts';
import { CodecError } from './codec-error.ts';

/** A JSON value checked and typed, or why not. */
export type JsonParser<T> = (
  json: unknown,
) =>
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: { readonly code: string; readonly reason: string } };

const jsonBytesMax = 1024 * 1024;

/**
 * Reads Confluent's Avro framing or JSON of the same shape, told apart by the first byte: 0 begins the one, an opening brace (after white space) the
 * other. Writes Avro.
 */
export class AvroOrJsonCodec<T> implements Codec<T> {
  readonly name: string;
  readonly #avro: AvroCodec<T>;
  readonly #parse: JsonParser<T>;

  constructor(avro: AvroCodec<T>, parse: JsonParser<T>) {
    this.name = avro.name;
    this.#avro = avro;
    this.#parse = parse;
  }

  encode(value: T): Uint8Array {
    return this.#avro.encode(value);
  }

  decode(bytes: Uint8Array): T {
    return startsJson(bytes) ? this.#decodeJson(bytes) : this.#avro.decode(bytes);
  }

  #decodeJson(bytes: Uint8Array): T {
    if (bytes.length > jsonBytesMax)
      throw new CodecError('json-invalid', `JSON of ${bytes.length} bytes; at most ${jsonBytesMax} are read`);
    let json: unknown;
    try {
      json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    } catch (error) {
      throw new CodecError('json-invalid', error instanceof Error ? error.message : String(error));
    }
    const parsed = this.#parse(json);
    if (!parsed.ok) throw new CodecError(parsed.rejection.code, parsed.rejection.reason);
    return parsed.value;
  }
}

const brace = 0x7b;

function startsJson(bytes: Uint8Array): boolean {
  let i = 0;
  while (i < bytes.length && (bytes[i] === 0x20 || bytes[i] === 0x0a || bytes[i] === 0x0d || bytes[i] === 0x09)) i++;
  return bytes[i] === brace;
}
