/**
 * Naming: in a window the service with the highest score is named where that is at or above a threshold. Consecutive windows that name the same
 * service are one alarm.
 */
import type { Fault } from '../../replay/nezha/labels.ts';
import type { ScoredWindow } from '../../replay/score-book.ts';

export interface Named {
  readonly endMs: number;
  /** Time of the window's last row. */
  readonly lastRowMs: number;
  /** The highest score's; null where two share it, or nobody was scored. */
  readonly service: string | null;
  readonly score: number;
}

export function namedIn(windows: readonly ScoredWindow[], lastRowMs: readonly number[]): readonly Named[] {
  return windows.map(({ endMs, failure }, w) => {
    let service: string | null = null;
    let score = Number.NEGATIVE_INFINITY;
    for (const [agent, value] of failure) {
      if (value > score) [service, score] = [agent, value];
      else if (value === score) service = null;
    }
    return { endMs, lastRowMs: lastRowMs[w], service, score };
  });
}

const hourMs = 3_600_000;

/** Hours of the clock, as whole hours since the epoch, that a fault touches. */
export function faultyHours(faults: readonly Pick<Fault, 'injectMs' | 'endMs'>[]): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const { injectMs, endMs } of faults) {
    for (let hour = Math.floor(injectMs / hourMs); hour * hourMs <= endMs; hour++) hours.add(hour);
  }
  return hours;
}

/** The hour that a window's last instant belongs to. */
export function hourOf(endMs: number): number {
  return Math.floor((endMs - 1) / hourMs);
}

export interface FalseAlarms {
  readonly alarms: number;
  readonly hours: number;
}

/** Alarms that began in one of the hours that `counts` tells, and how long these hours' windows last together. */
export function falseAlarms(
  named: readonly Named[],
  threshold: number,
  windowMs: number,
  counts: (hour: number) => boolean,
): FalseAlarms {
  let alarms = 0;
  let windows = 0;
  let before: string | null = null;
  for (const { endMs, service, score } of named) {
    const up = score >= threshold ? service : null;
    if (counts(hourOf(endMs))) {
      windows++;
      if (up !== null && up !== before) alarms++;
    }
    before = up;
  }
  return { alarms, hours: (windows * windowMs) / hourMs };
}

/** The lowest threshold down to which false alarms stay within a rate, in such hours; above all scores where there is none. */
export function thresholdWithin(
  days: readonly (readonly Named[])[],
  perHour: number,
  windowMs: number,
  counts: (day: number, hour: number) => boolean,
): number {
  const candidates = [
    ...new Set(
      days.flatMap((named, d) => named.flatMap(({ endMs, score }) => (counts(d, hourOf(endMs)) ? [score] : []))),
    ),
  ].sort((a, b) => b - a);
  let lowest = candidates.length === 0 ? Number.POSITIVE_INFINITY : candidates[0] + Number.EPSILON;
  for (const threshold of candidates) {
    let alarms = 0;
    let hours = 0;
    for (const [d, named] of days.entries()) {
      const found = falseAlarms(named, threshold, windowMs, (hour) => counts(d, hour));
      alarms += found.alarms;
      hours += found.hours;
    }
    if (alarms > perHour * hours) break;
    lowest = threshold;
  }
  return lowest;
}
