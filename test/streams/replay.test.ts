import { expect, test } from 'vitest';
import { openTopics } from '../../pipelines/topics.ts';
import { isFrom, type Processor } from '../../src/streams/processor.ts';
import { replay } from '../../src/streams/replay.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { beat } from '../fleet/samples.ts';

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
