import { expect, onTestFinished, test } from 'vitest';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { readOffsets } from '../../src/streams/read-offsets.ts';

test('records here and there are read again, a few hundred at a time; what is gone is left out', async () => {
  const log = new MemoryLog({ now: () => 1 });
  onTestFinished(() => log.close());
  await log.createTopics([{ name: 't', partitions: 2, compacted: false }]);
  const writer = await log.writer();
  const at = { topic: 't', partition: 1 };
  await writer.write(Array.from({ length: 5_000 }, (_, i) => ({ ...at, key: null, value: Buffer.from(String(i)) })));
  await log.deleteBefore([{ ...at, offset: 10 }], 2);
  const offsets = [3, 10, 11, 1_011, 2_012, ...Array.from({ length: 300 }, (_, i) => 3_000 + i), 4_999, 5_000];
  const read: string[][] = [];
  for await (const records of readOffsets(log, at, offsets, 10_000))
    read.push(records.map(({ offset, value }) => `${offset} ${Buffer.from(value ?? []).toString()}`));
  const expected = offsets.filter((offset) => offset >= 10 && offset < 5_000).map((offset) => `${offset} ${offset}`);
  expect(read.flat()).toEqual(expected);
  expect(read.map(({ length }) => length)).toEqual([3, 256, 45, 1]);
});
