/** Actions come from others' actuators: neither their clocks nor their flood may spoil what is measured. */
import { beforeAll, expect, test } from 'vitest';
import { outcomes } from '../../pipelines/outcomes.ts';
import { openTopics, type Topics } from '../../pipelines/topics.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine, signedDecision, wishOf } from '../cli/signed-decision.ts';
import { actionOn, agents, cell, snapshotOf, startMs } from '../interventions/world.ts';
import { Driver } from './driver.ts';

const key = 'acme/shop/0';
const endOf = (window: number): number => startMs + 1_000 * (window + 1);

let topics: Topics;
beforeAll(async () => {
  topics = await openTopics(new MemoryRegistry());
});

const sick = { agent: 'a04', deviation: { saturation: 12, latency: 12, errors: 12 } };

/** a04 is well from window 10 on, when what was decided after window 9 was done at once; the actuator's clock is off. */
async function outcomeWithClock(offMs: number) {
  const driver = await Driver.start(outcomes(topics, genuine(topics)), topics['dead-letters']);
  const proposal = wishOf({ ...cell, targets: ['a04'], createdMs: endOf(9), expiresMs: endOf(69) });
  const decision = signedDecision(proposal, topics.proposals.codec.encode(proposal));
  for (let window = 0; window < 40; window++) {
    driver.nowMs = endOf(window) + 200;
    await driver.send(topics.snapshots, key, snapshotOf(window, agents(window < 10 ? sick : { agent: 'a04' })));
    if (window !== 9) continue;
    await driver.send(topics.decisions, key, decision);
    driver.nowMs += 10;
    await driver.send(topics.actions, key, actionOn(decision, 'APPLIED', driver.nowMs + offMs));
  }
  const found = driver.outputs.filter(({ topic }) => topic === topics.outcomes.name);
  expect(found).toHaveLength(1);
  return topics.outcomes.codec.decode(found[0].value ?? new Uint8Array());
}

test.each([0, 30_000, -30_000, 2_500, -2_500])(
  'an actuator whose clock is off by %i ms is measured as one whose clock is right',
  async (offMs) => {
    const right = await outcomeWithClock(0);
    expect(right).toMatchObject({ effect: 1, verdict: 'IMPROVED' });
    const off = await outcomeWithClock(offMs);
    expect(off).toMatchObject({ effect: 1, verdict: 'IMPROVED', windowsBefore: 3, windowsAfter: 3 });
  },
);

test('actions that name ever other cells fill no memory, and those of cells that are known are taken all the same', async () => {
  const driver = await Driver.start(outcomes(topics, genuine(topics)), topics['dead-letters']);
  driver.nowMs = endOf(0);
  await driver.send(topics.snapshots, key, snapshotOf(0, agents()));
  const of = (fleet: string) => ({
    ...cell,
    fleet,
    proposalId: 'p',
    kind: 'APPLIED' as const,
    actuator: 'flood',
    timeMs: endOf(0),
    detail: '',
  });
  for (let i = 0; i < 5_050; i++) await driver.send(topics.actions, `acme/f${i}/0`, of(`f${i}`));
  expect(driver.sizes.trackers).toBe(5_000);
  const letters = driver.outputs.filter(({ topic }) => topic === topics['dead-letters'].name);
  expect(letters).toHaveLength(51);
  const before = driver.outputs.length;
  await driver.send(topics.actions, key, of('shop'));
  await driver.send(topics.snapshots, 'acme/new/0', { ...snapshotOf(0, agents()), fleet: 'new' });
  expect(driver.outputs.length).toBe(before);
  expect(driver.sizes.trackers).toBe(5_001);
});
