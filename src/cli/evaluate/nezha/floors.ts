/** What knows a position, a rate or the time of the injection and nothing of a service's scores. */
import { floorSuspicion } from '../../replay/evaluate/floor.ts';
import { type Ranking, rankOf } from '../../replay/evaluate/ranking.ts';
import type { Figures } from '../evaluation.ts';
import { falseAlarmsPerHourMax, rankingFigures, rankings, rounded, windowMsOf } from './judge.ts';
import { type Reading, readings, windowsOf, windowTimes } from './lead.ts';
import type { JudgedDay } from './recordings.ts';

const hourMs = 3_600_000;

export interface Floors {
  readonly figures: Readonly<Record<string, Figures>>;
  /** By name, for the table. */
  readonly rankings: Readonly<Record<string, Ranking>>;
}

export function floorsOf(days: readonly JudgedDay[]): Floors {
  const zScore = rankings(
    days,
    days.map(({ day, faults }) => faults.map((fault) => rankOf(fault.service, floorSuspicion(day.metrics, fault)))),
  );
  const busiest = rankings(
    days,
    days.map(({ day, faults }) => {
      const order = byTraffic(day.metrics);
      return faults.map(({ service }) => rankOf(service, order));
    }),
  );
  const chance = (k: number) =>
    mean(days.flatMap(({ day, faults }) => faults.map(() => Math.min(1, k / day.services.length))));
  const random: Ranking = {
    faults: days.reduce((sum, { faults }) => sum + faults.length, 0),
    at1: chance(1),
    at3: chance(3),
    at5: chance(5),
  };
  const overall = {
    'largest z-score, injection time given': zScore.overall,
    'busiest service first': busiest.overall,
    'services at random': random,
  };
  return {
    rankings: overall,
    figures: {
      ...Object.fromEntries(Object.entries(overall).map(([name, one]) => [name, { ranking: rankingFigures(one) }])),
      'alarms at random': {
        about: `a service drawn at random is named ${falseAlarmsPerHourMax} time an hour: breaches named, expected`,
        named: Object.fromEntries(readings.map((reading) => [reading, rounded(namedAtRandom(days, reading), 2)])),
      },
    },
  };
}

/** Mean requests a second over the day, by service. */
function byTraffic(rows: JudgedDay['day']['metrics']): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { service, metrics } of rows) {
    sums.set(service, (sums.get(service) ?? 0) + (metrics['PodWorkload(Ops)'] ?? 0));
  }
  return sums;
}

function namedAtRandom(days: readonly JudgedDay[], reading: Reading): number {
  let expected = 0;
  for (const one of days) {
    const windowMs = windowMsOf(one);
    const windows = windowTimes(one.folded);
    const inWindow = (falseAlarmsPerHourMax * windowMs) / hourMs / one.day.services.length;
    for (const breach of one.breaches) {
      expected += 1 - (1 - inWindow) ** windowsOf(reading, breach, windows, windowMs).length;
    }
  }
  return expected;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
