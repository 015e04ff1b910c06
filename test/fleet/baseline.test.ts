import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANOMALY_Z, BASELINE_SIZE, Baselines } from '../../src/fleet/baseline.ts';
import { BinaryReader, BinaryWriter } from '../../src/fleet/binary.ts';

const LATENCY = 0;
const ERRORS = 2;

function baselineOf(values: readonly number[], signal = LATENCY): Baselines {
  const baselines = new Baselines();
  baselines.reserve(1);
  for (const value of values) baselines.add(0, signal, value, false);
  return baselines;
}

/** Slow and obvious: sorts twice. */
function referenceDeviation(values: readonly number[], value: number): number {
  const median = middle([...values]);
  const mad = middle(values.map((x) => Math.abs(x - median)));
  const scale = Math.max(1.4826 * mad, 1, 0.05 * median);
  return Math.max(-50, Math.min(50, (value - median) / scale));
}

function middle(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

describe('deviation', () => {
  // Golden values from numpy 2.4.6 and scipy 1.17.1 (median, median_abs_deviation): x_i = 100 + (37 i mod 23) + (i mod 5) / 4.
  test('is (value - median) / (1.4826 MAD), as scipy has them', () => {
    const x = Array.from({ length: 20 }, (_, i) => 100 + ((i * 37) % 23) + (i % 5) * 0.25);
    expect(baselineOf(x).deviation(0, LATENCY, 140)).toBeCloseTo(3.3724537973829762, 10);
    expect(baselineOf(x.slice(0, 13)).deviation(0, LATENCY, 90)).toBeCloseTo(-2.697963037906381, 10);
  });

  test('is that of the last 32 values while every one is taken', () => {
    const sizes = fc.integer({ min: 12, max: BASELINE_SIZE });
    const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.float({ min: 0, max: 1000, noNaN: true }));
    fc.assert(
      fc.property(
        sizes,
        fc.array(value, { minLength: BASELINE_SIZE, maxLength: BASELINE_SIZE }),
        value,
        (n, all, at) => {
          const values = all.slice(0, n);
          expect(baselineOf(values).deviation(0, LATENCY, at)).toBeCloseTo(referenceDeviation(values, at), 6);
        },
      ),
    );
  });

  test('is right where a series jumps between two values, as often one as the other', () => {
    for (let n = 12; n <= BASELINE_SIZE; n++) {
      const values = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 10 : 20));
      expect(baselineOf(values).deviation(0, LATENCY, 30)).toBeCloseTo(referenceDeviation(values, 30), 6);
    }
  });

  test('takes every fourth value once full, the oldest going out', () => {
    const values = Array.from({ length: 200 }, (_, i) => Math.fround((i * 7919) % 503));
    const taken = values.filter((_, i) => i < BASELINE_SIZE || (i - BASELINE_SIZE) % 4 === 3);
    expect(baselineOf(values).deviation(0, LATENCY, 400)).toBeCloseTo(
      referenceDeviation(taken.slice(-BASELINE_SIZE), 400),
      6,
    );
  });

  test('is 0 until 12 windows are known', () => {
    expect(baselineOf(new Array<number>(11).fill(100)).deviation(0, LATENCY, 1e6)).toBe(0);
    expect(baselineOf(new Array<number>(12).fill(100)).deviation(0, LATENCY, 1e6)).toBe(50);
  });

  test('has a floor on its scale, so a constant series makes no infinite deviation', () => {
    const constant = baselineOf(new Array<number>(20).fill(100));
    expect(constant.deviation(0, LATENCY, 100)).toBe(0);
    expect(constant.deviation(0, LATENCY, 120)).toBeCloseTo(4, 10);
    const noErrors = baselineOf(new Array<number>(20).fill(0), ERRORS);
    expect(noErrors.deviation(0, ERRORS, 0.05)).toBeCloseTo(5, 5);
  });

  test('stays high through 200 windows of an ongoing anomaly, and gives in after 400', () => {
    const baselines = baselineOf(Array.from({ length: 100 }, (_, i) => 100 + (i % 7)));
    let learned = 0;
    for (let i = 1; i <= 400 && learned === 0; i++) {
      const z = baselines.deviation(0, LATENCY, 300);
      baselines.add(0, LATENCY, 300, Math.abs(z) >= 6);
      if (Math.abs(z) < 6) learned = i;
    }
    expect(learned).toBeGreaterThan(200);
    expect(learned).toBeLessThan(400);
  });
});

test.each([
  [1, 1],
  [1, 2],
  [2, 1],
  [3, 2],
])('an agent that fails for %i windows and is well for %i, again and again, never becomes the norm', (bad, well) => {
  const baselines = baselineOf(Array.from({ length: 80 }, (_, w) => 100 + (w % 7)));
  for (let w = 0; w < 2_000; w++) {
    const value = w % (bad + well) < bad ? 1_000 : 100 + (w % 7);
    const z = baselines.deviation(0, LATENCY, value);
    expect(Math.abs(z) >= ANOMALY_Z, `window ${w}: ${value} has deviation ${z}`).toBe(value === 1_000);
    baselines.add(0, LATENCY, value, Math.abs(z) >= ANOMALY_Z);
  }
});

test('stored and restored baselines go on as the original does', () => {
  const values = fc.array(fc.float({ min: 0, max: 100, noNaN: true }), { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(values, values, (before, after) => {
      const original = baselineOf(before);
      const writer = new BinaryWriter(0);
      original.encode(0, writer);
      const copy = new Baselines();
      copy.reserve(1);
      const reader = new BinaryReader(writer.finish());
      copy.decode(0, reader);
      reader.end();
      for (const value of after) {
        expect(copy.deviation(0, LATENCY, value)).toBe(original.deviation(0, LATENCY, value));
        original.add(0, LATENCY, value, false);
        copy.add(0, LATENCY, value, false);
      }
    }),
  );
});

test('what was written when normal and anomalous windows were counted together is read as the windows that it stands for', () => {
  const written = new BinaryWriter(0);
  baselineOf(Array.from({ length: BASELINE_SIZE }, () => 100)).encode(0, written);
  // Three normal windows and one anomalous: 3 x 4 + 1.
  const bytes = written.finish().with(0, 13);
  const baselines = new Baselines();
  baselines.reserve(1);
  baselines.decode(0, new BinaryReader(bytes), true);
  const again = new BinaryWriter(0);
  baselines.encode(0, again);
  expect(again.finish()[0]).toBe((3 << 4) | 1);
  baselines.add(0, LATENCY, 100, false);
  const after = new BinaryWriter(0);
  baselines.encode(0, after);
  expect(after.finish().slice(0, 3)).toEqual(Uint8Array.of(1, BASELINE_SIZE, 1));
});
