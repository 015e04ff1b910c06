/** Three brokers, each killed in turn while records flow: only with AURA_TEST_CLUSTER=1, as it takes three minutes (infra/README.md). */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../src/streams/kafka/options.ts';
import { LogError, type OutRecord } from '../../src/streams/log.ts';
import { changelogOf } from '../../src/streams/names.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { readAll } from '../streams/log-contract.ts';
import { tally, tallySpecs, tallyTopics } from '../streams/tally.ts';
import { makeRuntime, until } from '../streams/wire.ts';
import { startCluster } from './cluster.ts';

const partitions = 4;
const limitMs = 600_000;

test.runIf(process.env.AURA_TEST_CLUSTER === '1')(
  'each record counts once while the brokers of a cluster die and come back, one after the other',
  { timeout: limitMs },
  async () => {
    const cluster = await startCluster();
    onTestFinished(() => cluster.stop());
    const topics = { ...defaultKafkaOptions.topics, replication: 3, minInsyncReplicas: 2 };
    const log = new KafkaLog({ ...defaultKafkaOptions, topics, brokers: cluster.brokers, sessionTimeoutMs: 6_000 });
    onTestFinished(() => log.close());
    await log.createTopics(tallySpecs(partitions));
    const runtime = await makeRuntime(log);
    const begin = () =>
      Worker.start(runtime, processorWorker(runtime, tally), (error) => {
        throw error;
      });
    let worker = await begin();
    onTestFinished(() => worker.close());

    let over = false;
    const writing = (async () => {
      const writer = await log.writer();
      for (let i = 0; !over; i++) {
        const records = Array.from({ length: 8 }, (_, k): OutRecord => {
          const key = Buffer.from(`k${k}`);
          const value = Buffer.from(`n${i}=1`);
          return { topic: tallyTopics.left.name, partition: partitionOf(key, partitions), key, value };
        });
        // A write that fails may have been done in part: what counts below is what the log holds.
        await writer.write(records).catch((error: unknown) => {
          if (error instanceof LogError && error.code !== 'partition-unknown') throw error;
        });
        await sleep(20);
      }
    })();
    for (const node of [...cluster.nodes, 2]) {
      await sleep(5_000);
      await cluster.kill(node);
      await sleep(10_000);
      cluster.start(node);
      await sleep(12_000);
    }
    over = true;
    await writing;

    const all = async (topic: string) =>
      await Promise.all(Array.from({ length: partitions }, (_, partition) => readAll(log, topic, partition)));
    const inputs = await all(tallyTopics.left.name);
    const total = inputs.flat().length;
    expect(total).toBeGreaterThan(500);
    const sums = async () => (await all(tallyTopics.sums.name)).flat();
    await until('all are summed', async () => (await sums()).length >= total, 60_000);
    // One that begins anew reads its state back.
    await worker.close();
    worker = await begin();
    await sleep(5_000);
    const written = await sums();
    expect(written).toHaveLength(total);
    for (const [key, some] of Map.groupBy(written, (record) => String(record.key))) {
      const counts = some.map(({ value }) => Number(String(value).split(' ')[2]));
      expect(counts, key).toEqual(some.map((_, i) => i + 1));
    }
    // Deltas have numbers: each follows on the one before it, or on the whole value.
    for (const records of await all(changelogOf(tally, 'trails'))) {
      const next = new Map<string, number>();
      for (const { key } of records) {
        const [name, number] = String(key).split('\0');
        if (number !== undefined) expect(Number(number)).toBe(next.get(name) ?? 0);
        next.set(name, number === undefined ? 0 : Number(number) + 1);
      }
    }
  },
);
