/** Cells and agents that fall silent are forgotten in bounded time, by every pipeline that remembers them. */
import { afterAll, expect, test } from 'vitest';
import { assessment } from '../../pipelines/assessment.ts';
import { outcomes } from '../../pipelines/outcomes.ts';
import { planning } from '../../pipelines/planning.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics } from '../../pipelines/topics.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { modelUse } from '../../src/cli/model-use.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { fleetKey } from '../../src/fleet/ids.ts';
import { readModel, serializeModel } from '../../src/liquid/model.ts';
import { chain } from '../../src/streams/chain.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine, signedDecision, wishOf } from '../cli/signed-decision.ts';
import { beat } from '../fleet/samples.ts';
import { actionOn, agents, cell, snapshotOf, startMs } from '../interventions/world.ts';
import { randomModelParts } from '../liquid/models.ts';
import { Driver } from './driver.ts';

const forgetMs = 5_000;
const fleets = 30;

const engine = await loadEngine();
const topics = await openTopics(new MemoryRegistry());
afterAll(() => engine.close());

async function startChain(): Promise<Driver> {
  const processor = chain([snapshots(topics), assessment(topics, engine), planning(topics, genuine(topics))]);
  const driver = await Driver.start(processor, topics['dead-letters']);
  driver.nowMs = startMs;
  for (let f = 0; f < fleets; f++) {
    const record = { ...defaultFleet('acme', `f${f}`), forgetMs };
    await driver.send(topics.fleets, fleetKey('acme', record.fleet), record);
  }
  return driver;
}

async function report(driver: Driver, fleet: string, timeMs: number, ...ids: readonly string[]): Promise<void> {
  const heartbeats = ids.map((agent) => beat(agent, timeMs));
  const value = { tenant: 'acme', fleet, cell: 0, heartbeats, interactions: [], reachedMs: timeMs };
  await driver.send(topics.observations, `acme/${fleet}/0`, value);
}

/** One fleet after the other reports for three seconds and is never heard of again. */
test('of cells that fell silent nothing is left, in memory or in the changelogs', async () => {
  const driver = await startChain();
  const most: Record<string, number> = {};
  const wait = async (): Promise<void> => {
    await driver.wait(1_000);
    for (const [store, size] of Object.entries(driver.sizes)) most[store] = Math.max(most[store] ?? 0, size);
  };
  for (let f = 0; f < fleets; f++) {
    for (let second = 0; second < 3; second++) {
      await report(driver, `f${f}`, driver.nowMs, 'a', 'b', 'c', 'd', 'e');
      await wait();
    }
  }
  // A cell lives for its three seconds, until its agents are forgotten, and as long again to tell what is late.
  const lives = Math.ceil((3_000 + 2 * forgetMs + 5_000) / 3_000);
  expect(most.cells).toBeLessThanOrEqual(lives);
  expect(most.cells).toBeGreaterThan(2);
  for (const store of ['memories', 'shapes', 'planners']) {
    expect(most[store]).toBeGreaterThan(0);
    expect(most[store]).toBeLessThanOrEqual(lives);
  }
  for (let second = 0; second < 20; second++) await wait();
  const none = { cells: 0, memories: 0, shapes: 0, planners: 0, 'early-signatures': 0 };
  expect(driver.sizes).toEqual(none);
  for (const store of Object.keys(none)) expect(driver.restored(store).size).toBe(0);
});

test('of a cell that fell silent after a change of model nothing is left of the model before it either', async () => {
  const driver = await startChain();
  const report3s = async (): Promise<void> => {
    for (let second = 0; second < 3; second++) {
      await report(driver, 'f0', driver.nowMs, 'a', 'b', 'c');
      await driver.wait(1_000);
    }
  };
  await report3s();
  const effectiveMs = driver.nowMs;
  const text = serializeModel(randomModelParts(1));
  const { key, value } = modelUse(readModel(JSON.parse(text)), text, { warmFromMs: effectiveMs, effectiveMs });
  await driver.send(topics.models, key, value);
  await report3s();
  expect(driver.sizes.memories).toBe(2);
  for (let second = 0; second < 20; second++) await driver.wait(1_000);
  expect(driver.sizes).toMatchObject({ cells: 0, memories: 0 });
  expect(driver.restored('memories').size).toBe(0);
});

test('a cell is woken though an agent whose clock jumped back goes on reporting, more often than windows close', async () => {
  const driver = await startChain();
  for (let second = 0; second < 3; second++) {
    await report(driver, 'f0', driver.nowMs, 'a', 'b', 'c');
    await driver.wait(1_000);
  }
  driver.outputs.length = 0;
  for (let half = 0; half < 8; half++) {
    await report(driver, 'f0', driver.nowMs - 3_600_000, 'a');
    await driver.wait(500);
  }
  const silent = driver.outputs
    .filter(({ topic }) => topic === topics.snapshots.name)
    .map(({ value }) => topics.snapshots.codec.decode(value ?? new Uint8Array(0)))
    .map(({ agents }) => agents.map(({ silentMs }) => silentMs));
  expect(silent.length).toBeGreaterThan(2);
  expect(silent.at(-1)?.length).toBe(3);
  expect(Math.min(...(silent.at(-1) ?? []))).toBeGreaterThan(1_000);
});

test('a cell that is quiet already is forgotten by the time that its fleet is given then', async () => {
  const driver = await startChain();
  const longMs = 3_600_000;
  await driver.send(topics.fleets, 'acme/f0', { ...defaultFleet('acme', 'f0'), forgetMs: longMs });
  await report(driver, 'f0', driver.nowMs, 'a');
  for (let second = 0; second < 70; second++) await driver.wait(1_000);
  await driver.send(topics.fleets, 'acme/f0', { ...defaultFleet('acme', 'f0'), forgetMs });
  for (let second = 0; second < 20; second++) await driver.wait(1_000);
  expect(driver.sizes.cells).toBe(0);
});

test('a cell that was forgotten begins anew, and one that was not goes on', async () => {
  const driver = await startChain();
  const ends = (): number[] =>
    driver.outputs
      .filter(({ topic }) => topic === topics.snapshots.name)
      .map(({ value }) => topics.snapshots.codec.decode(value ?? new Uint8Array(0)))
      .filter(({ fleet }) => fleet === 'f0')
      .map((snapshot) => snapshot.agents.length);
  await report(driver, 'f0', driver.nowMs, 'a', 'b');
  for (let second = 0; second < 8; second++) await driver.wait(1_000);
  expect(ends().at(-1)).toBe(0);
  expect(driver.sizes.cells).toBe(1);
  // Too late for the windows that have closed.
  await report(driver, 'f0', startMs, 'a');
  expect(driver.outputs.filter(({ topic }) => topic === topics.late.name)).toHaveLength(1);
  for (let second = 0; second < 15; second++) await driver.wait(1_000);
  expect(driver.sizes.cells).toBe(0);
  await report(driver, 'f0', driver.nowMs, 'c');
  await driver.wait(2_500);
  expect(ends().at(-1)).toBe(1);
});

test('the watches of a cell whose agents are all forgotten end, and its tracker goes', async () => {
  const driver = await Driver.start(outcomes(topics, genuine(topics)), topics['dead-letters']);
  const key = `${cell.tenant}/${cell.fleet}/${cell.cell}`;
  const proposal = wishOf({ ...cell, targets: ['a04'], createdMs: startMs + 1_000, expiresMs: startMs + 600_000 });
  const decision = signedDecision(proposal, topics.proposals.codec.encode(proposal));
  await driver.send(topics.snapshots, key, ...[0, 1, 2, 3].map((window) => snapshotOf(window, agents())));
  await driver.send(topics.decisions, key, decision);
  await driver.send(topics.actions, key, actionOn(decision, 'APPLIED', startMs + 2_500));
  expect(driver.sizes).toEqual({ trackers: 1 });
  expect(driver.outputs).toHaveLength(0);
  await driver.send(topics.snapshots, key, snapshotOf(5, []));
  expect(driver.outputs.map(({ topic }) => topic)).toEqual([topics.outcomes.name]);
  expect(driver.sizes).toEqual({ trackers: 0 });
  expect(driver.restored('trackers').size).toBe(0);
});
