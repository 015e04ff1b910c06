import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.ts';
import { defaultKafkaOptions } from '../../src/streams/kafka/options.ts';
import type { LogRecord } from '../../src/streams/log.ts';
import { describeLog, readAll } from '../streams/log-contract.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';
import { apiKey, startKafkaProxy } from './kafka-proxy.ts';

if (hasKafka) {
  describeLog('kafka', async () => openKafkaLog({ prefix: `contract-${randomUUID().slice(0, 8)}.` }));
  describe('kafka: a transaction that is opened ahead', earlyEnlistment);
  test('kafka: a topic that the brokers do not make is named, and why', async () => {
    const prefix = `refused-${randomUUID().slice(0, 8)}.`;
    const log = openKafkaLog({ prefix, topics: { ...defaultKafkaOptions.topics, replication: 99 } });
    const specs = ['a', 'b'].map((name) => ({ name, partitions: 1, compacted: false }));
    const error: unknown = await log.createTopics(specs).catch((thrown: unknown) => thrown);
    await log.close();
    const message = expect.stringMatching(`^${prefix}a cannot be made: .*INVALID_REPLICATION_FACTOR`);
    expect(error).toMatchObject({ code: 'topic-refused', message });
    expect(explain(error).next).toContain('AURA_REPLICATION');
  });
  describe('kafka: what a process has written itself', ownRecords);
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

function ownRecords(): void {
  const at = { topic: 'out', partition: 0 };
  const record = (name: string) => ({
    ...at,
    key: Buffer.from(name.slice(0, 1)),
    value: Buffer.from(name),
    headers: { name: Buffer.from(name) },
  });
  const failed = (error: Error): never => {
    throw error;
  };

  /** Two processes on one topic; the first reads as a group, and maybe ahead. */
  async function two({ readsAhead = false, brokers = testBrokers() } = {}) {
    const prefix = `own-${randomUUID().slice(0, 8)}.`;
    const [log, other] = [openKafkaLog({ prefix, brokers }), openKafkaLog({ prefix })];
    await log.createTopics([{ name: at.topic, partitions: 1, compacted: false }]);
    const read: LogRecord[] = [];
    const pledges: Promise<void>[] = [];
    let reached = 0;
    const assigned = Promise.withResolvers<void>();
    const consumer = await log.consume({
      kind: 'group',
      group: 'readers',
      topics: [at.topic],
      readsAhead,
      assigned: () => assigned.resolve(),
      records: (_from, records, nextOffset, _behind, pledge) => {
        read.push(...records);
        reached = nextOffset;
        if (pledge !== null) pledges.push(pledge);
      },
      failed,
    });
    await assigned.promise;
    consumer.seek({ ...at, offset: 0 });
    consumer.resume([at]);
    const caughtUp = async (): Promise<void> => {
      const high = async () => (await log.bounds(at.topic))[0]?.high;
      await expect.poll(async () => (await high()) === reached, { timeout: 10_000 }).toBe(true);
    };
    const close = () => Promise.all([log.close(), other.close()]);
    return { log, other, consumer, read, pledges, caughtUp, close };
  }

  test('reaches those who read ahead before it is committed, with a pledge', async () => {
    const { log, other, read, pledges, caughtUp, close } = await two({ readsAhead: true });
    try {
      const writer = await log.transactionalWriter('own');
      for (let round = 0; round < 20; round++) {
        await writer.commit([record(`a${round}`), record(`b${round}`)], 'group', []);
        await caughtUp();
      }
      expect(pledges.length).toBeGreaterThan(0);
      await Promise.all(pledges);
      expect(read).toEqual(await readAll(other, at.topic, at.partition));
    } finally {
      await close();
    }
  });

  test('counts for nothing where its pledge is broken: reading begins again from what is committed', async () => {
    const proxy = await startKafkaProxy(testBrokers()[0] ?? '');
    const { log, other, consumer, read, pledges, caughtUp, close } = await two({
      readsAhead: true,
      brokers: [proxy.broker],
    });
    try {
      const writer = await log.transactionalWriter('own');
      await writer.commit([record('a')], 'group', []);
      await caughtUp();
      proxy.refused = apiKey.endTxn;
      const lost = writer.commit([record('lost')], 'group', []).catch((error: unknown) => error);
      await expect.poll(() => read.length, { timeout: 10_000 }).toBe(2);
      const newer = await other.transactionalWriter('own');
      proxy.refused = null;
      expect(await lost).toMatchObject({ name: 'LogError' });
      await expect(pledges.at(-1)).rejects.toThrow(/^own: /);
      await newer.commit([record('b')], 'group', []);
      read.length = 0;
      consumer.seek({ ...at, offset: 0 });
      await expect.poll(() => read.length, { timeout: 10_000 }).toBe(2);
      expect(read).toEqual(await readAll(other, at.topic, at.partition));
      expect(read.map(({ value }) => String(value))).toEqual(['a', 'b']);
    } finally {
      await close();
      await proxy.close();
    }
  });

  test('reaches its readers with the acknowledgement', async () => {
    const { log, read, caughtUp, close } = await two();
    try {
      const writer = await log.writer();
      const transactional = await log.transactionalWriter('own');
      await writer.write([record('a')]);
      await caughtUp();
      await writer.write([record('b'), record('c')]);
      expect(read.map(({ offset }) => offset)).toEqual([0, 1, 2]);
      await transactional.commit([record('d')], 'group', []);
      expect(read.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
      await caughtUp();
      expect(read).toEqual(await readAll(log, at.topic, at.partition));
    } finally {
      await close();
    }
  });

  test('is read once and in order among what others write, and not before it is committed', async () => {
    const { log, other, read, caughtUp, close } = await two();
    try {
      const plain = [await log.writer(), await other.writer()];
      const transactional = [await log.transactionalWriter('one'), await other.transactionalWriter('another')];
      for (let round = 0; round < 25; round++) {
        const [mine, theirs] = [`${round}m`, `${round}t`].map((name) => [record(`a${name}`), record(`b${name}`)]);
        await Promise.all([
          plain[0].write(mine),
          plain[1].write(theirs),
          transactional[0].commit(mine, 'group', []),
          round % 3 === 0 ? transactional[1].commit(theirs, 'group', []) : null,
        ]);
        if (round % 5 === 4) await caughtUp();
      }
      const open = await log.transactionalWriter('another'); // fences, and its first one is committed
      await expect(transactional[1].commit([record('x')], 'group', [])).rejects.toMatchObject({
        code: 'writer-fenced',
      });
      await open.commit([record('y')], 'group', []);
      const written = 25 * 6 + 9 * 2 + 1;
      // A broker answers a commit before its markers are written.
      await expect.poll(() => read.length, { timeout: 10_000 }).toBe(written);
      await caughtUp();
      const all = await readAll(other, at.topic, at.partition);
      expect(all).toHaveLength(written);
      expect(read).toEqual(all);
    } finally {
      await close();
    }
  });
}
