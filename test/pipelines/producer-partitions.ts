/** Producers' topics with partitions of their own number, on either log. */
import { expect, onTestFinished } from 'vitest';
import { intake } from '../../pipelines/intake.ts';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import type { Log } from '../../src/streams/log.ts';
import { orderTopicOf } from '../../src/streams/names.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { makeRuntime, until } from '../streams/wire.ts';

/** Heartbeats in five partitions and interactions in three, of an installation of two, made anew after its first start. */
export async function takesWhatEveryPartitionHolds(log: Log): Promise<void> {
  const topics = await openTopics(new MemoryRegistry());
  const processor = intake(topics);
  const specs = topicSpecs(topics, [processor], 2);
  const named = (name: string) => specs.filter((spec) => spec.name === name);
  await log.createTopics(named(orderTopicOf(processor)).map((spec) => ({ ...spec, asManyAs: [] })));
  for (const [{ name }, partitions] of [
    [topics.heartbeats, 5],
    [topics.interactions, 3],
  ] as const)
    await log.createTopics(named(name).map((spec) => ({ ...spec, partitions })));
  await log.createTopics(specs);

  const failures: unknown[] = [];
  const runtime = await makeRuntime(log, {
    observer: {
      taskState: (_processor, _partition, state, error) => {
        if (state === 'failed') failures.push(error);
      },
    },
  });
  const worker = await Worker.start(runtime, processorWorker(runtime, processor), (error) => failures.push(error));
  onTestFinished(() => worker.close());
  const writer = await log.writer();
  const timeMs = Date.now();
  const signals = { latencyMs: 1, trafficPerS: 1, errorRate: 0, saturation: 0 };
  for (let partition = 0; partition < 5; partition++) {
    const value = topics.heartbeats.codec.encode({
      tenant: 't',
      fleet: 'f',
      agent: `agent-${partition}`,
      timeMs,
      status: 'UP',
      signals,
      metrics: {},
    });
    await writer.write([{ topic: topics.heartbeats.name, partition, key: null, value }]);
  }
  const high = async (topic: string) => (await log.bounds(topic)).map((bounds) => bounds.high);
  await until(
    'each has its order',
    async () => (await high(orderTopicOf(processor))).filter((n) => n > 0).length === 5,
  );
  await until('all are through', async () => (await high(topics.observations.name)).some((n) => n >= 5));
  expect(failures).toEqual([]);
}
