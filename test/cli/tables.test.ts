import { expect, test } from 'vitest';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import { readFleets, readModelUses, readPolicies, readTable, writeRecords } from '../../src/cli/tables.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';

async function opened() {
  const log = new MemoryLog({ now: Date.now });
  const topics = await openTopics(new MemoryRegistry());
  await log.createTopics(topicSpecs(topics, [], 1));
  const writer = await log.writer();
  const slip = async (topic: string, key: string): Promise<void> =>
    writer.write([{ topic, partition: 0, key: Buffer.from(key), value: Buffer.from('{"stopped": yes}') }]);
  return { log, topics, slip };
}

test('a record that cannot be read, or is of another tenant or fleet than its key, keeps nobody from the others', async () => {
  const { log, topics, slip } = await opened();
  await slip(topics.policies.name, 'slipped');
  await slip(topics.fleets.name, 'acme/slipped');
  const policy = { ...defaultPolicy('acme'), stopped: true };
  const fleet = { ...defaultFleet('acme', 'checkout'), cells: 4 };
  await writeRecords(log, topics.policies, [
    { key: 'acme', value: policy },
    { key: 'stranger', value: policy },
    { key: 'wild', value: { ...defaultPolicy('wild'), budget: -1 } },
  ]);
  await writeRecords(log, topics.fleets, [
    { key: 'acme/checkout', value: fleet },
    { key: 'acme/stranger', value: fleet },
  ]);
  await slip(topics.models.name, 'slipped');
  const use = { model: 'm-0123456789ab', file: Buffer.from('gzip'), warmFromMs: 1, effectiveMs: 2 };
  await writeRecords(log, topics.models, [{ key: use.model, value: use }]);
  expect([...(await readModelUses(log, topics)).values()]).toEqual([use]);
  expect([...(await readPolicies(log, topics))]).toEqual([['acme', policy]]);
  expect([...(await readFleets(log, topics)).keys()]).toEqual(['acme/checkout']);
  await log.close();
});

test('of validators each counts: one that cannot be read is told', async () => {
  const { log, topics, slip } = await opened();
  await slip(topics.validators.name, 'validator-1');
  await expect(readTable(log, topics.validators)).rejects.toMatchObject({ name: 'CodecError' });
  await log.close();
});
