/** Intake, by itself, on the in-memory log, which takes no larger records than a broker does. */
import { expect, onTestFinished, test } from 'vitest';
import { intake } from '../../pipelines/intake.ts';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import { METRIC_NAME_LENGTH_MAX, METRICS_MAX } from '../../src/fleet/limits.ts';
import { recordBytes } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { makeRuntime, until } from '../streams/wire.ts';
import { takesWhatEveryPartitionHolds } from './producer-partitions.ts';

test('heartbeats with as many metrics as they may have, and many of them waiting, pass in the order they came', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  const topics = await openTopics(new MemoryRegistry());
  const processor = intake(topics);
  await log.createTopics(topicSpecs(topics, [processor], 1));
  let failures = 0;
  const runtime = await makeRuntime(log, {
    observer: {
      taskState: (_processor, _partition, state) => {
        if (state === 'failed') failures++;
      },
    },
  });
  const metrics = Object.fromEntries(
    Array.from({ length: METRICS_MAX }, (_, i) => [`m${i}`.padEnd(METRIC_NAME_LENGTH_MAX, '.'), i]),
  );
  const total = 300;
  const fromMs = Date.now() - 60_000;
  const writer = await log.writer();
  for (let i = 0; i < total; i++) {
    const value = topics.heartbeats.codec.encode({
      tenant: 't',
      fleet: 'f',
      agent: `agent-${i % 10}`,
      timeMs: fromMs + i,
      status: 'UP',
      signals: { latencyMs: 1, trafficPerS: 1, errorRate: 0, saturation: 0 },
      metrics,
    });
    await writer.write([{ topic: topics.heartbeats.name, partition: 0, key: null, value }]);
  }
  const worker = await Worker.start(runtime, processorWorker(runtime, processor), (error) => {
    throw error;
  });
  onTestFinished(() => worker.close());
  const written = () => log.read({ topic: topics.observations.name, partition: 0 });
  const times = () =>
    written().flatMap(({ value }) =>
      topics.observations.codec.decode(value ?? new Uint8Array()).heartbeats.map(({ timeMs }) => timeMs),
    );
  await until('all are through', () => times().length === total, 10_000);
  expect(times()).toEqual(Array.from({ length: total }, (_, i) => fromMs + i));
  expect(failures).toBe(0);
  expect(Math.max(...written().map(recordBytes))).toBeLessThan(2 * 1024 * 1024);
});

test('what every partition of its topics holds is taken, however many they have', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  await takesWhatEveryPartitionHolds(log);
});
