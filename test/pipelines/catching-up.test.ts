/** A producer that catches up has thousands of windows due at once: they are closed some at a time, so that nobody else waits for them. */
import { expect, test } from 'vitest';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics } from '../../pipelines/topics.ts';
import type { HeartbeatObservation, Observations } from '../../schemas/records.ts';
import { CellState } from '../../src/fleet/cell-state.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { beat } from '../fleet/samples.ts';
import { Driver } from './driver.ts';

const topics = await openTopics(new MemoryRegistry());
const startMs = 1_700_000_000_000;
const minute = 60_000;
/** Half an hour of a heartbeat a minute: each is followed by a minute of windows without any. */
const beats = Array.from({ length: 30 }, (_, k) => beat('a', startMs + k * minute));
/** Windows that one batch closes at most: the first of its record, and 256. */
const most = 257;

async function start(): Promise<Driver> {
  const driver = await Driver.start(snapshots(topics), topics['dead-letters']);
  driver.nowMs = startMs + 24 * 60 * minute;
  return driver;
}

function observed(heartbeats: readonly HeartbeatObservation[]): Observations {
  const reachedMs = heartbeats.at(-1)?.timeMs ?? null;
  return { tenant: 'acme', fleet: 'f', cell: 0, heartbeats: [...heartbeats], interactions: [], reachedMs };
}

async function report(driver: Driver, heartbeats: readonly HeartbeatObservation[]): Promise<void> {
  await driver.send(topics.observations, 'acme/f/0', observed(heartbeats));
}

/** The windows that were closed, in hexadecimal. */
function closed(driver: Driver): string[] {
  return driver.outputs
    .filter(({ topic }) => topic === topics.snapshots.name)
    .map(({ value }) => Buffer.from(value ?? []).toString('hex'));
}

test('windows that are due at once are closed in turns, and are what they would have been one by one', async () => {
  const together = await start();
  await report(together, beats);
  expect(closed(together)).toHaveLength(most);
  for (let turns = 1; ; turns++) {
    const before = closed(together).length;
    await together.wait(1_000);
    const more = closed(together).length - before;
    expect(more).toBeLessThanOrEqual(most);
    if (more < most && turns > 5) break;
  }
  await together.wait(minute);

  const apart = await start();
  for (const one of beats) await report(apart, [one]);
  await apart.wait(minute);
  const expected = closed(apart);
  expect(expected.length).toBeGreaterThan(1_500);
  expect(closed(together).slice(0, expected.length)).toEqual(expected);
});

test('each record closes one window at least, whatever the others of its batch have closed', async () => {
  const driver = await start();
  const half = beats.length / 2;
  const values = [beats.slice(0, half), beats.slice(half)].map((heartbeats) => observed(heartbeats));
  await driver.send(topics.observations, 'acme/f/0', ...values);
  expect(closed(driver)).toHaveLength(most + 1);
});

test('what is still to be closed is so in a task that restores the cell', async () => {
  const driver = await start();
  await report(driver, beats);
  const [live, restored] = [driver.store('cells'), driver.restored('cells')].map((store) => store.get('acme/f/0'));
  expect(restored).toBeInstanceOf(CellState);
  expect((restored as CellState).encode()).toEqual((live as CellState).encode());
});
