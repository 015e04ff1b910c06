import { expect, test } from 'vitest';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../../src/liquid/features.ts';
import { recordReferenceRun, referenceRuns, surroundedRuns } from '../../../src/liquid/training/reference-runs.ts';

const run = {
  split: 'test',
  seed: 4711,
  agents: 10,
  heartbeatMs: 1000,
  windowMs: 1000,
  minutes: 4,
  faultEveryMs: null,
} as const;
const record = (circumstances?: Parameters<typeof recordReferenceRun>[0]['circumstances']) =>
  recordReferenceRun(circumstances === undefined ? run : { ...run, circumstances }, 10_000, (ms) => ms / 1000);

const mean = (recording: ReturnType<typeof record>, name: string) => {
  const entry = FEATURE_NAMES.indexOf(name);
  const all = recording.tracks.flatMap(({ steps, features }) =>
    Array.from({ length: steps }, (_, t) => features[t * FEATURE_COUNT + entry]),
  );
  return all.reduce((sum, value) => sum + value, 0) / all.length;
};

test('circumstances of nothing change nothing', () => {
  const none = { busyShare: 0, noise: 0, slowNetworkEveryMs: null };
  expect(record(none).tracks).toEqual(record().tracks);
});

test('busy hosts raise the saturation and are no failures', () => {
  const busy = record({ busyShare: 1, noise: 0, slowNetworkEveryMs: null });
  expect(busy.failures).toEqual(record().failures);
  expect(mean(busy, 'saturation.level')).toBeGreaterThan(mean(record(), 'saturation.level') + 0.05);
});

test('a slow network is a failure of its agent, with a latency that shows it', () => {
  const slow = record({ busyShare: 0, noise: 0, slowNetworkEveryMs: 30_000 });
  expect(slow.failures.length).toBeGreaterThan(record().failures.length);
  expect(mean(slow, 'latency.deviation')).toBeGreaterThan(mean(record(), 'latency.deviation'));
});

test('surrounded runs share no seed with the others, and a longer list begins with a shorter one of its split', () => {
  const counts = { training: 9, validation: 3, test: 3 };
  const runs = surroundedRuns(1, counts);
  const seeds = new Set([...runs, ...referenceRuns(1, counts)].map(({ seed }) => seed));
  expect(seeds.size).toBe(30);
  expect(surroundedRuns(1, { ...counts, training: 4 }).slice(0, 4)).toEqual(runs.slice(0, 4));
});
