/** The copy of a table is the table: whatever is written, and whenever the reading begins, a task that starts then has the last record of each key. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { TableReplica } from '../../src/streams/table-replica.ts';
import { until } from './wire.ts';

const topic = 'table';

test('a table holds the last record of each key in the order of their offsets, and nothing of deleted keys', async () => {
  const write = fc.record({ key: fc.constantFrom(null, 'a', 'b', 'c'), deletes: fc.boolean() });
  const writes = fc.array(write, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(writes, fc.nat({ max: 20 }), async (all, earlier) => {
      const log = new MemoryLog({ now: () => 0 });
      await log.createTopics([{ name: topic, partitions: 1, compacted: true }]);
      const writer = await log.writer();
      const records = all.map(({ key, deletes }, i) => ({
        ...{ topic, partition: 0, key: key === null ? null : Buffer.from(key) },
        value: deletes ? null : Buffer.from(String(i)),
      }));
      await writer.write(records.slice(0, earlier));
      const told: number[] = [];
      const replica = await TableReplica.read(log, [topic], 5_000, {
        records: (_topic, taken) => told.push(...taken.map(({ offset }) => offset)),
        failed: (error) => {
          throw error;
        },
      });
      await writer.write(records.slice(earlier));
      await until('all is read', () => replica.contents()[0].nextOffset === all.length);
      const left = [...all.entries()].filter(
        ([i, { key, deletes }]) => !deletes && !all.slice(i + 1).some((later) => later.key === key),
      );
      expect(replica.contents()[0].records.map(({ offset }) => offset)).toEqual(left.map(([i]) => i));
      expect(told).toEqual([...all.keys()].slice(earlier));
      await replica.close();
      await log.close();
    }),
    { numRuns: 50 },
  );
});
