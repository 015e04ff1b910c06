/**
 * Every cell and every simple method, trained alike on the same small set of reference runs and judged on held-back ones and, where it is given, on a Nezha
 * folder: src/liquid/COMPARISON.md holds what came of it.
 *   node src/cli/compare-variants.ts [--nezha DIR] [--only NAME,NAME] [--seed N]
 * Takes about four minutes of one core; --only runs some of it, with the same figures. The last line of standard output is one JSON object; the table before it is Markdown.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Random } from '../fleet/reference/index.ts';
import { FEATURE_COUNT, FEATURE_NAMES, GROUP_ENTRIES } from '../liquid/features.ts';
import { memorylessStep } from '../liquid/memoryless-step.ts';
import { type Model, readModel } from '../liquid/model.ts';
import { networkStep } from '../liquid/network-step.ts';
import { elapsedUnits } from '../liquid/scoring.ts';
import { fitMemoryless } from '../liquid/training/baselines.ts';
import {
  type Compared,
  type ComparisonData,
  cellScores,
  compared,
  type FittedCell,
  fitCell,
  simpleMethods,
  withoutInputs,
} from '../liquid/training/compare-cells.ts';
import type { Recording } from '../liquid/training/recording.ts';
import {
  type ReferenceRun,
  recordReferenceRun,
  referenceRuns,
  type Split,
  surroundedRuns,
} from '../liquid/training/reference-runs.ts';
import type { TrainingOptions } from '../liquid/training/train.ts';
import { VARIANT_NAMES, VARIANTS } from '../liquid/variants.ts';
import { shippedModel } from './engine.ts';
import { judge } from './evaluate/nezha/judge.ts';
import { type JudgedDay, readRecordings } from './evaluate/nezha/recordings.ts';
import { scoreDay } from './evaluate/nezha/score-day.ts';

const { values } = parseArgs({
  options: {
    nezha: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

/** Small enough for a dozen trainings in some minutes: a twelfth of what the shipped model learns from. */
const counts: Readonly<Record<Split, number>> = { training: 5, validation: 2, test: 5 };
const surroundedCounts: Readonly<Record<Split, number>> = { training: 6, validation: 3, test: 6 };
const agentsMax = 12;
const minutesMax = 180;
const sizes = { units: 16, outputs: 4, backboneUnits: 16 };
const options: TrainingOptions = {
  learningRate: 0.006,
  weightDecay: 0.001,
  gradientNormMax: 1,
  batchRows: 16,
  span: 40,
  positiveWeight: 1,
  averaging: 0.99,
  epochsMax: 6,
  patience: 3,
};
const time = { timeUnitMs: 1000, elapsedMaxMs: 10_000 };
const horizonMs = 10_000;

const startedMs = performance.now();
const tell = (text: string) =>
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);

interface Row extends Compared {
  readonly name: string;
  /** Time of the processor that the training took. */
  readonly trainingS: number | null;
  readonly nezha: {
    readonly at1: number;
    readonly at3: number;
    readonly at5: number;
    readonly namedByScrape: number;
  } | null;
}

async function main(): Promise<void> {
  const seed = Number(values.seed);
  const only = values.only?.split(',') ?? null;
  const isWanted = (name: string) => only === null || only.includes(name);
  const shipped = readModel(JSON.parse(readFileSync(shippedModel, 'utf8')));
  const data = record(seed);
  tell('reference runs recorded');
  const days =
    values.nezha === undefined ? null : await readRecordings(values.nezha, new AbortController().signal, tell);
  const loadEntries = ['traffic.deviation', 'saturation.level'].map((name) => FEATURE_NAMES.indexOf(name));
  const variantSizes = { ...sizes, inputs: FEATURE_COUNT, load: loadEntries, seed };

  const rows: Row[] = [];
  const add = (row: Row) => {
    rows.push(row);
    tell(line(row));
  };
  const tryOut = async (name: string, cell: () => FittedCell, used: ComparisonData, senses: Senses): Promise<void> => {
    const beforeS = process.cpuUsage();
    const fitted = cell();
    const { user, system } = process.cpuUsage(beforeS);
    const judged = days === null ? null : await onNezha(days, fitted, shipped, senses);
    const count = fitted.kind === 'network' ? fitted.theta.length : FEATURE_COUNT + 1;
    add({
      name,
      trainingS: (user + system) / 1e6,
      ...compared(used.test, cellScores(fitted, used.test), count, true),
      nezha: judged,
    });
  };
  const weights = () => {
    const random = new Random(seed, 'weights');
    return () => random.uniform();
  };
  for (const name of VARIANT_NAMES) {
    if (!isWanted(name)) continue;
    await tryOut(name, () => fitCell(VARIANTS[name](variantSizes), data, options, weights()), data, everySense);
  }
  const without: Readonly<Record<string, readonly [Senses, readonly number[]]>> = {
    'cfc without topology': [{ topology: false, interactions: true }, GROUP_ENTRIES.topology],
    'cfc without interactions': [{ topology: true, interactions: false }, interactionEntries],
    'cfc without either': [
      { topology: false, interactions: false },
      [...GROUP_ENTRIES.topology, ...interactionEntries],
    ],
  };
  for (const [name, [senses, entries]] of Object.entries(without)) {
    if (!isWanted(name)) continue;
    const less: ComparisonData = {
      training: withoutInputs(data.training, entries),
      validation: withoutInputs(data.validation, entries),
      test: withoutInputs(data.test, entries),
    };
    await tryOut(name, () => fitCell(VARIANTS.cfc(variantSizes), less, options, weights()), less, senses);
  }
  if (isWanted('no liquid cell: logistic')) {
    await tryOut(
      'no liquid cell: logistic',
      () => ({ kind: 'logistic', logistic: fitMemoryless(data.training) }),
      data,
      everySense,
    );
  }
  if (only === null || only.includes('simple')) {
    for (const [name, figures] of Object.entries(simpleMethods(data, weights()))) {
      if (name !== 'logistic regression') add({ name, trainingS: null, ...figures, nezha: null });
    }
  }
  console.log(table(rows).join('\n'));
  console.log(JSON.stringify({ seed, options, sizes, data: extents(data), rows }));
}

interface Senses {
  readonly topology: boolean;
  readonly interactions: boolean;
}
const everySense: Senses = { topology: true, interactions: true };
/** Everything that is read from who asks whom. */
const interactionEntries: readonly number[] = [...FEATURE_NAMES.keys()].filter(
  (k) =>
    ['latency.seen', 'traffic.unserved', 'errors.seen'].includes(FEATURE_NAMES[k]) ||
    (FEATURE_NAMES[k].startsWith('neighbours.') &&
      !['neighbours.cell', 'neighbours.troubled'].includes(FEATURE_NAMES[k])),
);

function record(seed: number): ComparisonData {
  const recordings: Record<Split, Recording[]> = { training: [], validation: [], test: [] };
  for (const run of [...referenceRuns(seed, counts), ...surroundedRuns(seed, surroundedCounts)]) {
    const small: ReferenceRun = {
      ...run,
      agents: Math.min(run.agents, agentsMax),
      minutes: Math.min(run.minutes, minutesMax),
    };
    recordings[run.split].push(recordReferenceRun(small, horizonMs, (ms) => elapsedUnits(time, ms)));
  }
  return recordings;
}

async function onNezha(
  days: readonly JudgedDay[],
  fitted: FittedCell,
  shipped: Model,
  senses: Senses,
): Promise<Row['nezha']> {
  const model: Model =
    fitted.kind === 'network'
      ? { ...shipped, ...time, network: fitted.network, theta: fitted.theta, calibration: fitted.calibration }
      : { ...shipped, memoryless: fitted.logistic };
  const step = fitted.kind === 'network' ? networkStep(model) : memorylessStep(model);
  const { signal } = new AbortController();
  const scored = await Promise.all(
    days.map(({ folded }) => scoreDay({ model, step, ...senses }, folded.snapshots, signal)),
  );
  const { overall, named } = judge(days, scored, null);
  return { at1: overall.at1, at3: overall.at3, at5: overall.at5, namedByScrape: named.byScrape };
}

function extents(data: ComparisonData) {
  return Object.fromEntries(
    Object.entries(data).map(([split, recordings]: [string, readonly Recording[]]) => [
      split,
      {
        runs: recordings.length,
        agentWindows: recordings.reduce(
          (sum, { tracks }) => sum + tracks.reduce((steps, track) => steps + track.steps, 0),
          0,
        ),
        failures: recordings.reduce((sum, { failures }) => sum + failures.length, 0),
      },
    ]),
  );
}

const header = [
  'method',
  'parameters',
  'AUC onset',
  'AP onset',
  'AP all',
  'Brier',
  'foreseen',
  'noticed',
  'AS@1',
  'AS@3',
  'AS@5',
  'named',
  'trained in',
];

function cells(row: Row): readonly string[] {
  const number = (value: number | null, digits: number) => (value === null ? '' : value.toFixed(digits));
  const share = (value: number | undefined) => (value === undefined ? '' : (100 * value).toFixed(1));
  return [
    row.name,
    row.parameters === 0 ? '' : String(row.parameters),
    number(row.onset.auc, 4),
    number(row.onset.ap, 4),
    number(row.all.ap, 4),
    number(row.brier, 5),
    share(row.foreseen),
    share(row.noticed),
    share(row.nezha?.at1),
    share(row.nezha?.at3),
    share(row.nezha?.at5),
    row.nezha === null ? '' : String(row.nezha.namedByScrape),
    row.trainingS === null ? '' : `${row.trainingS.toFixed(0)} s`,
  ];
}

function line(row: Row): string {
  return cells(row).join('  ');
}

function table(rows: readonly Row[]): string[] {
  return [header, header.map(() => '---'), ...rows.map(cells)].map((row) => `| ${row.join(' | ')} |`);
}

await main();
