/** What planning writes of its planners is enough to go on from, though it is little. */
import { expect, test } from 'vitest';
import { planning, planningStores } from '../../pipelines/planning.ts';
import { openTopics } from '../../pipelines/topics.ts';
import { cellKey } from '../../src/fleet/ids.ts';
import type { Planner } from '../../src/interventions/planner.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine } from '../cli/signed-decision.ts';
import { type AgentSpec, agents, cell, scoresAt } from '../interventions/world.ts';
import { Driver } from './driver.ts';

const failing: AgentSpec = {
  agent: 'a00',
  failure: 0.9,
  deviation: { latency: 50, traffic: 6, errors: 30, saturation: 8 },
};

test('a planner is restored from its first state and what changed since', async () => {
  const topics = await openTopics(new MemoryRegistry());
  const driver = await Driver.start(planning(topics, genuine(topics)), topics['dead-letters']);
  const key = cellKey(cell.tenant, cell.fleet, cell.cell);
  for (let window = 0; window < 6; window++) {
    await driver.send(topics.scores, key, scoresAt(window, window < 4 ? agents(failing) : agents()));
    const text = (store: ReturnType<Driver['store']>) => Buffer.from((store.get(key) as Planner).encode()).toString();
    const now = text(driver.store(planningStores.planners));
    expect(text(driver.restored(planningStores.planners))).toBe(now);
  }
  expect(driver.outputs.filter(({ topic }) => topic === topics.proposals.name).length).toBeGreaterThan(0);
});
