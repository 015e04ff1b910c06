import { expect, onTestFinished, test } from 'vitest';
import { hasRoom } from '../../pipelines/cell-room.ts';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { groupOf, orderTopicOf } from '../../src/streams/names.ts';
import { isFrom, type Processor, type Topic } from '../../src/streams/processor.ts';
import { replay } from '../../src/streams/replay.ts';
import { SchemaNotLoaded } from '../../src/streams/schema/codec.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import type { StoreSpec } from '../../src/streams/store.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { beat } from '../fleet/samples.ts';
import { makeRuntime, textTopic, until } from './wire.ts';

test('a batch that wrote several hundred thousand records, as one that closes days of windows does, is replayed', async () => {
  const topics = await openTopics(new MemoryRegistry());
  const { observations, alerts } = topics;
  const written = 300_000;
  const alert = { tenant: 'acme', fleet: 'f', cell: 0, timeMs: 0, severity: 'INFO' as const, code: 'c', message: 'm' };
  const processor: Processor = {
    ...{ name: 'many', inputs: [observations], tables: [], outputs: [alerts], stores: [] },
    task: () => ({
      process(batch, context) {
        for (const record of batch)
          if (isFrom(record, observations))
            for (let i = 0; i < written; i++) context.emit(alerts, record.key, alert, record);
      },
    }),
  };
  const value = observations.codec.encode({
    ...{ tenant: 'acme', fleet: 'f', cell: 0, interactions: [], reachedMs: null },
    heartbeats: [beat('a', 0)],
  });
  const input = {
    topic: observations.name,
    partition: 0,
    offset: 0,
    appendMs: 0,
    key: Buffer.from('k'),
    value,
    headers: {},
  };
  const out = await replay({
    ...{ processor, partition: 0, deadLetters: topics['dead-letters'], inputs: [[input]] },
    partitionCounts: new Map([alerts, topics['dead-letters']].map(({ name }) => [name, 1])),
    orders: [{ processor: 'many', entries: [{ input: 0, nextOffset: 1, dead: false }] }],
  });
  expect(out).toHaveLength(written);
});

test('a replay that cannot fetch a schema says so, rather than pass over the batch', async () => {
  const deadLetters = textTopic('aura.dead-letters') as unknown as Topic<never>;
  const unreachable = (): never => {
    throw new SchemaNotLoaded(7, () => Promise.reject(new Error('no registry')));
  };
  const input: Topic = { name: 'in', table: false, codec: { name: 'in', encode: unreachable, decode: unreachable } };
  const processor: Processor = {
    ...{ name: 'none', inputs: [input], tables: [], outputs: [], stores: [] },
    task: () => ({ process: () => undefined }),
  };
  const at = { topic: input.name, partition: 0, offset: 0, appendMs: 0, headers: {} };
  const replayed = replay({
    ...{ processor, partition: 0, deadLetters, partitionCounts: new Map([[deadLetters.name, 1]]) },
    inputs: [[{ ...at, key: null, value: Buffer.from('v') }]],
    orders: [{ processor: 'none', entries: [{ input: 0, nextOffset: 1, dead: false }] }],
  });
  await expect(replayed).rejects.toThrow('no registry');
});

test('cells that were forgotten leave room to others under replay as they do in the log', async () => {
  const topics = await openTopics(new MemoryRegistry());
  const { observations, alerts } = topics;
  const spec: StoreSpec<string> = { name: 'cells', encode: (value) => Buffer.from(value), decode: String };
  const processor: Processor = {
    ...{ name: 'few', inputs: [observations], tables: [], outputs: [alerts], stores: [spec as StoreSpec] },
    task: () => ({
      process(batch, context) {
        const store = context.store(spec);
        for (const record of batch) {
          if (!hasRoom(store, record, context, 1)) continue;
          if (store.get(record.key) === undefined) store.put(record.key, 'known');
          else store.delete(record.key);
        }
      },
    }),
  };
  const log = new MemoryLog({ now: () => 1 });
  onTestFinished(() => log.close());
  await log.createTopics(topicSpecs(topics, [processor], 1));
  const value = observations.codec.encode({
    ...{ tenant: 'acme', fleet: 'f', cell: 0, heartbeats: [], interactions: [], reachedMs: null },
  });
  const at = { topic: observations.name, partition: 0 };
  const letters = { topic: topics['dead-letters'].name, partition: 0 };
  const runtime = { ...(await makeRuntime(log, { limits: { commitMs: 1 } })), deadLetters: topics['dead-letters'] };
  const worker = await Worker.start(runtime, processorWorker(runtime, processor), (error) => {
    throw error;
  });
  onTestFinished(() => worker.close());
  const writer = await log.writer();
  // The last is of a cell that finds no room, as the one before it is still there.
  for (const key of ['a', 'a', 'b', 'b', 'c', 'd']) {
    await writer.write([{ ...at, key: Buffer.from(key), value }]);
    await until(`${key} is committed`, async () => {
      const [position] = await log.committed(groupOf(processor), [at]);
      return position?.offset === log.read(at).length;
    });
  }
  const orders = log.read({ topic: orderTopicOf(processor), partition: 0 });
  const again = await replay({
    ...{ processor, partition: 0, deadLetters: topics['dead-letters'], inputs: [log.read(at)] },
    partitionCounts: new Map([[letters.topic, 1]]),
    orders: orders.map(({ value }) => runtime.orders.decode(value ?? Buffer.alloc(0))),
  });
  expect(log.read(letters)).toHaveLength(1);
  expect(again.map(({ value }) => value)).toEqual(log.read(letters).map(({ value }) => value));
});
