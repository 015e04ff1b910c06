/** Was the service at fault named before the front end's breach? The readings that the recording's times allow, side by side. */
import { floorMetrics, medianOf } from '../../replay/evaluate/floor.ts';
import type { Fault } from '../../replay/nezha/labels.ts';
import type { MetricsRow } from '../../replay/nezha/metrics.ts';
import type { FoldedDay } from './fold-day.ts';
import type { Named } from './naming.ts';

/**
 * All rows of a scrape are measured over the minute before it and come at once, the front end's among them.
 * - `before`: by a scrape before the one that shows the breach
 * - `byScrape`: by the scrape that shows the breach or an earlier one, so by the moment that anybody can know of it
 * - `nextScrape`: one scrape later still
 */
export const readings = ['before', 'byScrape', 'nextScrape'] as const;
export type Reading = (typeof readings)[number];

export interface Breach {
  readonly fault: Fault;
  /** Time of the front end's row above the limit. */
  readonly timeMs: number;
}

export interface Reachable {
  /** Breaches for which there is any window with rows from after the injection. */
  readonly measured: Readonly<Record<Reading, number>>;
  /** Breaches by which anything of the service at fault stands out, as `isVisible` tells. */
  readonly visible: Readonly<Record<Reading, number>>;
}

/** End of the last window that a reading takes. */
function lastEndMs(reading: Reading, { timeMs }: Breach, windowMs: number): number {
  return timeMs + readings.indexOf(reading) * windowMs;
}

/** When a window ends and when its last row was measured. */
export interface WindowTimes {
  readonly endMs: number;
  readonly lastRowMs: number;
}

export function windowTimes({ snapshots, lastRowMs }: FoldedDay): readonly WindowTimes[] {
  return snapshots.map(({ windowEndMs }, w) => ({ endMs: windowEndMs, lastRowMs: lastRowMs[w] }));
}

/** Windows with rows from after the injection that a reading takes. */
export function windowsOf<T extends WindowTimes>(
  reading: Reading,
  breach: Breach,
  windows: readonly T[],
  windowMs: number,
): readonly T[] {
  const { injectMs } = breach.fault;
  const byMs = lastEndMs(reading, breach, windowMs);
  return windows.filter(({ endMs, lastRowMs }) => lastRowMs > injectMs && endMs <= byMs);
}

export function isNamed(
  reading: Reading,
  breach: Breach,
  named: readonly Named[],
  threshold: number,
  windowMs: number,
): boolean {
  return windowsOf(reading, breach, named, windowMs).some(
    ({ service, score }) => service === breach.fault.service && score >= threshold,
  );
}

const trailingMs = 3_600_000;
const rowsMin = 3;
const scaleMin = 0.05;
const madToSigma = 1.4826;
/** A robust deviation from which on a fault counts as visible. */
export const visibleFrom = 6;

/**
 * Whether anything of the service at fault stood out by then: any of seven metrics, against its hour before the injection, which is given, or a signal of its
 * snapshots, against its own past. No method is asked, so this bounds what one that reads each service's own rows can do.
 */
export function isVisible(reading: Reading, breach: Breach, rows: readonly MetricsRow[], folded: FoldedDay): boolean {
  const { injectMs, service } = breach.fault;
  const { windowMs } = folded.grid;
  const ends = new Set(windowsOf(reading, breach, windowTimes(folded), windowMs).map(({ endMs }) => endMs));
  const inSnapshots = folded.snapshots.some(
    ({ windowEndMs, agents }) =>
      ends.has(windowEndMs) &&
      agents.some(
        ({ agent, deviation }) =>
          agent === service && Object.values(deviation).some((z: number) => Math.abs(z) >= visibleFrom),
      ),
  );
  if (inSnapshots) return true;
  // Half a minute after the scrape: later than all of its rows, earlier than the next one's.
  const byMs = lastEndMs(reading, breach, windowMs) - windowMs / 2;
  const own = rows.filter((row) => row.service === service);
  const before = own.filter(({ timeMs }) => timeMs >= injectMs - trailingMs && timeMs < injectMs);
  const during = own.filter(({ timeMs }) => timeMs > injectMs && timeMs <= byMs);
  return floorMetrics.some((metric) => {
    const normal = before.flatMap(({ metrics }) => metrics[metric] ?? []);
    if (normal.length < rowsMin) return false;
    const median = medianOf(normal);
    const mad = medianOf(normal.map((value) => Math.abs(value - median)));
    const scale = Math.max(madToSigma * mad, scaleMin * Math.abs(median), Number.MIN_VALUE);
    return during.some(({ metrics }) => Math.abs((metrics[metric] ?? median) - median) / scale >= visibleFrom);
  });
}
