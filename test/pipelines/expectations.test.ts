/** Intake and snapshots say when the next window of a cell will close: so long the commits of what nobody waits for keep out of its way. */
import { expect, test } from 'vitest';
import { intake } from '../../pipelines/intake.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics } from '../../pipelines/topics.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { Driver } from './driver.ts';

const topics = await openTopics(new MemoryRegistry());
const { windowMs, graceMs } = defaultFleet('acme', 'shop');
const startMs = 1_700_000_000_000;

async function beatAt(driver: Driver, timeMs: number): Promise<void> {
  driver.nowMs = timeMs;
  await driver.send(topics.heartbeats, '', {
    tenant: 'acme',
    fleet: 'shop',
    agent: 'a',
    timeMs,
    status: 'UP',
    signals: { latencyMs: 1, trafficPerS: 1, errorRate: 0, saturation: 0 },
    metrics: {},
  });
}

test('intake and snapshots expect the close of the window that is next, grace included', async () => {
  const first = await Driver.start(intake(topics), topics['dead-letters']);
  const second = await Driver.start(snapshots(topics), topics['dead-letters']);
  for (const [atMs, closesInMs] of [
    [graceMs + 300, windowMs - 300],
    [windowMs + graceMs - 10, 10],
    [windowMs + graceMs, windowMs],
  ]) {
    await beatAt(first, startMs + atMs);
    expect(first.expectedInMs).toBe(closesInMs);
    const { key, value } = first.outputs[first.outputs.length - 1];
    second.nowMs = startMs + atMs;
    await second.sendBytes(topics.observations, Buffer.from(key ?? []).toString(), value);
    expect(second.expectedInMs).toBe(closesInMs);
  }
});
