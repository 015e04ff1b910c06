/** Without a broker: a record as it comes in a batch, read by kafkajs. Whoever may produce chooses its headers. */
import Decoder from 'kafkajs/src/protocol/decoder.js';
import readRecord from 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js';
import { beforeAll, expect, test } from 'vitest';
import { headersOf, readHeadersAtOnce } from '../../../src/streams/kafka/record-headers.ts';
import { recordBytes } from '../../../src/streams/log.ts';

beforeAll(() => readHeadersAtOnce());

/** A number as Kafka writes it: zigzag, seven bits a byte. */
function varint(n: number): Buffer {
  const out: number[] = [];
  for (let rest = n < 0 ? -2 * n - 1 : 2 * n; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) + 128);
  }
}

const sized = (text: string | null) =>
  text === null ? varint(-1) : Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);

function read(...headers: readonly (readonly [string, string | null])[]) {
  const parts = headers.flatMap(([key, value]) => [sized(key), sized(value)]);
  const bytes = Buffer.concat([Buffer.from([0, 0, 0]), sized('key'), sized('value'), varint(headers.length), ...parts]);
  return headersOf(readRecord(new Decoder(bytes), { firstOffset: '7', firstTimestamp: '0' }));
}

const textOf = (headers: ReturnType<typeof read>) =>
  Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString()]);

test('the last value of each header counts, and one without a value is left out', () => {
  expect(textOf(read(['a', '1'], ['b', '2'], ['a', '3']))).toEqual([
    ['a', '3'],
    ['b', '2'],
  ]);
  expect(textOf(read(['a', null], ['b', '2'], ['b', null], ['c', '']))).toEqual([['c', '']]);
});

test('a header may be called what it likes', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
  const headers = read(...names.map((name) => [name, 'x'] as const));
  expect(textOf(headers)).toEqual(names.map((name) => [name, 'x']));
  expect(recordBytes({ key: null, value: null, headers })).toBe(names.join('').length + names.length);
});

test('ten thousand headers are read in no time', () => {
  const fromMs = performance.now();
  const headers = read(...Array.from({ length: 10_000 }, (_, i) => [`h${i}`, ''] as const));
  expect(Object.keys(headers)).toHaveLength(10_000);
  expect(performance.now() - fromMs).toBeLessThan(5_000);
});
