import { expect, test } from 'vitest';
import { movesOf } from '../../../../src/cli/evaluate/petshop/moves.ts';
import type { Issue } from '../../../../src/cli/evaluate/petshop/read-petshop.ts';

/** Latency of one node, a window of 300 s each; trouble is noticed at 1200. */
function issueOf(...windows: readonly (readonly [time: number, latency: number])[]): Issue {
  const values = windows.map(([, latency]) => latency);
  return {
    scenario: '.',
    name: 'issue',
    target: { node: 'front', metric: 'latency', timestamp: 1200 },
    rootCause: 'front',
    metrics: {
      times: windows.map(([time]) => time),
      series: [
        { node: 'front', metric: 'latency', statistic: 'Average', values },
        { node: 'front', metric: 'requests', statistic: 'Sum', values: values.map(() => 10) },
      ],
    },
  };
}

const excess = (issue: Issue) => movesOf(issue, null).get('front')?.latency.excess;

test('a window that was not recorded, or recorded twice, does not change which are before the trouble', () => {
  // The level is the highest window before: 0.4, of the window that ended as the trouble was noticed.
  const ten = 10 * (0.9 - 0.4);
  expect(excess(issueOf([300, 0.1], [600, 0.1], [900, 0.4], [1200, 0.9]))).toBeCloseTo(ten, 9);
  expect(excess(issueOf([300, 0.1], [900, 0.4], [1200, 0.9]))).toBeCloseTo(ten, 9);
  // With a length of 0, the window that begins as the trouble is noticed would count as one before it.
  expect(excess(issueOf([300, 0.1], [300, 0.1], [900, 0.4], [1200, 0.9]))).toBeCloseTo(ten, 9);
});
