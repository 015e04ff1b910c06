/** A decision as people keep it: the bytes of its record, or JSON of the same shape. */
import type avro from 'avsc';
import { schema } from '../../pipelines/topics.ts';
import type { Decision, Proposal } from '../../schemas/records.ts';
import { avroBody, headerBytes, parseSchema } from '../streams/schema/codec.ts';
import { CliError, messageOf } from './errors.ts';

/**
 * Reads the value of a record of aura.decisions in Confluent's framing, or JSON in which byte strings are base64, hexadecimal, Avro's own JSON (a
 * character a byte) or what Node makes of a Buffer. No registry is asked: the schema is the one shipped. Throws CliError `decision-unreadable`.
 */
export function readDecision(bytes: Uint8Array): Decision {
  const first = bytes.find((byte) => !spaces.has(byte));
  if (first === undefined) throw unreadable('it is empty');
  return first === openingBrace ? fromJson(Buffer.from(bytes).toString()) : fromRecord(bytes);
}

/** The proposal that a decision holds, as its producer wrote it. Throws CliError `decision-unreadable`. */
export function readProposal(decision: Decision): Proposal {
  return decode<Proposal>(parseSchema(schema('proposal')), decision.proposal, 'its proposal is no record of it');
}

const openingBrace = 0x7b;
const spaces = new Set([0x20, 0x09, 0x0a, 0x0d]);
const hashBytes = 32;

function fromRecord(bytes: Uint8Array): Decision {
  return decode<Decision>(parseSchema(schema('decision')), bytes, 'it is no record of it');
}

function decode<T>(type: avro.Type, bytes: Uint8Array, otherwise: string): T {
  if (bytes.length < headerBytes || bytes[0] !== 0)
    throw unreadable(`${otherwise}: it begins with byte ${bytes[0] ?? 'none'} and has ${bytes.length} bytes`);
  try {
    return type.fromBuffer(Buffer.from(avroBody(bytes))) as T;
  } catch (cause) {
    throw unreadable(`${otherwise}: ${messageOf(cause)}`, cause);
  }
}

function fromJson(text: string): Decision {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable(messageOf(cause), cause);
  }
  const type = parseSchema(schema('decision'));
  const decision = bytesIn(type, json, encodingOf(json));
  const wrong: string[] = [];
  type.isValid(decision, { errorHook: (path: string[]) => wrong.push(path.join('.') || 'the whole') });
  if (wrong.length > 0) throw unreadable(`wrong or missing: ${wrong.slice(0, 5).join(', ')}`);
  return decision as Decision;
}

type Encoding = 'base64' | 'hex' | 'latin1';

/** Told by a field whose length is known: the hash of the validator set. */
function encodingOf(json: unknown): Encoding {
  const sample = json as { readonly certificate?: { readonly validatorSet?: unknown } };
  const hash = sample.certificate?.validatorSet;
  if (typeof hash !== 'string' || hash.length === hashBytes) return 'latin1';
  return hash.length === 2 * hashBytes ? 'hex' : 'base64';
}

/** The value with its byte strings as Buffers, wherever the schema wants bytes. */
function bytesIn(type: avro.Type, value: unknown, encoding: Encoding): unknown {
  if (type.typeName === 'bytes') {
    if (typeof value === 'string') return Buffer.from(value, encoding);
    const made = value as { readonly type?: unknown; readonly data?: unknown } | null;
    return made?.type === 'Buffer' && Array.isArray(made.data) ? Buffer.from(made.data) : value;
  }
  if (type.typeName === 'array' && Array.isArray(value)) {
    const { itemsType } = type as avro.types.ArrayType;
    return value.map((item) => bytesIn(itemsType, item, encoding));
  }
  if (type.typeName === 'record' && typeof value === 'object' && value !== null) {
    const fields = (type as avro.types.RecordType).fields.map(({ name, type: inner }) => [
      name,
      bytesIn(inner, (value as Readonly<Record<string, unknown>>)[name], encoding),
    ]);
    return Object.fromEntries(fields);
  }
  return value;
}

function unreadable(why: string, cause?: unknown): CliError {
  return new CliError(
    'decision-unreadable',
    `this is no decision: ${why}`,
    'valid is the value of a record of aura.decisions, byte for byte, or JSON of the same shape',
    { cause },
  );
}
