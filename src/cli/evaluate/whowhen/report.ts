/** The evaluation for a person: one table, and what it does not say by itself. */
import { textTable } from '../../text-table.ts';
import type { Figures, Target } from '../evaluation.ts';
import { agentFloors, chosenPerPart, type FaultyRun, type Floor, highest, stepFloors } from './floors.ts';
import { published } from './published.ts';
import { type Hits, type Measure, percent } from './scores.ts';

export interface Row {
  readonly name: string;
  readonly kind: 'ours' | 'baseline';
  readonly hits: ReadonlyMap<FaultyRun, Hits>;
}

interface Report {
  readonly parts: readonly { readonly name: string; readonly runs: readonly FaultyRun[] }[];
  readonly rows: readonly Row[];
  /** Sentences that give the figures' spread. */
  readonly spread: readonly string[];
  readonly targets: readonly Target[];
  readonly ours: Figures;
  readonly model: string;
}

export function describe({ parts, rows, spread, targets, ours, model }: Report): readonly string[] {
  const header = [
    '',
    '',
    ...parts.flatMap(({ runs }, i) => headings(i).map((text, k) => (k === 0 ? `${text} (${runs.length})` : text))),
  ];
  const measured = rows.map(({ name, kind, hits }) => [
    kind,
    name,
    ...parts.flatMap(({ runs }, i) =>
      measuresOf(i).map((measure) =>
        one(
          percent(
            runs.flatMap((run) => hits.get(run) ?? []),
            measure,
          ),
        ),
      ),
    ),
  ]);
  const floors = (['agent', 'step'] as const).flatMap((measure) => floorRows(parts, measure));
  return [
    `Percent of the runs in which the agent (A) and the step (S) at fault are named: ${parts.map(({ name }, i) => `${letter(i)} ${name}`).join(', ')}.`,
    '',
    ...textTable(header, [...measured, ...floors, ...publishedRows(parts.map(({ name }) => name))]),
    '',
    `Model ${model}: ${String(ours.protocol)}.`,
    ...spread,
    'Its features and patterns were made with the dev runs and their annotations in view; how well they carry over only other runs can tell.',
    'Every run failed: this measures attribution, not foresight. Floors are the best that a fixed position reaches here, known only afterwards.',
    '',
    ...textTable(
      ['figure', 'target', 'measured', ''],
      targets.map(({ figure, target, measured: value, met }) => [
        figure,
        target,
        value === null ? '-' : one(value),
        met ? 'met' : 'missed',
      ]),
    ),
  ];
}

/** What is shown of a part: of all runs also how near a miss is. */
const measuresOf = (part: number): readonly Measure[] =>
  part === 0 ? ['agent', 'step', 'top3', 'withinOne'] : ['agent', 'step'];
const letter = (part: number): string => String(part + 1);
const headings = (part: number): readonly string[] =>
  measuresOf(part).map(
    (measure) => ({ agent: `${letter(part)}A`, step: `${letter(part)}S`, top3: 'top 3', withinOne: '±1' })[measure],
  );

const one = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(1));

function floorRows(parts: Report['parts'], measure: 'agent' | 'step'): string[][] {
  const floorsOf = measure === 'agent' ? agentFloors : stepFloors;
  const separate = parts.length > 1 ? parts.slice(1) : parts;
  const cells = (values: readonly (number | null)[]) =>
    values.flatMap((value, i) => measuresOf(i).map((shown) => (shown === measure && value !== null ? one(value) : '')));
  const byPart: readonly (readonly Floor[])[] = parts.map(({ runs }) => floorsOf(runs));
  const shown = measure === 'agent' ? ['first speaker', 'last speaker', 'most frequent speaker'] : [];
  for (const floors of byPart) {
    const { name } = highest(floors);
    if (!shown.includes(name)) shown.push(name);
  }
  return [
    ...shown.map((name) => [
      'floor',
      name,
      ...cells(byPart.map((floors) => floors.find((floor) => floor.name === name)?.percent ?? null)),
    ]),
    ...(parts.length > 1
      ? [
          [
            'floor',
            `${measure === 'agent' ? 'speaker' : 'step'}, the best chosen part by part`,
            ...cells([
              chosenPerPart(
                separate.map(({ runs }) => runs),
                floorsOf,
              ),
              ...separate.map(({ runs }) => highest(floorsOf(runs)).percent),
            ]),
          ],
        ]
      : []),
  ];
}

function publishedRows(names: readonly string[]): string[][] {
  return Object.entries(published).flatMap(([name, figures]) => {
    if (typeof figures === 'string') return [];
    const byPart: Readonly<Record<string, { readonly agent?: number; readonly step?: number }>> = figures;
    const cells = names.flatMap((part, i) =>
      measuresOf(i).map((measure) => {
        const value = measure === 'agent' || measure === 'step' ? byPart[part]?.[measure] : undefined;
        return value === undefined ? '' : one(value);
      }),
    );
    return [['published', name, ...cells]];
  });
}
