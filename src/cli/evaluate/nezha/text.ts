/** The evaluation for a person. */
import { type Ranking, rankText } from '../../replay/evaluate/ranking.ts';
import { textTable } from '../../text-table.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Floors } from './floors.ts';
import { falseAlarmsPerHourMax, type Judgement, rounded } from './judge.ts';
import { type Reachable, readings } from './lead.ts';
import { published } from './published.ts';
import type { JudgedDay } from './recordings.ts';

export interface Findings {
  readonly evaluation: Omit<Evaluation, 'text'>;
  readonly days: readonly JudgedDay[];
  readonly ours: Judgement;
  readonly ablations: Readonly<Record<string, Judgement>>;
  readonly baselines: Readonly<Record<string, Judgement>>;
  readonly floors: Floors;
  readonly crossed: { readonly falseAlarmsPerHour: number } | null;
  readonly breaches: number;
  readonly reachable: Reachable;
}

export function textOf(findings: Findings): string[] {
  const { evaluation, days, ours, ablations, baselines, floors, crossed, breaches, reachable } = findings;
  const { model } = evaluation.method;
  const systems = days.map(({ day }) => `${day.files.system} ${day.files.day}`).join(', ');
  const unrecorded = days.reduce((sum, day) => sum + day.unrecordedFaults, 0);
  const blank = ['', '', '', '', ''];
  return [
    `${systems}: ${ours.overall.faults} faults, ${breaches} breaches of the front end's service level, ${ours.hours.toFixed(1)} fault-free hours; model ${String(model)}`,
    ...(unrecorded === 0 ? [] : [`${unrecorded} faults more of labels.csv: nothing was recorded while they lasted`]),
    '',
    ...textTable(
      ['', 'AS@1', 'AS@3', 'AS@5', 'false/h', 'before', 'by scrape', 'next'],
      [
        row('ours', ours),
        ...systemRows('ours', ours),
        ...Object.entries(ablations).map(([name, one]) => row(`  ${name}`, one)),
        ...Object.entries(baselines).flatMap(([name, one]) => [row(name, one), ...systemRows(name, one)]),
        ...Object.entries(floors.rankings).flatMap(([name, one]) => [
          rankingRow(`floor: ${name}`, one.overall),
          ...systemRows(`floor: ${name}`, one),
        ]),
        ...Object.entries(published)
          .filter(([system]) => system in ours.ranking)
          .flatMap(([system, methods]) =>
            Object.entries(methods).map(([name, shares]) => [
              `published, all of ${system}: ${name}`,
              ...percents(shares),
              ...blank.slice(0, 4),
            ]),
          ),
      ],
    ),
    '',
    `The last three columns: services at fault named, of ${breaches} breaches, by a scrape before the one that shows the breach; by that scrape; by the next.`,
    `A scrape's rows, the front end's among them, are all measured over the minute before it and come at once. Only ${reachable.measured.before} of ${breaches} breaches have a scrape`,
    `between the injection and the one that shows them, and in ${reachable.visible.before} of these anything of the service at fault stands out by then; by the breach's own scrape in ${reachable.visible.byScrape}.`,
    `Ablations and baselines have the lowest threshold with at most ${falseAlarmsPerHourMax} false alarm an hour on these very hours; ours was ${
      evaluation.method.thresholdChosenOn
    }.`,
    ...(crossed === null
      ? []
      : [
          `Chosen on the other half of the fault-free hours ours has ${rounded(crossed.falseAlarmsPerHour, 2)} false alarms an hour.`,
        ]),
    '',
    ...textTable(
      ['service at fault', 'kind', 'injected', 'rank', 'breach', 'named by its scrape'],
      days.flatMap(({ faults, breaches: ofDay }, d) =>
        faults.map((fault, f) => {
          const b = ofDay.findIndex((breach) => breach.fault === fault);
          const named = b >= 0 && ours.namedByScrape[d][b];
          return [
            fault.service,
            fault.kind,
            new Date(fault.injectMs).toISOString().slice(0, 19).replace('T', ' '),
            rankText(ours.ranks[d][f]),
            b < 0 ? '' : `+${(ofDay[b].timeMs - fault.injectMs) / 1000} s`,
            b < 0 ? '' : named ? 'yes' : 'no',
          ];
        }),
      ),
    ),
    '',
    ...textTable(
      ['target', '', 'measured', ''],
      evaluation.targets.map(({ figure, target, measured, met }) => [
        figure,
        target,
        measured === null ? 'nothing to measure' : String(measured),
        met ? 'met' : 'missed',
      ]),
    ),
  ];
}

function row(name: string, { overall, falseAlarmsPerHour, named }: Judgement): string[] {
  const { at1, at3, at5 } = overall;
  const perHour = falseAlarmsPerHour === null ? '' : falseAlarmsPerHour.toFixed(2);
  return [
    name,
    ...percents([100 * at1, 100 * at3, 100 * at5]),
    perHour,
    ...readings.map((reading) => String(named[reading])),
  ];
}

function rankingRow(name: string, { at1, at3, at5 }: Ranking): string[] {
  return [name, ...percents([100 * at1, 100 * at3, 100 * at5]), '', '', '', ''];
}

/** A row a system where there are several: what was published is of each by itself. */
function systemRows(name: string, { ranking }: Pick<Judgement, 'ranking'>): string[][] {
  const systems = Object.entries(ranking);
  return systems.length < 2 ? [] : systems.map(([system, one]) => rankingRow(`${name}, ${system}`, one));
}

function percents(values: readonly number[]): string[] {
  return values.map((value) => value.toFixed(1));
}
