import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scrapeGridOf } from '../../../../src/cli/evaluate/nezha/scrape-grid.ts';

const minute = 60_000;

test('windows end a second after the last row of a scrape, whatever second of the minute that is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 4 }), (second, spread) => {
      const times = Array.from({ length: 20 }, (_, m) => m * minute + ((second + (m % (spread + 1))) % 60) * 1000);
      const { phaseMs } = scrapeGridOf(times, minute);
      expect(phaseMs).toBe(((second + spread + 1) % 60) * 1000);
    }),
  );
});

test('rows without a rhythm leave the windows to the clock', () => {
  const times = Array.from({ length: 60 }, (_, i) => i * minute + i * 1000);
  expect(scrapeGridOf(times, minute)).toEqual({ windowMs: minute, phaseMs: 0 });
});
