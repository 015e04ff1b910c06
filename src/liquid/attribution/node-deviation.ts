/**
 * How far a service moved while somebody saw trouble, from few windows: a normal run gives the scale, the windows just before give the level. Both are
 * needed: days differ in level, and a handful of windows has no scale.
 */

/** One window of a node: mean latency (s) or share of failed requests (0 to 1), of so many requests. */
export interface NodeWindow {
  readonly value: number;
  readonly requests: number;
}

/** What was measured of one quantity of a node. Windows in which nothing was measured are left out. */
export interface Measured {
  /** A normal run; may be empty. */
  readonly normal: readonly NodeWindow[];
  /** Windows that ended before the trouble was seen; may be empty. */
  readonly before: readonly NodeWindow[];
  /** Windows from then on. */
  readonly during: readonly NodeWindow[];
}

export interface Moved {
  /** The furthest window above the level, in standard deviations; at least 0. */
  readonly deviation: number;
  /** Seconds spent, or requests failed, beyond the level, over all windows; at least 0. */
  readonly excess: number;
}

const NOWHERE: Moved = { deviation: 0, excess: 0 };

/** Scale of a normal distribution from the median absolute deviation. */
const CONSISTENCY = 1.4826;
/** The least scale of a latency's logarithm: services wobble by a tenth between days. */
const leastLogScale = 0.1;
/** Errors and other answers added before a rate is taken, so that a run without errors has a rate above 0 (Jeffreys). */
const priorErrors = 0.5;

/**
 * Latency. The level is the highest window before, or the normal median where there is none; deviations are those of the logarithms, in units of
 * the normal run's median absolute deviation.
 */
export function latencyMoved({ normal, before, during }: Measured): Moved {
  const logs = (windows: readonly NodeWindow[]) => windows.flatMap(({ value }) => (value > 0 ? [Math.log(value)] : []));
  const [usual, earlier, now] = [logs(normal), logs(before), logs(during)];
  if (now.length === 0 || (usual.length === 0 && earlier.length === 0)) return NOWHERE;
  const known = usual.length > 0 ? usual : earlier;
  const middle = median(known);
  const scale = Math.max(leastLogScale, CONSISTENCY * median(known.map((value) => Math.abs(value - middle))));
  const level = earlier.length > 0 ? Math.max(...earlier) : middle;
  return {
    deviation: Math.max(0, (Math.max(...now) - level) / scale),
    excess: excessOver(Math.exp(level), during),
  };
}

/**
 * Errors. The level is the higher rate of the normal run and of the windows before; deviations are binomial. A node that nobody knows from earlier did not
 * move.
 */
export function errorsMoved({ normal, before, during }: Measured): Moved {
  const known = [normal, before].filter((windows) => windows.some(({ requests }) => requests > 0));
  if (known.length === 0) return NOWHERE;
  const level = Math.max(...known.map(errorRate));
  let deviation = 0;
  for (const { value, requests } of during) {
    if (requests > 0) deviation = Math.max(deviation, (value - level) / Math.sqrt((level * (1 - level)) / requests));
  }
  return { deviation, excess: excessOver(level, during) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function errorRate(windows: readonly NodeWindow[]): number {
  const requests = windows.reduce((sum, one) => sum + one.requests, 0);
  const errors = windows.reduce((sum, one) => sum + one.value * one.requests, 0);
  return (errors + priorErrors) / (requests + 2 * priorErrors);
}

function excessOver(level: number, windows: readonly NodeWindow[]): number {
  return windows.reduce((sum, { value, requests }) => sum + Math.max(0, value - level) * requests, 0);
}
