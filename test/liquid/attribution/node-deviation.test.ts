import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorsMoved, latencyMoved, type NodeWindow } from '../../../src/liquid/attribution/node-deviation.ts';

const windows = (requests: number, ...values: readonly number[]): readonly NodeWindow[] =>
  values.map((value) => ({ value, requests }));

describe('latency', () => {
  test('is measured from the highest window before, by the normal run’s scale', () => {
    // Logarithms of the normal run: median 0, median absolute deviation 0.5.
    const normal = windows(1, ...[-1, -0.5, 0, 0.5, 1].map(Math.exp));
    const moved = latencyMoved({ normal, before: windows(1, 1, Math.E), during: windows(10, Math.exp(2), 1) });
    expect(moved.deviation).toBeCloseTo(1 / (1.4826 * 0.5), 9);
    expect(moved.excess).toBeCloseTo(10 * (Math.exp(2) - Math.E), 9);
  });

  test('without windows before, the normal run gives the level; without either nothing moved', () => {
    const normal = windows(1, 1, 1, 1);
    expect(latencyMoved({ normal, before: [], during: windows(2, Math.E) }).deviation).toBeCloseTo(10, 9);
    expect(latencyMoved({ normal: [], before: [], during: windows(2, 5) })).toEqual({ deviation: 0, excess: 0 });
    expect(latencyMoved({ normal, before: [], during: [] })).toEqual({ deviation: 0, excess: 0 });
  });

  test('does not depend on the unit; what it costs does', () => {
    const some = fc.array(fc.double({ min: 0.001, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        some,
        some,
        some,
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        (normal, before, during, unit) => {
          const moved = (by: number) =>
            latencyMoved({
              normal: windows(1, ...normal.map((v) => v * by)),
              before: windows(1, ...before.map((v) => v * by)),
              during: windows(3, ...during.map((v) => v * by)),
            });
          expect(moved(unit).deviation).toBeCloseTo(moved(1).deviation, 6);
          expect(moved(unit).excess / unit).toBeCloseTo(moved(1).excess, 6);
        },
      ),
    );
  });
});

describe('errors', () => {
  test('are measured in binomial standard deviations above the usual rate', () => {
    // (9.5 + 0.5) / (999 + 1) = 1 %.
    const normal = windows(999, 9.5 / 999);
    const moved = errorsMoved({ normal, before: [], during: windows(100, 0.05, 0.01) });
    expect(moved.deviation).toBeCloseTo(0.04 / Math.sqrt((0.01 * 0.99) / 100), 9);
    expect(moved.excess).toBeCloseTo(4, 9);
  });

  test('a service without requests before has no usual rate, so that nothing can be above it', () => {
    expect(errorsMoved({ normal: windows(0, 0), before: [], during: windows(3, 1) })).toEqual({
      deviation: 0,
      excess: 0,
    });
  });
});
