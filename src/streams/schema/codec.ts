/**
 * Avro in Confluent's wire format: 0x00, the schema id as four bytes big-endian, the Avro body.
 * Decoding resolves the writer's schema to the reader's, so older records read as today's type.
 */
import avro from 'avsc';
import { boundedCollection } from './bounded-collections.ts';
import { CodecError } from './codec-error.ts';
import { SchemaError, type SchemaRegistry } from './registry.ts';

/** What a topic's values are. */
export interface Codec<T> {
  readonly name: string;
  encode(value: T): Uint8Array;
  /** Throws CodecError; throws SchemaNotLoaded where the writer's schema must be fetched first. */
  decode(bytes: Uint8Array): T;
}

/** Not an error of the record: its schema must be fetched, then it can be decoded. */
export class SchemaNotLoaded extends Error {
  /** Fetches the schema for the codec that threw; it can then be asked again. */
  readonly load: () => Promise<void>;
  constructor(schemaId: number, load: () => Promise<void>) {
    super(`schema ${schemaId} is not loaded yet`);
    this.name = 'SchemaNotLoaded';
    this.load = load;
  }
}

/** Runs `decode`, fetching the schemas it turns out to need. */
export async function whenLoaded<T>(decode: () => T): Promise<T> {
  for (;;) {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof SchemaNotLoaded)) throw error;
      await error.load();
    }
  }
}

const magic = 0;
export const headerBytes = 5;

/** The Avro body of a value in wire format: what hashes and signatures are taken over, as schema ids differ between registries. */
export function avroBody(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(headerBytes);
}

export class AvroCodec<T> implements Codec<T> {
  readonly name: string;
  readonly schemaId: number;
  readonly #type: avro.Type;
  readonly #registry: SchemaRegistry;
  readonly #writers = new Map<number, Writer>();
  #scratch = Buffer.allocUnsafe(64 * 1024);

  private constructor(name: string, schemaId: number, type: avro.Type, registry: SchemaRegistry) {
    this.name = name;
    this.schemaId = schemaId;
    this.#type = type;
    this.#registry = registry;
  }

  /** Registers the schema under the subject `NAME-value` and makes its codec. */
  static async register<T>(name: string, schema: object, registry: SchemaRegistry): Promise<AvroCodec<T>> {
    const id = await registry.register(`${name}-value`, schema);
    return new AvroCodec<T>(name, id, parseSchema(schema), registry);
  }

  encode(value: T): Uint8Array {
    let end = this.#type.encode(value, this.#scratch, headerBytes);
    if (end < 0) {
      // avsc answers minus the bytes that did not fit.
      this.#scratch = Buffer.allocUnsafe((this.#scratch.length - end) * 2);
      end = this.#type.encode(value, this.#scratch, headerBytes);
    }
    this.#scratch[0] = magic;
    this.#scratch.writeUInt32BE(this.schemaId, 1);
    const out = Buffer.allocUnsafe(end);
    this.#scratch.copy(out, 0, 0, end);
    return out;
  }

  decode(bytes: Uint8Array): T {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length < headerBytes) {
      throw new CodecError(
        'avro-truncated',
        `a value of ${buffer.length} bytes is shorter than the ${headerBytes} bytes of the wire format's header`,
      );
    }
    if (buffer[0] !== magic) {
      throw new CodecError(
        'avro-magic',
        `the first byte is ${buffer[0]}; a value in Confluent's wire format begins with 0`,
      );
    }
    const id = buffer.readUInt32BE(1);
    if (id === this.schemaId) return this.#read(() => this.#type.fromBuffer(avroBody(buffer) as Buffer));
    const writer = this.#writers.get(id);
    if (writer === undefined || performance.now() >= writer.untilMs)
      throw new SchemaNotLoaded(id, () => this.#load(id));
    if (writer.resolver instanceof CodecError) throw writer.resolver;
    return this.#read(() => this.#type.fromBuffer(avroBody(buffer) as Buffer, writer.resolver as never));
  }

  async #load(schemaId: number): Promise<void> {
    const resolver = await this.#resolver(schemaId);
    if (this.#writers.size >= loadedMax) this.#writers.clear();
    // A refusal is not for ever: a registry of several servers may hear of an id after its first record came.
    const untilMs = resolver instanceof CodecError ? performance.now() + refusedMs : Number.POSITIVE_INFINITY;
    this.#writers.set(schemaId, { resolver, untilMs });
  }

  async #resolver(schemaId: number): Promise<object | CodecError> {
    const incompatible = (error: unknown) =>
      new CodecError('schema-incompatible', `schema id ${schemaId} cannot be read as ${this.name}: ${message(error)}`);
    let schema: object | null;
    try {
      schema = await this.#registry.schema(schemaId);
    } catch (error) {
      if (error instanceof SchemaError && error.code === 'schema-incompatible') return incompatible(error);
      throw error;
    }
    if (schema === null) return new CodecError('schema-unknown', `schema id ${schemaId} is not in the registry`);
    try {
      return this.#type.createResolver(parseSchema(schema)) as object;
    } catch (error) {
      return incompatible(error);
    }
  }

  #read(decode: () => unknown): T {
    try {
      return decode() as T;
    } catch (error) {
      throw new CodecError('avro-invalid', `not a valid ${this.name}: ${message(error)}`);
    }
  }
}

/** Schemas other than the codec's own that are kept, refusals included; past it all are fetched anew. */
const loadedMax = 10_000;
/** How long a refusal holds before the registry is asked again, in ms. */
const refusedMs = 60_000;

interface Writer {
  /** From the writer's schema to the reader's, or why there is none. */
  readonly resolver: object | CodecError;
  readonly untilMs: number;
}

/** Logical types stay plain numbers: ms since the epoch. Arrays and maps are read to the end of the bytes at most. */
export function parseSchema(schema: object): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false, typeHook: boundedCollection });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
