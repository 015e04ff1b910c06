import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorsOf, linearPredictor, persistence } from '../../../../src/cli/evaluate/half-cheetah/predictors.ts';
import { readTraces, splitOf, type Trace } from '../../../../src/cli/evaluate/half-cheetah/traces.ts';
import { observationsOf, scalingOf, sequenceOf } from '../../../../src/cli/evaluate/half-cheetah/windows.ts';

describe('the split', () => {
  test('is the published one for 25 files, whatever comes after them', () => {
    const files = Array.from({ length: 31 }, (_, i) => i);
    expect(splitOf(files)).toEqual({
      validation: files.slice(0, 5),
      test: files.slice(5, 15),
      training: files.slice(15, 25),
      unused: files.slice(25),
    });
  });

  test('gives every split something from three files on, and no file twice', () => {
    for (let n = 3; n < 40; n++) {
      const { training, validation, test: tests, unused } = splitOf(Array.from({ length: n }, (_, i) => i));
      for (const part of [training, validation, tests]) expect(part.length).toBeGreaterThan(0);
      expect([...validation, ...tests, ...training, ...unused]).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });
});

/** Every number is its row, so that a window shows where it lies. */
const counting = (rows: number): Trace => ({
  name: 'counting',
  rows,
  columns: 17,
  values: Float64Array.from({ length: rows * 17 }, (_, i) => Math.floor(i / 17)),
});

describe('windows', () => {
  test('begin every tenth row and hold 32 steps and what follows, 97 of them in 1000 rows as published', () => {
    const windows = observationsOf([counting(1000)]);
    expect(windows.length).toBe(97);
    expect(windows.map((window) => window[0])).toEqual(Array.from({ length: 97 }, (_, i) => 10 * i));
    expect(windows.every((window) => window.length === 33 * 17 && window[32 * 17] === window[0] + 32)).toBe(true);
  });

  test('give the next observation as label, in scaled and in raw units', () => {
    const trace = counting(100);
    const [window] = observationsOf([trace]);
    expect(sequenceOf(window, null).labels[0]).toBe(1);
    const scaling = scalingOf([trace]);
    const { features, labels } = sequenceOf(window, scaling);
    expect(labels[0]).toBeCloseTo((1 - 49.5) / scaling.unit, 5);
    expect(features[0]).toBeCloseTo(-49.5 / Math.sqrt((100 ** 2 - 1) / 12), 5);
  });
});

describe('errors', () => {
  test('are means over sequences, steps and numbers', () => {
    const errors = errorsOf(persistence, observationsOf([counting(200)]));
    expect(errors).toEqual({
      mse: expect.closeTo(1, 12),
      firstStep: expect.closeTo(1, 12),
      lastStep: expect.closeTo(1, 12),
    });
  });
});

describe('a folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traces-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('with too few traces is said to be no recording of this format', async () => {
    await writeFile(join(folder, 'notes.txt'), '');
    await expect(readTraces(folder)).rejects.toMatchObject({ code: 'data-missing', message: /0 \.npy files/ });
    await expect(readTraces(join(folder, 'none'))).rejects.toMatchObject({ code: 'data-unreadable' });
  });
});

const recorded = join(process.env.AURA_DATA ?? '../shared/data', 'ltc_units', 'half_cheetah');

describe.skipIf(!existsSync(recorded))('the recorded traces (skipped where the data is not there)', () => {
  test('are 31 of 1000 rows, and linear autoregression errs as the same fit in numpy', {
    timeout: 30_000,
  }, async () => {
    const traces = await readTraces(recorded);
    expect(
      Object.values(traces)
        .flat()
        .map(({ rows }) => rows),
    ).toEqual(Array(31).fill(1000));
    const training = observationsOf(traces.training);
    const tests = observationsOf(traces.test);
    expect([training.length, tests.length]).toEqual([970, 970]);
    // numpy 2.4.6, np.linalg.solve of the normal equations with ridge 1: of the observation and a constant.
    expect(errorsOf(linearPredictor(training, 1), tests).mse).toBeCloseTo(3.422204, 4);
    expect(errorsOf(persistence, tests).mse).toBeCloseTo(62.865533, 3);
  });
});
