/** What one method's scores of all days are worth: ranking, false alarms, lead. */
import { type Ranking, rankingOf, rankOf, suspicion } from '../../replay/evaluate/ranking.ts';
import type { ScoredWindow } from '../../replay/score-book.ts';
import type { Figures } from '../evaluation.ts';
import { isNamed, type Reading, readings } from './lead.ts';
import { falseAlarms, hourOf, type Named, namedIn, thresholdWithin } from './naming.ts';
import type { JudgedDay } from './recordings.ts';

export interface Judgement {
  /** By system, such as OB and TT. */
  readonly ranking: Readonly<Record<string, Ranking>>;
  /** Of all systems. */
  readonly overall: Ranking;
  readonly ranks: readonly (readonly number[])[];
  readonly threshold: number;
  /** False alarms an hour in fault-free hours; null where there is no such hour. */
  readonly falseAlarmsPerHour: number | null;
  readonly alarms: number;
  readonly hours: number;
  readonly named: Readonly<Record<Reading, number>>;
  /** By day and breach. */
  readonly namedByScrape: readonly (readonly boolean[])[];
}

/** The limit: at most one false alarm an hour. */
export const falseAlarmsPerHourMax = 1;

/** @param threshold null: the lowest that keeps within the limit on these very hours, the best that could have been chosen */
export function judge(
  days: readonly JudgedDay[],
  scored: readonly (readonly ScoredWindow[])[],
  threshold: number | null,
): Judgement {
  const ranks = days.map(({ faults }, d) => faults.map((fault) => rankOf(fault.service, suspicion(scored[d], fault))));
  const named = scored.map((windows, d) => namedIn(windows, days[d].folded.lastRowMs));
  const chosen = threshold ?? bestThreshold(days, named);
  const free = days.map((day, d) =>
    falseAlarms(named[d], chosen, windowMsOf(day), (hour) => !day.faultyHours.has(hour)),
  );
  const alarms = free.reduce((sum, one) => sum + one.alarms, 0);
  const hours = free.reduce((sum, one) => sum + one.hours, 0);
  const byReading = (reading: Reading) =>
    days.map((day, d) => day.breaches.map((breach) => isNamed(reading, breach, named[d], chosen, windowMsOf(day))));
  const count = (reading: Reading) => byReading(reading).flat().filter(Boolean).length;
  return {
    ...rankings(days, ranks),
    ranks,
    threshold: chosen,
    falseAlarmsPerHour: hours === 0 ? null : alarms / hours,
    alarms,
    hours,
    named: { before: count('before'), byScrape: count('byScrape'), nextScrape: count('nextScrape') },
    namedByScrape: byReading('byScrape'),
  };
}

export function rankings(
  days: readonly JudgedDay[],
  ranks: readonly (readonly number[])[],
): Pick<Judgement, 'ranking' | 'overall'> {
  const systems = [...new Set(days.map(({ day }) => day.files.system))];
  return {
    ranking: Object.fromEntries(
      systems.map((system) => [
        system,
        rankingOf(days.flatMap(({ day }, d) => (day.files.system === system ? ranks[d] : []))),
      ]),
    ),
    overall: rankingOf(ranks.flat()),
  };
}

function bestThreshold(days: readonly JudgedDay[], named: readonly (readonly Named[])[]): number {
  return thresholdWithin(
    named,
    falseAlarmsPerHourMax,
    windowMsOf(days[0]),
    (d, hour) => !days[d].faultyHours.has(hour),
  );
}

/**
 * False alarms an hour with the threshold chosen on the other half of the fault-free hours, even and odd ones in turn; null where a half is empty. How far the
 * one chosen on all of them is flattered shows in the difference.
 */
export function crossValidatedFalseAlarms(
  days: readonly JudgedDay[],
  scored: readonly (readonly ScoredWindow[])[],
): { readonly falseAlarmsPerHour: number; readonly thresholds: readonly number[] } | null {
  const named = scored.map((windows, d) => namedIn(windows, days[d].folded.lastRowMs));
  const windowMs = windowMsOf(days[0]);
  const isFree = (d: number, hour: number) => !days[d].faultyHours.has(hour);
  let alarms = 0;
  let hours = 0;
  const thresholds: number[] = [];
  for (const half of [0, 1]) {
    const isHalf = (hour: number) => hour % 2 === half;
    if (!named.some((one, d) => one.some(({ endMs }) => isFree(d, hourOf(endMs)) && !isHalf(hourOf(endMs)))))
      return null;
    const threshold = thresholdWithin(
      named,
      falseAlarmsPerHourMax,
      windowMs,
      (d, hour) => isFree(d, hour) && !isHalf(hour),
    );
    thresholds.push(threshold);
    for (const [d, one] of named.entries()) {
      const found = falseAlarms(one, threshold, windowMs, (hour) => isFree(d, hour) && isHalf(hour));
      alarms += found.alarms;
      hours += found.hours;
    }
  }
  return hours === 0 ? null : { falseAlarmsPerHour: alarms / hours, thresholds };
}

export function windowMsOf({ folded }: JudgedDay): number {
  return folded.grid.windowMs;
}

export function figuresOf(judgement: Judgement): Figures {
  const { ranking, overall, threshold, falseAlarmsPerHour, alarms, hours, named } = judgement;
  const systems = Object.entries(ranking);
  return {
    ranking: Object.fromEntries(systems.map(([system, one]) => [system, rankingFigures(one)])),
    ...(systems.length > 1 ? { rankingOverall: rankingFigures(overall) } : {}),
    threshold: Number.isFinite(threshold) ? threshold : null,
    falseAlarmsPerHour: falseAlarmsPerHour === null ? null : rounded(falseAlarmsPerHour),
    falseAlarms: alarms,
    faultFreeHours: rounded(hours),
    named: Object.fromEntries(readings.map((reading) => [reading, named[reading]])),
  };
}

export function rankingFigures({ faults, at1, at3, at5 }: Ranking): Figures {
  return { faults, at1: rounded(at1), at3: rounded(at3), at5: rounded(at5) };
}

export function rounded(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}
