import { expect, test } from 'vitest';
import { duration } from '../../src/cli/command.ts';

test.each([
  ['500ms', 500],
  ['30', 30_000],
  ['1.5s', 1500],
  ['8.2m', 492_000],
  ['0.29h', 1_044_000],
  ['1.001s', 1001],
  ['0.5ms', 1],
  ['30d', 2_592_000_000],
])('%s is a time of %i ms, whole as records want it', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(['', '0', '0.4ms', '-1s', '1e3', '1 s', '5x', 'Infinity'])('%s is no time', (text) => {
  expect(() => duration(text)).toThrow('Valid is a time of at least 1ms');
});
