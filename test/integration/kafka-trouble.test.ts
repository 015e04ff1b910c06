/** A broker that freezes, drops connections or goes away: what is closed leaves nothing behind, within its time, and what runs goes on. */
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { Log } from '../../src/streams/log.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { readAll } from '../streams/log-contract.ts';
import { tally, tallySpecs, tallyTopics } from '../streams/tally.ts';
import { makeRuntime, until } from '../streams/wire.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';
import { apiKey, startKafkaProxy } from './kafka-proxy.ts';

const scenario = hasKafka ? test : test.skip;
const closeMs = 1_500;
const at = { topic: tallyTopics.left.name, partition: 0 };

async function behindProxy() {
  const proxy = await startKafkaProxy(testBrokers()[0] ?? '');
  onTestFinished(() => proxy.close());
  const prefix = `trouble-${randomUUID().slice(0, 8)}.`;
  const log = openKafkaLog({ prefix, brokers: [proxy.broker], closeMs });
  await log.createTopics(tallySpecs(1));
  return { proxy, log, prefix };
}

function follow(log: Log, seen: string[]) {
  return log.consume({
    kind: 'positions',
    positions: [{ ...at, offset: 0 }],
    records: (_from, records) => seen.push(...records.map(({ value }) => Buffer.from(value ?? []).toString())),
    failed: (error) => {
      throw error;
    },
  });
}

const record = (value: string) => ({ ...at, key: Buffer.from('a'), value: Buffer.from(value) });

async function closesWithin(ms: number, close: () => Promise<void>): Promise<void> {
  const fromMs = performance.now();
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`not closed within ${ms} ms`)), ms).unref();
  });
  await Promise.race([close(), late]);
  expect(performance.now() - fromMs).toBeLessThan(ms);
}

scenario('a reader that lost one of its connections leaves none behind when it is closed', async () => {
  const { proxy, log } = await behindProxy();
  const seen: string[] = [];
  const writer = await log.writer();
  await writer.write([record('1')]);
  const consumer = await follow(log, seen);
  await until('the record is read', () => seen.length === 1);
  expect(proxy.cut(apiKey.fetch)).toBeGreaterThan(0);
  await writer.write([record('2')]);
  await until('it reads on', () => seen.length === 2);
  await consumer.close();
  await log.close();
  await until('no connection is left', () => proxy.open === 0, 5_000);
});

scenario('a frozen broker holds up nobody who closes', async () => {
  const { proxy, log } = await behindProxy();
  const seen: string[] = [];
  await follow(log, seen);
  const writer = await log.transactionalWriter('writer');
  await writer.commit([record('1')], 'group', []);
  await until('the record is read', () => seen.length === 1);
  proxy.freeze();
  const commit = expect(writer.commit([record('2')], 'group', [])).rejects.toMatchObject({ code: 'commit-failed' });
  await closesWithin(3 * closeMs, () => log.close());
  await commit;
  await expect(log.writer()).rejects.toMatchObject({ code: 'log-closed' });
  proxy.thaw();
  await until('no connection is left', () => proxy.open === 0, 5_000);
});

scenario('a writer that was not told what became of its records loses none of the next', async () => {
  const { proxy, log, prefix } = await behindProxy();
  const direct = openKafkaLog({ prefix });
  onTestFinished(() => direct.close());
  const values = async () =>
    (await readAll(direct, at.topic, 0)).map(({ value }) => Buffer.from(value ?? []).toString());
  const writer = await log.writer();
  await writer.write([record('1')]);
  proxy.answering = false;
  const unanswered = expect(writer.write([record('2')])).rejects.toThrow();
  await until('the broker has it', async () => (await values()).length === 2);
  proxy.reachable = false;
  proxy.cut();
  await unanswered;
  proxy.answering = true;
  proxy.reachable = true;
  await writer.write([record('3')]);
  expect(await values()).toEqual(['1', '2', '3']);
  await log.close();
});

scenario('a reader that is closed while it tries to get back to the broker does not come back', async () => {
  const { proxy, log } = await behindProxy();
  const seen: string[] = [];
  const consumer = await log.consume({
    kind: 'group',
    group: 'readers',
    topics: [at.topic],
    assigned: () => seen.push('assigned'),
    records: () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  await until('it is in the group', () => seen.length > 0);
  proxy.reachable = false;
  proxy.cut();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const closing = closesWithin(3 * closeMs, () => consumer.close());
  proxy.reachable = true;
  await closing;
  await log.close();
  await until('no connection is left', () => proxy.open === 0, 5_000);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(proxy.open).toBe(0);
});

scenario(
  'a worker whose broker goes away and comes back counts every record once',
  async () => {
    const { proxy, log } = await behindProxy();
    const runtime = await makeRuntime(log);
    const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
      throw error;
    });
    const direct = openKafkaLog({ prefix: '' });
    onTestFinished(() => direct.close());
    const sums = async () => (await readAll(log, tallyTopics.sums.name, 0)).length;
    const writer = await log.writer();
    let written = 0;
    for (let outage = 0; outage < 3; outage++) {
      for (let i = 0; i < 20; i++) await writer.write([record(`n${written++}=1`)]);
      proxy.reachable = false;
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      proxy.reachable = true;
      await until('all are summed', async () => (await sums()) >= written, 30_000);
    }
    expect(await sums()).toBe(written);
    await worker.close();
    await log.close();
    await until('no connection is left', () => proxy.open === 0, 5_000);
  },
  120_000,
);
