import { expect, test } from 'vitest';
import { duration, wholeNumber } from '../../src/cli/command.ts';

test.each([
  ['500ms', 500],
  ['30', 30_000],
  ['1.5s', 1500],
  ['8.2m', 492_000],
  ['0.29h', 1_044_000],
  ['1.001s', 1001],
  ['0.5ms', 1],
  ['7h', 25_200_000],
  ['30d', 2_592_000_000],
])('%s is a time of %i ms, whole as records want it', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(['', '0', '0.4ms', '-1s', '1e3', '1 s', '5x', 'Infinity'])('%s is no time', (text) => {
  expect(() => duration(text)).toThrow('Valid is a time of at least 1ms');
});

test('a whole number is taken within its range, both ends included, and refused elsewhere', () => {
  const hour = wholeNumber(-1, 23);
  expect(['-1', '0', '7', '23'].map(hour)).toEqual([-1, 0, 7, 23]);
  for (const text of ['-2', '24', '', '1.5', '1e1', ' 1', 'x', '9'.repeat(20)]) {
    expect(() => hour(text)).toThrow('Valid is a whole number from -1 to 23.');
  }
});
