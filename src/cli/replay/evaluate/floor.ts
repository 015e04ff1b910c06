/** The floor that a ranking has to beat: who has the largest robust z-score of any metric, the time of the injection given. */
import type { Fault } from '../nezha/labels.ts';
import type { MetricsRow } from '../nezha/metrics.ts';
import type { Suspicion } from './ranking.ts';

/** One for each resource that the recordings have, and the latency. */
export const floorMetrics: readonly string[] = [
  'CpuUsageRate(%)',
  'MemoryUsageRate(%)',
  'SyscallRead',
  'SyscallWrite',
  'NetworkReceiveBytes',
  'NetworkTransmitBytes',
  'PodServerLatencyP90(s)',
];

/** What is normal is learned from the hour before the injection. */
const beforeMs = 3_600_000;
const rowsMin = 3;
/** Smallest scale, as a share of the median: a constant series has none of its own. */
const scaleMin = 0.05;
const madToSigma = 1.4826;

/** By service the largest |value - median| / scale of any floor metric while the fault lasted. */
export function floorSuspicion(rows: readonly MetricsRow[], { injectMs, endMs }: Fault): Suspicion {
  const suspects = new Map<string, number>();
  const byService = new Map<string, { before: MetricsRow[]; during: MetricsRow[] }>();
  for (const row of rows) {
    const of = byService.get(row.service) ?? { before: [], during: [] };
    byService.set(row.service, of);
    if (row.timeMs >= injectMs - beforeMs && row.timeMs < injectMs) of.before.push(row);
    else if (row.timeMs > injectMs && row.timeMs <= endMs) of.during.push(row);
  }
  for (const [service, { before, during }] of byService) {
    let largest = 0;
    for (const metric of floorMetrics) {
      const normal = before.flatMap(({ metrics }) => metrics[metric] ?? []);
      if (normal.length < rowsMin) continue;
      const median = medianOf(normal);
      const mad = medianOf(normal.map((value) => Math.abs(value - median)));
      const scale = Math.max(madToSigma * mad, scaleMin * Math.abs(median), Number.MIN_VALUE);
      for (const { metrics } of during) {
        const value = metrics[metric];
        if (value !== undefined) largest = Math.max(largest, Math.abs(value - median) / scale);
      }
    }
    suspects.set(service, largest);
  }
  return suspects;
}

/** Of at least one value; the mean of the two in the middle of an even number. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
