/** Postgres types of the columns that are written, in the binary format of their send and receive functions in the Postgres sources. */
import { refusesKey, refusesTime } from '../storable.ts';

/** Bytes, and the same bytes as numbers. */
export interface Target {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export interface PgType<Value> {
  /** As in a cast. */
  readonly name: string;
  /** Its number in pg_type, the same in every database. */
  readonly oid: number;
  /** Most bytes that `write` takes for the value. */
  room(value: Value): number;
  /** Writes the value at `at`; returns the number of bytes written. */
  write(value: Value, target: Target, at: number): number;
  /** What would be valid where the database cannot hold the value, else null. Default: it holds every value. */
  refuses?(value: Value): string | null;
}

/** Milliseconds from 1970 to 2000, where Postgres counts from. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;

function fixed<Value>(
  name: string,
  oid: number,
  length: number,
  put: (view: DataView, at: number, value: Value) => void,
) {
  return {
    name,
    oid,
    room: () => length,
    write(value: Value, { view }: Target, at: number): number {
      put(view, at, value);
      return length;
    },
  } satisfies PgType<Value>;
}

const integer = (min: number, max: number) => (value: number) =>
  Number.isInteger(value) && value >= min && value <= max ? null : `an integer from ${min} to ${max}`;

/** Eight bytes of a safe integer, without a BigInt. */
function putInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value >>> 0);
}

export const int2: PgType<number> = {
  ...fixed('int2', 21, 2, (view, at, value: number) => view.setInt16(at, value)),
  refuses: integer(-32_768, 32_767),
};
export const int4: PgType<number> = {
  ...fixed('int4', 23, 4, (view, at, value: number) => view.setInt32(at, value)),
  refuses: integer(-2_147_483_648, 2_147_483_647),
};
export const int8: PgType<number> = {
  ...fixed('int8', 20, 8, putInt64),
  refuses: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
};
/** Single precision, for what is derived: about seven digits. */
export const float4: PgType<number> = fixed('float4', 700, 4, (view, at, value) => view.setFloat32(at, value));
export const float8: PgType<number> = fixed('float8', 701, 8, (view, at, value) => view.setFloat64(at, value));
export const bool: PgType<boolean> = fixed('bool', 16, 1, (view, at, value) => view.setUint8(at, value ? 1 : 0));

/** From ms since the epoch. */
export const timestamptz: PgType<number> = {
  ...fixed('timestamptz', 1184, 8, (view, at, value: number) =>
    view.setBigInt64(at, BigInt(value - POSTGRES_EPOCH_MS) * 1000n),
  ),
  refuses: refusesTime,
};

/** Postgres has no character 0; the replacement character takes its place. */
function withoutNul(value: string): string {
  return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}

/** A text as a query gives it back: texts that differ may be one in the database. */
export function storedText(value: string): string {
  return withoutNul(value).toWellFormed();
}

export const text: PgType<string> = {
  name: 'text',
  oid: 25,
  room: (value) => 3 * value.length,
  write: (value, { bytes }, at) => bytes.write(withoutNul(value), at, 'utf8'),
};

/** Text that is part of a key. */
export const key: PgType<string> = {
  ...text,
  refuses: refusesKey,
};

export const bytea: PgType<Uint8Array> = {
  name: 'bytea',
  oid: 17,
  room: (value) => value.length,
  write(value, { bytes }, at) {
    bytes.set(value, at);
    return value.length;
  },
};

/** From the text that `json` makes. */
export const jsonb: PgType<string> = {
  name: 'jsonb',
  oid: 3802,
  room: (value) => 1 + 3 * value.length,
  write(value, { bytes }, at) {
    bytes.writeUInt8(1, at); // The format's version.
    return 1 + bytes.write(value, at + 1, 'utf8');
  },
};

/** JSON that Postgres takes: bytes as hexadecimal, NaN and infinities as null, no character 0. */
export function json(value: unknown): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name) {
    // As it is: a Buffer would be given as an object with a list of numbers.
    const part = this[name];
    if (typeof part === 'string') return storedText(part);
    if (part instanceof Uint8Array) return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('hex');
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    const fields = Object.entries(part);
    if (fields.every(([name]) => name === storedText(name))) return part;
    return Object.fromEntries(fields.map(([name, field]) => [storedText(name), field]));
  });
}
