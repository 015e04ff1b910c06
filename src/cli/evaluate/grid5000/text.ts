/** The evaluation for a person. */

import type { Json } from '../../command.ts';
import { textTable } from '../../text-table.ts';
import type { Evaluation, Figures } from '../evaluation.ts';

export function textOf({
  data,
  method,
  ours,
  baselines,
  floors,
  published,
  targets,
}: Omit<Evaluation, 'text'>): string[] {
  const row = (name: string, figures: Figures) => [
    name,
    number(figures.auc, 3),
    number(figures.ap, 3),
    number(figures.brierSkill, 3),
    number(figures.calibrationError, 4),
  ];
  const entries = (record: Readonly<Record<string, Figures>>) =>
    Object.entries(record).map(([name, one]) => row(name, one));
  const reported = Object.entries(published).flatMap(([name, one]) =>
    isFigures(one) ? [row(`published: ${name}`, one)] : [],
  );
  return [
    `A node in service fails in 10 to 60 minutes: ${data.cases} cases from ${data.split} to ${data.to}, ${percent(data.baseRate)} of them failing`,
    `(${data.nodes} nodes at ${data.sites} sites). Ours, and what is said to, goes on learning after the split: from each answer once its hour is over; the others do not.`,
    '',
    ...textTable(
      ['', 'AUC', 'AP', 'Brier skill', 'calibration error'],
      [row(`ours: ${method.model}`, ours), ...entries(baselines), ...entries(floors), ...reported],
    ),
    '',
    ...textTable(
      ['target', '', 'measured', ''],
      targets.map(({ figure, target, measured, met }) => [figure, target, number(measured, 3), met ? 'met' : 'missed']),
    ),
    '',
    'Ours, said and happened:',
    ...reliabilityLines(ours.reliability),
    '',
    'By site:',
    ...siteLines(ours.bySite),
    '',
    wholeSiteLine(ours.withoutWholeSites),
    `Ours less trees fitted anew, 95 % of draws: AUC ${interval(ours, 'auc', 'againstTreesAnew')}, AP ${interval(ours, 'ap', 'againstTreesAnew')}.`,
    `Ours less trees, 95 % of draws of whole days: AUC ${interval(ours, 'auc')}, AP ${interval(ours, 'ap')}.`,
    ...(isFigures(method.trained) && typeof method.trained.parts === 'string'
      ? [`Ours is made of ${method.trained.parts}.`]
      : []),
    ...trainingLines(data, method),
    ...(data.placesKnown === true ? [] : ['No nodes.csv: all nodes were taken to stand at one site.']),
    'The published figures are of cases drawn otherwise. Failures are outages of any kind: reboots at the beginning and end of reservations are among them,',
    'and when somebody reserves nodes next is not in the data.',
  ];
}

function trainingLines(data: Figures, { trainedOnThisFolder, casesOfTrainingTime }: Figures): string[] {
  if (trainedOnThisFolder === true) return ['The network was trained on the first two thirds of this folder.'];
  const elsewhere =
    'The network was trained on another folder, the trees and logistic regressions on the first two thirds of this one.';
  if (casesOfTrainingTime === 0) return [elsewhere];
  const learned =
    'if that folder holds these nodes, the figures of the networks are of cases that they have learned from';
  return casesOfTrainingTime === null
    ? [elsewhere, `Its file does not say from when to when: ${learned}.`]
    : [
        elsewhere,
        `${casesOfTrainingTime} of the ${data.cases} cases lie in the time that it was trained on: ${learned}.`,
      ];
}

function reliabilityLines(reliability: unknown): string[] {
  if (!Array.isArray(reliability)) return [];
  return textTable(
    ['said', 'happened', 'cases'],
    reliability.map((bin: { said: number; happened: number; cases: number }) => [
      percent(bin.said),
      percent(bin.happened),
      String(bin.cases),
    ]),
  );
}

function siteLines(bySite: unknown): string[] {
  if (typeof bySite !== 'object' || bySite === null) return [];
  return textTable(
    ['', 'cases', 'failing', 'AUC', 'AP'],
    Object.entries(bySite).map(([name, one]: [string, Figures]) => [
      name,
      String(one.cases),
      percent(one.baseRate),
      number(one.auc, 3),
      number(one.ap, 3),
    ]),
  );
}

function wholeSiteLine(without: Json | undefined): string {
  if (!isFigures(without)) return '';
  return `Without the ${without.moments} moments at which half of a site or more fails (${percent(without.shareOfFailing)} of the failing cases): AUC ${number(without.auc, 3)}, AP ${number(without.ap, 3)}, ${percent(without.baseRate)} failing.`;
}

function interval(figures: Figures, measure: 'auc' | 'ap', against = 'againstTrees'): string {
  const of = figures[against];
  const range = isFigures(of) ? of[measure] : null;
  if (range === null || !isFigures(range)) return 'unknown';
  return `${number(range.low, 3)} to ${number(range.high, 3)}`;
}

function number(value: unknown, digits: number): string {
  return typeof value === 'number' ? value.toFixed(digits) : '';
}

function percent(value: unknown): string {
  return typeof value === 'number' ? `${(100 * value).toFixed(2)} %` : '';
}

function isFigures(value: Json | undefined): value is Figures {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
