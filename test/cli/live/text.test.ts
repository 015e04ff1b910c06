import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bar, clock, column, cut, ends, level, milliseconds, percent, widthOf } from '../../../src/cli/live/text.ts';
import { styleOf } from '../../../src/cli/style.ts';

const style = styleOf(true);
/** Texts with and without colours. */
const texts = fc
  .array(fc.tuple(fc.string({ maxLength: 20, size: 'max' }), fc.constantFrom('bold', 'red', 'plain')))
  .map((parts) => parts.map(([text, how]) => (how === 'bold' || how === 'red' ? style[how](text) : text)).join(''));

test('a column has the width asked for, whatever its text and colours', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), (text, width) => {
      expect(widthOf(column(text, width))).toBe(width);
      expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
      if (widthOf(text) <= width) expect(cut(text, width)).toBe(text);
    }),
  );
});

test('a cut text ends its colours', () => {
  expect(cut(style.red('abcdef'), 4)).toBe('\u001b[31mabc…\u001b[0m');
});

test('two ends of a line meet its width', () => {
  expect(ends('left', 'right', 12)).toBe('left   right');
  expect(widthOf(ends('much too long', 'right', 9))).toBe(9);
});

test('shares become bars', () => {
  expect([0, 0.124, 0.126, 0.99, 1].map(level)).toEqual(['▁', '▁', '▂', '█', '█']);
  expect(bar(0.5, 4)).toBe('██  ');
  expect(bar(0.53125, 4)).toBe('██▏ ');
  expect(bar(2, 4)).toBe('████');
});

test('figures read as people write them', () => {
  expect([0, 61_000, 3_723_000].map(clock)).toEqual(['00:00', '01:01', '1:02:03']);
  expect([null, 0.25, 4, 12.3, 1234].map(milliseconds)).toEqual(['–', '0.3 ms', '4 ms', '12 ms', '1,234 ms']);
  expect([null, 0.004, 0.41].map(percent)).toEqual(['–', '0.4 %', '41 %']);
});
