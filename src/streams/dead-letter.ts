/** What becomes of a record that is given up: a letter with its bytes, origin and reason, which the log takes whatever the record's size. */
import type { DeadLetter } from '../../schemas/records.ts';
import { type OutRecord, recordBytesMax } from './log.ts';
import type { Topic } from './processor.ts';

/** A record that is given up, and by whom. */
export interface GivenUp {
  readonly processor: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly code: string;
  readonly reason: string;
}

const reasonMax = 1_000;
/** A key is in the letter and is the letter's own. */
const keyBytesMax = 64 * 1024;
/** Leaves room for all else. A record of nearly the largest size is the only one whose value is longer. */
const valueBytesMax = recordBytesMax - 256 * 1024;

export function deadLetter(deadLetters: Topic<DeadLetter>, partition: number, record: GivenUp): OutRecord {
  const key = cut(record.key, keyBytesMax);
  const value = cut(record.value, valueBytesMax);
  const cuts = [
    ...(key === record.key ? [] : [` (the key is cut from ${record.key?.length} bytes)`]),
    ...(value === record.value ? [] : [` (the value is cut from ${record.value?.length} bytes)`]),
  ].join('');
  const { processor, topic, offset, appendMs, code } = record;
  const letter: DeadLetter = {
    processor,
    topic,
    partition: record.partition,
    offset,
    appendMs,
    code,
    reason: shortened(record.reason, reasonMax - cuts.length) + cuts,
    key: key === null ? null : asBuffer(key),
    value: value === null ? null : asBuffer(value),
  };
  return { topic: deadLetters.name, partition, key: letter.key, value: deadLetters.codec.encode(letter) };
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function cut(bytes: Uint8Array | null, most: number): Uint8Array | null {
  return bytes === null || bytes.length <= most ? bytes : bytes.subarray(0, most);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
