/** A fleet is cut anew: at its effective time and not before, in every pipeline, and nobody who moved counts as silent. */
import { beforeAll, describe, expect, test } from 'vitest';
import { intake } from '../../pipelines/intake.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics, type Topics } from '../../pipelines/topics.ts';
import type { Fleet } from '../../schemas/records.ts';
import { defaultFleet, succeeding } from '../../src/fleet/fleet-record.ts';
import { cellOf } from '../../src/fleet/ids.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { beat } from '../fleet/samples.ts';
import { Driver } from './driver.ts';

const startMs = 1_700_000_000_000;
const ids = Array.from({ length: 24 }, (_, i) => `agent-${i}`);
const one = defaultFleet('acme', 'crew');

let topics: Topics;
beforeAll(async () => {
  topics = await openTopics(new MemoryRegistry());
});

/** Cells that intake gives the agents of a heartbeat at a time. */
async function cellsAt(driver: Driver, timeMs: number): Promise<ReadonlySet<number>> {
  driver.outputs.length = 0;
  driver.nowMs = timeMs;
  const signals = { latencyMs: 1, trafficPerS: null, errorRate: null, saturation: null };
  for (const agent of ids) {
    const value = { tenant: 'acme', fleet: 'crew', agent, timeMs, status: 'UP', signals, metrics: {} } as const;
    await driver.send(topics.heartbeats, agent, value);
  }
  return new Set(
    driver.outputs
      .filter(({ topic }) => topic === topics.observations.name)
      .map(({ value }) => topics.observations.codec.decode(value ?? new Uint8Array()).cell),
  );
}

describe('a resize that is announced ahead', () => {
  const effectiveMs = startMs + 3_600_000;

  test('does not move anybody of a fleet without a record before its time', async () => {
    const driver = await Driver.start(intake(topics), topics['dead-letters']);
    const record = succeeding(null, { ...one, cells: 4, effectiveMs }, startMs);
    await driver.send(topics.fleets, 'acme/crew', record);
    expect(await cellsAt(driver, startMs)).toEqual(new Set([0]));
    expect((await cellsAt(driver, effectiveMs)).size).toBe(4);
  });

  test('does not move anybody either where the table was compacted and only the newest record is left', async () => {
    const first = { ...one, cells: 2, effectiveMs: startMs - 1_000 };
    const second = succeeding(first, { ...first, cells: 3, effectiveMs }, startMs);
    const third = succeeding(second, { ...second, cells: 4, effectiveMs: effectiveMs + 1_000 }, startMs);
    const driver = await Driver.start(intake(topics), topics['dead-letters']);
    await driver.send(topics.fleets, 'acme/crew', third);
    expect((await cellsAt(driver, startMs)).size).toBe(2);
    expect((await cellsAt(driver, effectiveMs)).size).toBe(3);
    expect((await cellsAt(driver, effectiveMs + 1_000)).size).toBe(4);
  });
});

describe('the snapshots of a fleet that is resized', () => {
  async function crew(record: Fleet): Promise<Driver> {
    const driver = await Driver.start(snapshots(topics), topics['dead-letters']);
    driver.nowMs = startMs;
    await driver.send(topics.fleets, 'acme/crew', record);
    return driver;
  }

  async function report(driver: Driver, cell: number, timeMs: number, agents: readonly string[]): Promise<void> {
    const heartbeats = agents.map((agent) => beat(agent, timeMs));
    const reachedMs = Math.min(timeMs, driver.nowMs);
    const value = { tenant: 'acme', fleet: 'crew', cell, heartbeats, interactions: [], reachedMs };
    await driver.send(topics.observations, `acme/crew/${cell}`, value);
  }

  /** Members of a cell by window. */
  function members(driver: Driver, cell: number) {
    return driver.outputs
      .filter(({ topic }) => topic === topics.snapshots.name)
      .map(({ value }) => topics.snapshots.codec.decode(value ?? new Uint8Array()))
      .filter((snapshot) => snapshot.cell === cell)
      .map(({ windowStartMs, agents }) => ({
        atMs: windowStartMs - startMs,
        agents: agents.map(({ agent }) => agent),
        silentMs: Math.max(0, ...agents.map(({ silentMs }) => silentMs)),
      }));
  }

  test('let those who move go at once, though a fast clock has begun windows a minute ahead', async () => {
    const driver = await crew(one);
    const stays = ids.filter((id) => cellOf(id, 2) === 0);
    for (let second = 0; second < 30; second++) {
      driver.nowMs = startMs + 1_000 * second + 500;
      if (second === 10)
        await driver.send(topics.fleets, 'acme/crew', { ...one, cells: 2, effectiveMs: startMs + 10_000 });
      await report(driver, 0, driver.nowMs, second < 10 ? ids : stays);
      await report(driver, 0, driver.nowMs + 59_000, [stays[0]]);
    }
    const after = members(driver, 0).filter(({ atMs }) => atMs >= 12_000);
    expect(after.length).toBeGreaterThan(10);
    for (const { agents, silentMs } of after) {
      expect(agents).toEqual(stays.toSorted());
      expect(silentMs).toBeLessThan(1_000);
    }
  });

  test('do not take one who moved back in for what its fast clock had said before', async () => {
    const driver = await crew(one);
    const stays = ids.filter((id) => cellOf(id, 2) === 0);
    const fast = ids.find((id) => cellOf(id, 2) === 1) ?? '';
    for (let second = 0; second < 40; second++) {
      driver.nowMs = startMs + 1_000 * second + 500;
      if (second === 10)
        await driver.send(topics.fleets, 'acme/crew', { ...one, cells: 2, effectiveMs: startMs + 10_000 });
      await report(driver, 0, driver.nowMs, second < 10 ? ids : stays);
      if (second < 10) await report(driver, 0, driver.nowMs + 20_000, [fast]);
    }
    const after = members(driver, 0).filter(({ atMs }) => atMs >= 12_000);
    expect(after.length).toBeGreaterThan(25);
    expect(after.map(({ agents }) => agents)).toEqual(after.map(() => stays.toSorted()));
  });

  test('let those who move go though the cell began after the resize was announced', async () => {
    const effectiveMs = startMs + 10_000;
    const driver = await crew(succeeding(null, { ...one, cells: 2, effectiveMs }, startMs));
    const stays = ids.filter((id) => cellOf(id, 2) === 0);
    for (let second = 0; second < 20; second++) {
      driver.nowMs = startMs + 1_000 * second + 500;
      await report(driver, 0, driver.nowMs, second < 10 ? ids : stays);
    }
    const after = members(driver, 0).filter(({ atMs }) => atMs >= 10_000);
    expect(after.map(({ agents }) => agents)).toEqual(after.map(() => stays.toSorted()));
  });

  test('go back to one cell when the record is taken away', async () => {
    const driver = await crew({ ...one, cells: 2, effectiveMs: startMs });
    const here = ids.filter((id) => cellOf(id, 2) === 1);
    for (let second = 0; second < 20; second++) {
      driver.nowMs = startMs + 1_000 * second + 500;
      if (second === 10) await driver.sendTombstone(topics.fleets, 'acme/crew');
      await (second < 10 ? report(driver, 1, driver.nowMs, here) : driver.wait(1_000));
    }
    expect(members(driver, 1).filter(({ atMs, agents }) => atMs >= 12_000 && agents.length > 0)).toEqual([]);
  });
});
