import { expect, test } from 'vitest';
import { fitStandardScores, standardScore } from '../../../src/liquid/training/standard-scores.ts';

test('scores have mean 0 and deviation 1 over all tables, are cut off, and are 0 for what never varies', () => {
  const tables = [Float64Array.of(1, 5, 3, 5), Float64Array.of(5, 5)];
  const fit = fitStandardScores(tables, 2);
  expect([...fit.mean]).toEqual([3, 5]);
  expect(fit.deviation[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
  expect(standardScore(fit, 0, 5, 5)).toBeCloseTo(2 / Math.sqrt(8 / 3), 12);
  expect(standardScore(fit, 0, -100, 5)).toBe(-5);
  expect(standardScore(fit, 1, 5, 5)).toBe(0);
});

test('what never varies over hundreds of thousands of rows is known as such', () => {
  const fit = fitStandardScores([new Float64Array(400_000).fill(0.3)], 1);
  expect(fit.deviation[0]).toBe(1);
  expect(standardScore(fit, 0, 0.3, 5)).toBeCloseTo(0, 9);
});

test('no rows are refused', () => {
  expect(() => fitStandardScores([], 2)).toThrow(expect.objectContaining({ code: 'data-insufficient' }));
});
