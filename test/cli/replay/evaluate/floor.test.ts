import { expect, test } from 'vitest';
import { floorSuspicion, medianOf } from '../../../../src/cli/replay/evaluate/floor.ts';
import type { MetricsRow } from '../../../../src/cli/replay/nezha/metrics.ts';
import { fault, minute } from './faults.ts';

const cpu = (timeMs: number, service: string, percent: number): MetricsRow => ({
  timeMs,
  service,
  metrics: { 'CpuUsageRate(%)': percent, 'NodeCpuUsageRate(%)': 1000 * percent },
});

test('the median', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
});

test('is the largest robust z-score against the hour before, by hand', () => {
  const at = 120 * minute;
  const rows = [
    // Older than an hour: not part of what is normal.
    cpu(10 * minute, 'a', 1e6),
    ...[8, 9, 10, 11, 12].map((percent, i) => cpu(at - (5 - i) * minute, 'a', percent)),
    ...[10, 10, 10, 10, 10].map((percent, i) => cpu(at - (5 - i) * minute, 'b', percent)),
    cpu(at + minute, 'a', 13),
    cpu(at + 2 * minute, 'a', 4),
    cpu(at + minute, 'b', 12),
    // After the fault.
    cpu(at + 4 * minute, 'b', 100),
  ];
  const suspects = floorSuspicion(rows, fault(at));
  // Median 10, median absolute deviation 1; the fall to 4 counts more than the rise to 13.
  expect(suspects.get('a')).toBeCloseTo(6 / 1.4826, 12);
  // A constant series: the scale is a twentieth of the median.
  expect(suspects.get('b')).toBeCloseTo(2 / 0.5, 12);
});

test('fewer than three rows before say nothing', () => {
  const rows = [cpu(0, 'a', 1), cpu(minute, 'a', 1), cpu(3 * minute, 'a', 50)];
  expect(floorSuspicion(rows, fault(2 * minute)).get('a')).toBe(0);
});
