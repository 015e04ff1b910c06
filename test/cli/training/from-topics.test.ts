/** What training takes from the topics, to which others may write too. */
import { expect, onTestFinished, test } from 'vitest';
import { openTopics, topicSpecs } from '../../../pipelines/topics.ts';
import type { Action } from '../../../schemas/records.ts';
import { writeRecords } from '../../../src/cli/tables.ts';
import { fromTopics } from '../../../src/cli/training/from-topics.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { genuine, signedDecision, wishOf } from '../signed-decision.ts';

const names = { tenant: 'acme', fleet: 'shop' };
const key = 'acme/shop/0';
const range = { ...names, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

async function open() {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  const topics = await openTopics(new MemoryRegistry());
  await log.createTopics(topicSpecs(topics, [], 1));
  let asked = 0;
  const read = fromTopics(log, topics, async () => {
    asked++;
    return genuine(topics);
  });
  return { log, topics, telemetry: () => read(range, () => undefined), asked: () => asked };
}

const applied = (proposalId: string): Action => ({
  proposalId,
  ...names,
  cell: 0,
  kind: 'APPLIED',
  actuator: 'test',
  timeMs: 1_700_000_001_000,
  detail: '',
});

test('what was done counts where the validators decided it; a forged decision is told of, and what cannot be read is passed over', async () => {
  const { log, topics, telemetry, asked } = await open();
  const wishes = ['a', 'b', 'c'].map((target) => wishOf({ ...names, targets: [target] }));
  const [real, forged, idle] = wishes.map((wish) => signedDecision(wish, topics.proposals.codec.encode(wish)));
  await writeRecords(log, topics.decisions, [
    { key, value: real },
    // The other one's signatures do not cover it.
    { key, value: { ...forged, certificate: real.certificate } },
    { key, value: idle },
  ]);
  const writer = await log.writer();
  const { snapshots, actions, decisions, outcomes } = topics;
  await writer.write(
    [snapshots, actions, decisions, outcomes].map(({ name }) => ({
      topic: name,
      partition: 0,
      key: Buffer.from(key),
      value: Buffer.from('garbage'),
    })),
  );
  await writeRecords(
    log,
    topics.actions,
    [real, forged].map(({ proposalId }) => ({ key, value: applied(proposalId) })),
  );
  const { interventions, refused } = await telemetry();
  expect(interventions).toMatchObject([{ fleet: 'shop', kind: 'THROTTLE', targets: ['a'] }]);
  expect(refused).toBe(1);
  expect(asked()).toBe(1);
});

test('nobody has to be known where nothing was carried out', async () => {
  const { log, topics, telemetry, asked } = await open();
  const wish = wishOf(names);
  await writeRecords(log, topics.decisions, [
    { key, value: signedDecision(wish, topics.proposals.codec.encode(wish)) },
  ]);
  expect(await telemetry()).toEqual({ interventions: [], cures: [], refused: 0 });
  expect(asked()).toBe(0);
});
