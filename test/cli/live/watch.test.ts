import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FleetDriver } from '../../../src/cli/live/driver.ts';
import { Picture } from '../../../src/cli/live/picture.ts';
import { watch } from '../../../src/cli/live/watch.ts';
import { createReferenceFleet } from '../../../src/fleet/reference/index.ts';
import { fakeIo } from '../fake-io.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The time watched in ms; null: it goes on. */
function watching(forMs: number): { ms: number | null } {
  const watched: { ms: number | null } = { ms: null };
  const fleet = { seed: 1, tenant: 't', fleet: 'f', agents: 5, startMs: 0, heartbeatMs: 1000 };
  const options = {
    context: { io: fakeIo({}, () => undefined), json: true },
    picture: new Picture(),
    driver: { sent: { heartbeats: 0, interactions: 0 } } as FleetDriver,
    fleet: createReferenceFleet(fleet),
    frame: { title: '', subtitle: '', threshold: 0.5, validators: { size: 4, quorum: 3 }, acting: true },
    foot: () => [],
    forMs,
    warning: () => '',
    failure: new Promise<never>(() => undefined),
  };
  void watch(options).then((ms) => {
    watched.ms = ms;
  });
  return watched;
}

test('one watches for as long as was asked', async () => {
  const watched = watching(10_000);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(watched.ms).toBeNull();
  await vi.advanceTimersByTimeAsync(200);
  expect(watched.ms).toBe(10_000);
});

test('for longer than a timer can be set, too', async () => {
  const watched = watching(30 * 24 * 3600 * 1000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(watched.ms).toBeNull();
});
