import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeLog } from '../streams/log-contract.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

if (hasKafka) {
  describeLog('kafka', async () => openKafkaLog({ prefix: `contract-${randomUUID().slice(0, 8)}.` }));
  describe('kafka: a transaction that is opened ahead', earlyEnlistment);
} else test.skip('kafka: left out, there is no broker', () => undefined);

function earlyEnlistment(): void {
  const at = { topic: 'out', partition: 0 };
  const record = { ...at, key: null, value: Uint8Array.of(1) };

  /** A log with one topic, and a writer that has committed often enough to know what to expect. */
  async function practised(transactionTimeoutMs: number) {
    const log = openKafkaLog({ prefix: `early-${randomUUID().slice(0, 8)}.`, transactionTimeoutMs });
    await log.createTopics([{ name: at.topic, partitions: 1, compacted: false }]);
    const writer = await log.transactionalWriter('writer');
    for (let offset = 1; offset <= 4; offset++) await writer.commit([record], 'group', [{ ...at, offset }]);
    const end = async () => (await log.bounds(at.topic))[0]?.high ?? 0;
    // A record and a marker each; the broker writes the markers after it has answered.
    await expect.poll(end, { timeout: 10_000 }).toBeGreaterThanOrEqual(8);
    return { log, writer, end };
  }

  test('is ended where nothing comes, before the coordinator would fence the writer, and the writer goes on', async () => {
    const { log, writer, end } = await practised(3_000);
    try {
      await expect.poll(end, { timeout: 10_000 }).toBe(9); // the marker of its end, and no record
      await writer.commit([record], 'group', [{ ...at, offset: 5 }]);
      await expect.poll(() => log.committed('group', [at]), { timeout: 10_000 }).toEqual([{ ...at, offset: 5 }]);
    } finally {
      await log.close();
    }
  });

  test('holds no reader back, and ends when its writer is closed', async () => {
    const { log, writer, end } = await practised(30_000);
    const read: number[] = [];
    try {
      const consumer = await log.consume({
        kind: 'positions',
        positions: [{ ...at, offset: 0 }],
        records: (_from, records) => void read.push(...records.map(({ offset }) => offset)),
        failed: (error) => {
          throw error;
        },
      });
      await expect.poll(() => read.length, { timeout: 10_000 }).toBe(4);
      await consumer.close();
      await writer.close();
      await expect.poll(end, { timeout: 5_000 }).toBe(9);
    } finally {
      await log.close();
    }
  });

  test('does not help a writer that was fenced', async () => {
    const { log, writer } = await practised(30_000);
    try {
      const newer = await log.transactionalWriter('writer');
      await expect(writer.commit([record], 'group', [{ ...at, offset: 9 }])).rejects.toMatchObject({
        code: 'writer-fenced',
      });
      await newer.commit([record], 'group', [{ ...at, offset: 5 }]);
      await expect.poll(() => log.committed('group', [at]), { timeout: 10_000 }).toEqual([{ ...at, offset: 5 }]);
    } finally {
      await log.close();
    }
  });
}
