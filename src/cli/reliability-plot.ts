/** What a model said against what happened, as a small plot of characters. */
import type { ReliabilityBin } from '../liquid/training/metrics.ts';

const WIDTH = 41;
const HEIGHT = 11;

/** The dots lie on the dotted line where probabilities hold; below it the model said too much. */
export function reliabilityPlot(bins: readonly ReliabilityBin[]): readonly string[] {
  const grid = Array.from({ length: HEIGHT }, () => Array.from({ length: WIDTH }, () => ' '));
  for (let column = 0; column < WIDTH; column++) grid[rowOf(column / (WIDTH - 1))][column] = '·';
  for (const { meanProbability, share } of bins) {
    grid[rowOf(share)][Math.round(clipped(meanProbability) * (WIDTH - 1))] = '●';
  }
  return [
    'happened',
    ...grid.map((row, i) => {
      const label = i % 5 === 0 ? (1 - i / (HEIGHT - 1)).toFixed(1) : '';
      return `${label.padStart(4)} │${row.join('').trimEnd()}`;
    }),
    `     └${'─'.repeat(WIDTH)}`,
    `      0.0${'0.5'.padStart(WIDTH / 2 + 0.5)}${'1.0'.padStart(WIDTH / 2 - 1)}  said`,
  ];
}

function rowOf(share: number): number {
  return Math.round((1 - clipped(share)) * (HEIGHT - 1));
}

function clipped(share: number): number {
  return Math.max(0, Math.min(1, share));
}
