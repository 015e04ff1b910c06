import { expect, test } from 'vitest';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { readAll } from '../../src/streams/read-all.ts';

test('a compacted topic keeps the last record of each key, however long it runs', async () => {
  const log = new MemoryLog({ now: () => 0 });
  await log.createTopics([{ name: 't', partitions: 1, compacted: true }]);
  const writer = await log.writer();
  const total = 50_000;
  for (let i = 0; i < total; i++) {
    const value = i % 10 === 7 && i > total - 20 ? null : Buffer.from(String(i));
    await writer.write([{ topic: 't', partition: 0, key: Buffer.from(`k${i % 10}`), value }]);
  }
  expect(log.read({ topic: 't', partition: 0 }).length).toBeLessThan(10_000);
  const seen = new Map<string, string | null>();
  await readAll(log, { topic: 't', partition: 0 }, 5_000, ({ key, value }) => {
    seen.set(Buffer.from(key ?? []).toString(), value === null ? null : Buffer.from(value).toString());
  });
  for (let k = 0; k < 10; k++) expect(seen.get(`k${k}`) ?? null).toBe(k === 7 ? null : String(total - 10 + k));
  expect(await log.bounds('t')).toEqual([{ partition: 0, low: 0, high: total }]);
  await log.close();
});

test('consumers of a compacted topic step over the gaps', async () => {
  const log = new MemoryLog({ now: () => 0 });
  await log.createTopics([{ name: 't', partitions: 1, compacted: true }]);
  const writer = await log.writer();
  for (let i = 0; i < 12_000; i++)
    await writer.write([{ topic: 't', partition: 0, key: Buffer.from(`k${i % 3}`), value: Buffer.from(String(i)) }]);
  const offsets: number[] = [];
  await readAll(log, { topic: 't', partition: 0 }, 5_000, ({ offset }) => offsets.push(offset));
  expect(offsets.at(-1)).toBe(11_999);
  expect([...offsets].sort((a, b) => a - b)).toEqual(offsets);
  await log.close();
});

test('what outlives its neighbours does not keep their memory', async () => {
  const log = new MemoryLog({ now: () => 0 });
  await log.createTopics([{ name: 't', partitions: 1, compacted: true }]);
  const writer = await log.writer();
  for (let i = 0; i < 40_000; i++) {
    // Every tenth key is written once: it lies among others that are soon gone.
    const key = Buffer.from(i % 10 === 0 ? `once-${i}` : 'often');
    await writer.write([{ topic: 't', partition: 0, key, value: Buffer.from('.'.repeat(i % 10 === 0 ? 20 : 2_000)) }]);
  }
  const records = log.read({ topic: 't', partition: 0 }).filter(({ key }) => key?.length !== 'often'.length);
  expect(records).toHaveLength(4_000);
  const buffers = new Set(records.slice(0, 2_000).flatMap(({ key, value }) => [key?.buffer, value?.buffer]));
  const bytes = [...buffers].reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0);
  expect(bytes).toBeLessThan(2_000 * 50);
  await log.close();
});
