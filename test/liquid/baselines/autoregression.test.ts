import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitAutoregression, nextByAutoregression } from '../../../src/liquid/baselines/autoregression.ts';
import { fitSingleThreshold } from '../../../src/liquid/baselines/single-threshold.ts';
import { mulberry32, uniform } from '../random.ts';

test('finds the linear recursion that made the data, from the second step on', () => {
  const random = mulberry32(4);
  // x' = 0.9 x - 0.5 y + 0.1, y' = 0.3 x + 0.8 y(t - 1) - 0.2
  const sequences = Array.from({ length: 40 }, () => {
    const rows = [...uniform(random, 4)];
    for (let t = 1; t < 12; t++) {
      const [x, y, before] = [rows[2 * t], rows[2 * t + 1], rows[2 * t - 1]];
      rows.push(0.9 * x - 0.5 * y + 0.1, 0.3 * x + 0.8 * before - 0.2);
    }
    return Float64Array.from(rows);
  });
  const fit = fitAutoregression(sequences, 2, 2, 1e-9);
  for (const sequence of sequences) {
    for (let t = 1; t < 12; t++) {
      const next = nextByAutoregression(fit, sequence, t);
      expect(next[0]).toBeCloseTo(sequence[2 * t + 2], 6);
      expect(next[1]).toBeCloseTo(sequence[2 * t + 3], 6);
    }
  }
});

test('the threshold is the best there is', () => {
  const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 40,
    size: 'max',
  });
  fc.assert(
    fc.property(cases, (rows) => {
      const right = (threshold: number) =>
        rows.filter(([value, label]) => (value > threshold ? 1 : 0) === label).length;
      const found = fitSingleThreshold(
        rows.map(([value]) => value),
        rows.map(([, label]) => label),
      );
      const tried = [Number.NEGATIVE_INFINITY, ...Array.from({ length: 10 }, (_, i) => i + 0.5)];
      expect(right(found)).toBe(Math.max(...tried.map(right)));
    }),
  );
});

test.each([
  ['neighbours', 1.0000000000000002, 1.0000000000000004],
  ['the least numbers', 1.5e-323, 2e-323],
  ['great numbers', 1e308, 1.5e308],
])('the threshold parts %s too', (_, low, high) => {
  const threshold = fitSingleThreshold([low, high], [0, 1]);
  expect([low > threshold, high > threshold]).toEqual([false, true]);
});
