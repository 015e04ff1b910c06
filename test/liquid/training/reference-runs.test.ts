import { expect, test } from 'vitest';
import { FEATURE_COUNT } from '../../../src/liquid/features.ts';
import { recordReferenceRun, referenceRuns } from '../../../src/liquid/training/reference-runs.ts';

const counts = { training: 30, validation: 10, test: 10 };
const run = {
  split: 'test',
  seed: 77,
  agents: 10,
  heartbeatMs: 1000,
  windowMs: 1000,
  minutes: 2,
  faultEveryMs: 15_000,
} as const;

test('no seed serves two runs, and test fleets have sizes that no other split has', () => {
  const runs = referenceRuns(1, counts);
  expect(new Set(runs.map(({ seed }) => seed)).size).toBe(50);
  const sizes = (split: string) => new Set(runs.filter((one) => one.split === split).map(({ agents }) => agents));
  const seen = new Set([...sizes('training'), ...sizes('validation')]);
  expect([...sizes('test')].filter((size) => seen.has(size))).toEqual([]);
  expect(referenceRuns(1, { ...counts, training: 5 }).slice(0, 5)).toEqual(runs.slice(0, 5));
  expect(referenceRuns(2, counts)[0].seed).not.toBe(runs[0].seed);
});

test('a run is the same every time, holds failures and every agent in every window once it has spoken', () => {
  const recording = recordReferenceRun(run, 10_000, (ms) => ms / 1000);
  expect(recording.failures.length).toBeGreaterThan(0);
  expect(recording.tracks.length).toBe(10);
  for (const { steps, features, firstWindow } of recording.tracks) {
    expect(firstWindow + steps).toBe(recording.windows.length);
    expect(features.length).toBe(steps * FEATURE_COUNT);
  }
  const labels = recording.tracks.flatMap((track) => [...track.labels]);
  expect(labels).toContain(1);
  expect(labels).toContain(0);
  expect(recordReferenceRun(run, 10_000, (ms) => ms / 1000).tracks).toEqual(recording.tracks);
});
