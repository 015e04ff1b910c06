import { expect, test } from 'vitest';
import { reliabilityPlot } from '../../src/cli/reliability-plot.ts';

const bin = (meanProbability: number, share: number) => ({ from: 0, to: 1, count: 1, meanProbability, share });

test('a dot lies where what was said meets what happened', () => {
  const lines = reliabilityPlot([bin(0, 0), bin(0.5, 0.5), bin(0.75, 0.3), bin(1, 1)]);
  const grid = lines.slice(1, 12).map((line) => line.slice(6));
  expect(lines[1].startsWith(' 1.0 │')).toBe(true);
  expect(grid[10][0]).toBe('●');
  expect(grid[5][20]).toBe('●');
  expect(grid[7][30]).toBe('●');
  expect(grid[0][40]).toBe('●');
  // The rest of the dotted line stays.
  expect(grid.join('').replaceAll(/[^·]/g, '').length).toBe(41 - 3);
});
