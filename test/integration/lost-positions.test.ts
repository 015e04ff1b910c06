/** A partition that has nothing at its reader's position any more. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../streams/wire.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';

const scenario = hasKafka ? test : test.skip;
const at = { topic: 'out', partition: 0 };
const specs = [{ name: at.topic, partitions: 1, compacted: false }];
const record = (value: string) => ({ ...at, key: null, value: Buffer.from(value) });

/** A member of a group, from `offset` on. */
async function reading(offset: number) {
  const prefix = `lost-${randomUUID().slice(0, 8)}.`;
  const log = openKafkaLog({ prefix });
  onTestFinished(() => log.close());
  await log.createTopics(specs);
  await (await log.writer()).write(['0', '1', '2', '3'].map(record));
  const seen: string[] = [];
  const failures: Error[] = [];
  const begin = async () => {
    const assigned = Promise.withResolvers<void>();
    const consumer = await log.consume({
      kind: 'group',
      group: 'readers',
      topics: [at.topic],
      assigned: () => assigned.resolve(),
      records: (_from, records) => seen.push(...records.map(({ value }) => String(value))),
      failed: (error) => failures.push(error),
    });
    await assigned.promise;
    consumer.seek({ ...at, offset });
    consumer.resume([at]);
  };
  return { log, prefix, seen, failures, begin };
}

scenario('a reader whose topic is made anew ends, and does not pass over what is in the new one', async () => {
  const { prefix, seen, failures, begin } = await reading(0);
  await begin();
  await until('all is read', () => seen.length === 4);
  const admin = new Kafka({ brokers: testBrokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [prefix + at.topic] });
  const deleted = async () => !(await admin.listTopics()).includes(prefix + at.topic);
  await until('the topic is gone', deleted);
  await admin.disconnect();
  const later = openKafkaLog({ prefix });
  onTestFinished(() => later.close());
  await later.createTopics(specs);
  await until('the reader has ended', () => failures.length > 0);
  expect(failures[0]).toMatchObject({ code: 'position-lost', message: expect.stringContaining(`${prefix}out/0`) });
});

scenario(
  'where unread records were deleted, a reader goes on behind them, and its group keeps its position',
  async () => {
    const { log, seen, failures, begin } = await reading(1);
    const writer = await log.transactionalWriter('writer');
    await writer.commit([], 'readers', [{ ...at, offset: 1 }]);
    await log.deleteBefore([{ ...at, offset: 3 }], Number.MAX_SAFE_INTEGER);
    await begin();
    await until('it reads on', () => seen.length > 0);
    expect(seen).toEqual(['3']);
    expect(await log.committed('readers', [at])).toEqual([{ ...at, offset: 1 }]);
    expect(failures).toEqual([]);
  },
);
