/** What knows a position, a rate or the time of the injection and nothing of a service's scores. */
import { floorSuspicion } from '../../replay/evaluate/floor.ts';
import { type Ranking, rankOf } from '../../replay/evaluate/ranking.ts';
import type { Figures } from '../evaluation.ts';
import { falseAlarmsPerHourMax, type Judgement, rankingFigures, rankings, rounded, windowMsOf } from './judge.ts';
import { type Reading, readings, windowsOf, windowTimes } from './lead.ts';
import type { JudgedDay } from './recordings.ts';

const hourMs = 3_600_000;

export type SystemRankings = Pick<Judgement, 'ranking' | 'overall'>;

export interface Floors {
  readonly figures: Readonly<Record<string, Figures>>;
  /** By name, for the table. */
  readonly rankings: Readonly<Record<string, SystemRankings>>;
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
  const systems = Object.keys(zScore.ranking);
  const some = (system: string) => days.filter(({ day }) => day.files.system === system);
  const random: SystemRankings = {
    ranking: Object.fromEntries(systems.map((system) => [system, atRandom(some(system))])),
    overall: atRandom(days),
  };
  const all = {
    'largest z-score, injection time given': zScore,
    'busiest service first': busiest,
    'services at random': random,
  };
  return {
    rankings: all,
    figures: {
      ...Object.fromEntries(Object.entries(all).map(([name, one]) => [name, floorFigures(one)])),
      'alarms at random': {
        about: `a service drawn at random is named ${falseAlarmsPerHourMax} time an hour: breaches named, expected`,
        named: Object.fromEntries(readings.map((reading) => [reading, rounded(namedAtRandom(days, reading), 2)])),
      },
    },
  };
}

/** As of the methods, the systems apart where there are several: a floor is high in one and low in another. */
function floorFigures({ ranking, overall }: SystemRankings): Figures {
  const systems = Object.entries(ranking);
  return {
    ranking: rankingFigures(overall),
    ...(systems.length > 1
      ? { rankingBySystem: Object.fromEntries(systems.map(([system, one]) => [system, rankingFigures(one)])) }
      : {}),
  };
}

function atRandom(days: readonly JudgedDay[]): Ranking {
  const chance = (k: number) =>
    mean(days.flatMap(({ day, faults }) => faults.map(() => Math.min(1, k / day.services.length))));
  return {
    faults: days.reduce((sum, { faults }) => sum + faults.length, 0),
    at1: chance(1),
    at3: chance(3),
    at5: chance(5),
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
