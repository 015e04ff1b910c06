import { expect, test } from 'vitest';
import { ToldLetters } from '../../src/sinks/told-letters.ts';

test('a letter is told until the database has passed its record', () => {
  const told = new ToldLetters();
  told.add('a', 3);
  told.add('a', 5);
  told.add('b', 3);
  expect([told.has('a', 3), told.has('a', 4), told.has('b', 3), told.has('c', 3)]).toEqual([true, false, true, false]);
  told.forgetBefore('a', 5);
  expect([told.has('a', 3), told.has('a', 5), told.has('b', 3)]).toEqual([false, true, true]);
  told.forgetBefore('a', 6);
  told.forgetBefore('c', 6);
  expect(told.has('a', 5)).toBe(false);
});
