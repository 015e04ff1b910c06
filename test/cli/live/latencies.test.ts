import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Latencies } from '../../../src/cli/live/latencies.ts';

test('without latencies there is no percentile', () => {
  expect(new Latencies().percentile(0.5)).toBeNull();
});

test('a percentile is the nearest rank among the newest that are kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300, size: 'max' }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, share) => {
        const latencies = new Latencies(100);
        for (const ms of all) latencies.add(ms);
        const value = latencies.percentile(share) ?? Number.NaN;
        const kept = all.slice(-100);
        // By definition: at least the share is not above it, and no smaller one of the values has that property.
        expect(kept).toContain(value);
        const notAbove = (limit: number): number => kept.filter((ms) => ms <= limit).length;
        expect(notAbove(value)).toBeGreaterThanOrEqual(share * kept.length);
        const smaller = kept.filter((ms) => ms < value);
        if (smaller.length > 0) expect(notAbove(Math.max(...smaller))).toBeLessThan(Math.max(1, share * kept.length));
      },
    ),
  );
});
