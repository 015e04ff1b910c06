/** What a block of an array or a map says of its length is not believed: thirty bytes must not keep a process busy for ever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AvroCodec, whenLoaded } from '../../../src/streams/schema/codec.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';

interface Thing {
  readonly names: readonly string[];
  readonly sizes: Readonly<Record<string, number>>;
}

const fields = [
  { name: 'names', type: { type: 'array', items: 'string' }, default: [] },
  { name: 'sizes', type: { type: 'map', values: 'double' }, default: {} },
];
const schema = { type: 'record', name: 'Thing', fields };
/** Whoever may register a schema may have fields in it that nobody here reads. */
const more = [
  { name: 'extraNames', type: { type: 'array', items: 'long' } },
  { name: 'extraSizes', type: { type: 'map', values: 'long' } },
];
const wider = { ...schema, fields: [...more, ...fields] };

/** Enough to be seen by its time, few enough for a test that fails to end. */
const many = 20_000_000;

async function codecs() {
  const registry = new MemoryRegistry();
  const reader = await AvroCodec.register<Thing>('things', schema, registry);
  const writer = await AvroCodec.register('others', wider, registry);
  return {
    reader,
    frame: (id: number, ...body: readonly number[]) => framed(id, body),
    writer,
    writerId: writer.schemaId,
  };
}

function framed(id: number, body: readonly number[]): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** A long as Avro writes it: zigzag, seven bits a byte. */
function long(n: number): number[] {
  let rest = n < 0 ? -2n * BigInt(n) - 1n : 2n * BigInt(n);
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

test.each([
  ['an array', (n: number) => long(n)],
  ['an array whose block has a size', (n: number) => [...long(-n), ...long(8)]],
  ['a map', (n: number) => [0, ...long(n)]],
  ['a map whose block has a size', (n: number) => [0, ...long(-n), ...long(8)]],
])('%s with more items than bytes is refused at once', async (_what, body) => {
  const { reader, frame } = await codecs();
  for (const n of [many, 2 ** 52])
    expect(() => reader.decode(frame(reader.schemaId, ...body(n)))).toThrow(`a block of ${n} items in 0 bytes`);
});

test('items that end past the bytes are not read on and on', async () => {
  const { reader, frame } = await codecs();
  // As many bytes as items, the first of which takes more than all of them.
  const body = [...long(1_000), ...long(5_000), ...Array.from({ length: 1_000 }, () => 0)];
  expect(() => reader.decode(frame(reader.schemaId, ...body))).toThrow('truncated buffer');
});

test.each([
  ['an array', (n: number) => long(n)],
  ['a map', (n: number) => [0, ...long(n)]],
  // The size of a block leads back to its beginning.
  ['an array whose block has a size below 0', () => [...long(-1), ...long(-2), 0]],
])('so is %s of a field that only its writer has', async (_what, body) => {
  const { reader, frame, writerId } = await codecs();
  const value = frame(writerId, ...body(many));
  await expect(whenLoaded(() => reader.decode(value))).rejects.toMatchObject({ code: 'avro-invalid' });
  expect(() => reader.decode(value)).toThrow(/a block of|truncated buffer/);
});

test('what only its writer has is passed over, and what comes after it is read', async () => {
  const { reader, writer } = await codecs();
  const extras = fc.record({
    extraNames: fc.array(fc.integer(), { maxLength: 5 }),
    extraSizes: fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { maxKeys: 5, noNullPrototype: true }),
  });
  await fc.assert(
    fc.asyncProperty(extras, async (extra) => {
      const thing = { names: ['x', 'y'], sizes: { z: 2.5 } };
      const value = writer.encode({ ...extra, ...thing });
      expect(await whenLoaded(() => reader.decode(value))).toEqual(thing);
    }),
  );
});

test('blocks of all kinds are read', async () => {
  const { reader, frame } = await codecs();
  const a = [...long(1), 0x61];
  const one = [0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
  const names = [...long(2), ...a, ...a, ...long(-1), ...long(2), ...a, 0];
  const sizes = [...long(-1), ...long(10), ...a, ...one, ...long(1), ...long(1), 0x62, ...one, 0];
  expect(reader.decode(frame(reader.schemaId, ...names, ...sizes))).toEqual({
    names: ['a', 'a', 'a'],
    sizes: { a: 1, b: 1 },
  });
  const written = { names: ['x', 'y'], sizes: { z: 2.5 } };
  expect(reader.decode(reader.encode(written))).toEqual(written);
});
