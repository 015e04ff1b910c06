import { expect, test } from 'vitest';
import { recordsOf } from '../../src/cli/read-topic.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';

test('every record to the present end comes once, in the order of its partition, however slowly it is taken', async () => {
  const log = new MemoryLog({ now: Date.now });
  await log.createTopics([{ name: 't', partitions: 3, compacted: false }]);
  const writer = await log.writer();
  const count = 30_000;
  for (let from = 0; from < count; from += 1000) {
    await writer.write(
      Array.from({ length: 1000 }, (_, i) => ({
        topic: 't',
        partition: (from + i) % 2,
        key: null,
        value: Buffer.from(String(from + i)),
      })),
    );
  }
  const seen: number[][] = [[], []];
  for await (const { partition, value } of recordsOf(log, 't')) {
    seen[partition].push(Number(Buffer.from(value ?? []).toString()));
    // What comes later is not of the present.
    if (seen[partition].length === 100) {
      await writer.write([{ topic: 't', partition, key: null, value: Buffer.from('-1') }]);
    }
  }
  expect(seen[0]).toEqual(Array.from({ length: count / 2 }, (_, i) => 2 * i));
  expect(seen[1]).toEqual(Array.from({ length: count / 2 }, (_, i) => 2 * i + 1));
  await writer.close();
  await log.close();
});

test('nothing comes of a topic without records', async () => {
  const log = new MemoryLog({ now: Date.now });
  await log.createTopics([{ name: 't', partitions: 1, compacted: false }]);
  const all = [];
  for await (const record of recordsOf(log, 't')) all.push(record);
  expect(all).toEqual([]);
  await log.close();
});
