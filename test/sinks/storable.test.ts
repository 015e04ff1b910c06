import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusesKey, refusesTime, TIME_MS_LAST } from '../../src/sinks/storable.ts';

test('a key may have as many bytes as an index entry holds, whatever characters they are of', () => {
  fc.assert(
    fc.property(fc.constantFrom('a', 'é', '€', '😀'), fc.integer({ min: 100, max: 600 }), (character, length) => {
      const key = character.repeat(length);
      expect(refusesKey(key) === null).toBe(Buffer.from(key).length <= 512);
    }),
  );
  expect(refusesKey('a'.repeat(512))).toBeNull();
  expect(refusesKey('a'.repeat(513))).toBe('at most 512 bytes');
});

test('a time is a whole ms from 1970 to 9999', () => {
  for (const valid of [0, Date.now(), Date.UTC(9999, 11, 31, 23, 59, 59, 999)]) expect(refusesTime(valid)).toBeNull();
  for (const invalid of [-1, 0.5, TIME_MS_LAST + 1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(refusesTime(invalid)).toMatch(/^a time from 1970 to 9999/);
});
