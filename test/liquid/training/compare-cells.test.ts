import { expect, test } from 'vitest';
import { FEATURE_COUNT, GROUP_ENTRIES } from '../../../src/liquid/features.ts';
import { compared, simpleMethods, withoutInputs } from '../../../src/liquid/training/compare-cells.ts';
import { recordReferenceRun } from '../../../src/liquid/training/reference-runs.ts';
import { mulberry32 } from '../random.ts';

const record = (seed: number) =>
  recordReferenceRun(
    { split: 'test', seed, agents: 8, heartbeatMs: 1000, windowMs: 1000, minutes: 3, faultEveryMs: 20_000 },
    10_000,
    (ms) => ms / 1000,
  );
const test1 = [record(11)];

test('the labels as scores are ranked perfectly', () => {
  const labels = test1.map(({ tracks }) => tracks.map((track) => Float64Array.from(track.labels)));
  expect(compared(test1, labels, 3, true)).toMatchObject({
    parameters: 3,
    onset: { auc: 1, ap: 1 },
    all: { auc: 1, ap: 1 },
    brier: 0,
  });
});

test('inputs that are left out are 0 and all others stay', () => {
  const [{ tracks }] = withoutInputs(test1, GROUP_ENTRIES.topology);
  for (const [i, { features }] of tracks.entries()) {
    for (const [at, value] of features.entries()) {
      const isOut = GROUP_ENTRIES.topology.includes(at % FEATURE_COUNT);
      if (value !== (isOut ? 0 : test1[0].tracks[i].features[at])) expect.fail(`entry ${at} of track ${i} is ${value}`);
    }
  }
});

test('simple methods rank failures better than chance on a run that they did not see', () => {
  const data = { training: [record(12)], validation: [record(13)], test: test1 };
  for (const { all } of Object.values(simpleMethods(data, mulberry32(1)))) expect(all.auc).toBeGreaterThan(0.6);
});
