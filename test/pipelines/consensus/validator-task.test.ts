/** The validators' task on one partition: what it tells of itself, and what it asks of the one who reads for it. */
import { expect, onTestFinished, test } from 'vitest';
import { validatorStateTopic } from '../../../pipelines/consensus/saved-state.ts';
import { validators } from '../../../pipelines/consensus/validators.ts';
import { openTopics, topicSpecs } from '../../../pipelines/topics.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import type { Limits } from '../../../src/streams/runtime.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { makeRuntime, until } from '../../streams/wire.ts';
import { members, pairs } from './house.ts';

const blockItemsMax = 16;

async function begin(limits: Partial<Limits> = {}) {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  const topics = await openTopics(new MemoryRegistry());
  await log.createTopics([...topicSpecs(topics, [], 1), { name: validatorStateTopic, partitions: 1, compacted: true }]);
  const told: string[] = [];
  const states: string[] = [];
  const runtime = await makeRuntime(log, {
    limits,
    observer: { taskState: (_processor, _partition, state) => states.push(state) },
  });
  const parameters = createParameters({ blockItemsMax, timeoutMs: 60_000 });
  const spec = validators({
    runtime,
    topics,
    agreement: { cluster: 'one', set: createValidatorSet(members), parameters, partitions: 1 },
    signers: new Map([...pairs].map(([id, pair]) => [id, ed25519Signer(pair)])),
  });
  const hooks = {
    ready: () => told.push('ready'),
    pause: (topic: string) => told.push(`pause ${topic}`),
    resume: (topic: string) => told.push(`resume ${topic}`),
  };
  const task = spec.task(0, hooks, { poison: { suspects: new Set(), guilty: new Set() } });
  onTestFinished(() => task.stop());
  return { task, topics, states, told };
}

test('a partition that is lost while its validators start is told of as closed', async () => {
  const { task, states } = await begin();
  await task.stop();
  expect(states).toEqual(['restoring', 'closed']);
});

test('proposals that are held back for what is undecided do not come because their queue has room again', async () => {
  const queuedRecords = 1_000;
  const { task, topics, states, told } = await begin({ queuedRecords });
  await until('it reads', () => told.includes('ready'));
  expect(states).toEqual(['restoring', 'running']);
  const { name, codec } = topics.proposals;
  const records = Array.from({ length: queuedRecords + 100 }, (_, offset) => ({
    ...{ topic: name, partition: 0, offset, appendMs: 0, key: null, headers: {} },
    value: codec.encode(proposalOf({ id: String(offset) })),
  }));
  task.receive(name, records, records.length, null);
  await until('half of them are taken', () => told.length >= 3);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(told.at(-1)).toBe(`pause ${name}`);
});
