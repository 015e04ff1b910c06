/** Who broke the run, and where: attribution of failed runs of language-model agents, without a language model. */
import { Random } from '../../../fleet/reference/index.ts';
import { attribute } from '../../../liquid/attribution/attribute.ts';
import { candidatesOf } from '../../../liquid/attribution/candidates.ts';
import { type AttributionModel, runHash } from '../../../liquid/attribution/model.ts';
import { ReplayError } from '../../replay/errors.ts';
import { breathe } from '../breathe.ts';
import type { Evaluate, Evaluation, Figures, Target } from '../evaluation.ts';
import { type Case, caseOf, crossValidate } from './cross-validate.ts';
import { agentFloors, chosenPerPart, type FaultyRun, floorFigures, highest, stepFloors } from './floors.ts';
import { anyCandidate, liquid, logLinear, type Method, positionOnly, stepwiseLogistic } from './methods.ts';
import { loadAttribution } from './model-file.ts';
import { published } from './published.ts';
import { type RecordedRun, readRuns } from './read-runs.ts';
import { describe, type Row } from './report.ts';
import { figuresOf, type Hits, hitsOf, interval, type Measure, percent } from './scores.ts';

const seed = 1;
/** Of the ten-fold cross-validation of our own method. */
const repeats = 10;
/** What the published methods reach at best without being trained for it, in percent. */
const bars: Readonly<Record<'agent' | 'step', number>> = { agent: 55, step: 25.5 };

/** Runs by part: all of them, and each folder's where there are several. */
interface Part {
  readonly name: string;
  readonly runs: readonly FaultyRun[];
}

export const evaluateWhowhen: Evaluate = async ({ folder, model: file, signal, tell }) => {
  const model = await loadAttribution(file);
  const recorded = await readRuns(folder);
  const runs = recorded.filter((one): one is FaultyRun => one.fault !== null);
  if (runs.length === 0) {
    throw new ReplayError(
      'data-missing',
      `${folder}: none of the ${recorded.length} runs says which agent and step failed`,
    );
  }
  const parts = partsOf(runs);
  const known = runs.map(({ run }) => model.fittedOn.has(runHash(run)));
  const trained = known.filter(Boolean).length;
  tell(`${runs.length} annotated runs, of which ${model.id} was fitted on ${trained}`);

  const heldOut = new Map(runs.map((one) => [one, hitsOf(attribute(one.run, weightsFor(model, one)), one.fault)]));
  const inSample = new Map(runs.map((one) => [one, hitsOf(attribute(one.run, model.weights), one.fault)]));

  const cases = runs.map(caseOf);
  tell(`cross-validation: ten folds, ${repeats} times`);
  const repeated: ReturnType<typeof byRun>[] = [];
  for (let i = 0; i < repeats; i++) {
    await breathe(signal);
    repeated.push(byRun(cases, crossValidate(cases, 10, logLinear(model.ridge), randomOf(`folds ${i}`))));
  }
  const rows: Row[] = [];
  const baselines: Record<string, Figures> = {};
  for (const [name, folds, method] of comparedWith(model.ridge)) {
    await breathe(signal);
    tell(`${name}: ${folds} folds`);
    const hits = byRun(cases, crossValidate(cases, folds, method, randomOf('folds 0')));
    baselines[name] = { folds, ...partFigures(parts, hits) };
    rows.push({ name, kind: 'baseline', hits });
  }

  const ours = {
    protocol:
      trained === 0
        ? 'none of these runs was used for the fit'
        : `${trained} of these runs were used for the fit; each of them is scored by weights fitted without it (leave one out)`,
    ...partFigures(parts, heldOut, true),
    repeatedTenFold: repeatedFigures(parts, repeated),
    inSample: partFigures(parts, inSample),
  };
  const floors = {
    agent: Object.fromEntries(parts.map(({ name, runs: some }) => [name, floorFigures(agentFloors(some))])),
    step: Object.fromEntries(parts.map(({ name, runs: some }) => [name, floorFigures(stepFloors(some))])),
    chosenPerPart: { agent: perPart(parts, agentFloors), step: perPart(parts, stepFloors) },
  };
  const targets = targetsOf(parts, heldOut);
  const evaluation: Omit<Evaluation, 'text'> = {
    data: dataFigures(recorded, runs, cases),
    method: {
      model: model.id,
      made: model.made,
      ridge: model.ridge,
      seed,
      chosenOn:
        'features, patterns and ridge were chosen with the dev runs and their annotations in view; the cross-validated figures of dev do not undo that',
      weights: { group: [...model.weights.group], led: [...model.weights.led] },
    },
    ours,
    baselines,
    floors,
    published,
    targets,
  };
  const table: Row[] = [
    { name: trained === 0 ? 'ours' : 'ours, each run held out', kind: 'ours', hits: heldOut },
    ...(trained === 0 ? [] : [{ name: 'ours, in-sample', kind: 'ours', hits: inSample } as const]),
    ...rows,
  ];
  return {
    ...evaluation,
    text: describe({ parts, rows: table, spread: spreadOf(parts, heldOut, repeated), targets, ours, model: model.id }),
  };
};

/** What the choice is compared with, each with its number of folds. */
function comparedWith(ridge: number): readonly (readonly [name: string, folds: number, method: Method])[] {
  return [
    ['log-linear, ten folds', 10, logLinear(ridge)],
    ['log-linear, position alone', 10, positionOnly(ridge)],
    ['log-linear, without position', 10, logLinear(ridge, (_, feature) => ['order', 'last turn'].includes(feature))],
    ['logistic regression step by step', 10, stepwiseLogistic(1)],
    ['liquid network, cfc', 5, liquid('cfc')],
    ['liquid network, ltc', 5, liquid('ltc')],
    ['gru', 5, liquid('gru')],
    ['any candidate', 1, anyCandidate],
  ];
}

function weightsFor(model: AttributionModel, { run }: RecordedRun) {
  const without = model.fittedOn.get(runHash(run));
  const { form } = candidatesOf(run);
  // Of the other form's width: the model was fitted when this run's team counted as the other form.
  return without?.length === model.weights[form].length ? { ...model.weights, [form]: without } : model.weights;
}

function partsOf(runs: readonly FaultyRun[]): readonly Part[] {
  const names = Array.from(new Set(runs.map(({ part }) => part)));
  const parts = names.map((name) => ({ name, runs: runs.filter(({ part }) => part === name) }));
  return [{ name: 'all', runs }, ...(names.length > 1 ? parts : [])];
}

type HitsByRun = ReadonlyMap<FaultyRun, Hits>;

function byRun(cases: readonly Case[], hits: readonly Hits[]): HitsByRun {
  return new Map(cases.map(({ faulty }, i) => [faulty, hits[i]]));
}

/** The hits of the runs of a part. */
function hitsIn({ runs }: Part, hits: HitsByRun): readonly Hits[] {
  return runs.flatMap((run) => hits.get(run) ?? []);
}

function partFigures(parts: readonly Part[], hits: HitsByRun, intervals = false): Figures {
  return Object.fromEntries(
    parts.map((part) => {
      const some = hitsIn(part, hits);
      const of = (measure: Measure) => [...interval95(part, hits, measure)];
      return [
        part.name,
        {
          ...figuresOf(some),
          ...(intervals ? { interval95: { agent: of('agent'), step: of('step') } } : {}),
        },
      ];
    }),
  );
}

interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and standard deviation over the repetitions. */
function spreadOver(repeated: readonly HitsByRun[], part: Part, measure: Measure): Spread {
  const values = repeated.map((hits) => percent(hitsIn(part, hits), measure));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return { mean: Number(mean.toFixed(1)), deviation: Number(deviation.toFixed(1)) };
}

function repeatedFigures(parts: readonly Part[], repeated: readonly HitsByRun[]): Figures {
  const figures = (part: Part) =>
    Object.fromEntries(
      (['agent', 'step', 'top3'] as const).map((measure) => [measure, { ...spreadOver(repeated, part, measure) }]),
    );
  return { repeats: repeated.length, ...Object.fromEntries(parts.map((part) => [part.name, figures(part)])) };
}

/** How far our figures may be off, for a person. */
function spreadOf(parts: readonly Part[], hits: HitsByRun, repeated: readonly HitsByRun[]): readonly string[] {
  return parts.map((part) => {
    const [agent, step] = (['agent', 'step'] as const).map((measure) => {
      const [low, high] = interval95(part, hits, measure);
      const { mean, deviation } = spreadOver(repeated, part, measure);
      return `${measure} ${low} to ${high} % (ten folds ${repeats} times: ${mean} ± ${deviation} %)`;
    });
    return `Of ${part.name === 'all' ? 'all runs' : part.name}, 95 % by the bootstrap: ${agent}, ${step}.`;
  });
}

function interval95(part: Part, hits: HitsByRun, measure: Measure): readonly [number, number] {
  return interval(hitsIn(part, hits), measure, randomOf(`bootstrap ${part.name} ${measure}`));
}

function perPart(parts: readonly Part[], floorsOf: typeof agentFloors): number {
  const separate = parts.length > 1 ? parts.slice(1) : parts;
  return chosenPerPart(
    separate.map(({ runs }) => runs),
    floorsOf,
  );
}

function targetsOf(parts: readonly Part[], hits: HitsByRun): readonly Target[] {
  const floorsOf = { agent: agentFloors, step: stepFloors } as const;
  return (['agent', 'step'] as const).flatMap((measure) =>
    parts.flatMap((part, i) => {
      const measured = percent(hitsIn(part, hits), measure);
      const best = highest(floorsOf[measure](part.runs));
      // Over all runs the floor may even be another one in each part.
      const floor = i === 0 ? Math.max(best.percent, perPart(parts, floorsOf[measure])) : best.percent;
      const name = i === 0 && parts.length > 1 ? 'chosen part by part' : best.name;
      const where = i === 0 ? 'all runs' : part.name;
      return [
        {
          figure: `${measure} at fault, ${where}`,
          target: `above ${bars[measure]} %`,
          measured,
          met: measured > bars[measure],
        },
        {
          figure: `${measure} at fault, ${where}, beside the highest position floor`,
          target: `above ${floor} % (${name})`,
          measured,
          met: measured > floor,
        },
      ];
    }),
  );
}

function dataFigures(recorded: readonly RecordedRun[], runs: readonly FaultyRun[], cases: readonly Case[]): Figures {
  const parts = Array.from(new Set(runs.map(({ part }) => part)));
  return {
    runs: recorded.length,
    annotated: runs.length,
    parts: Object.fromEntries(parts.map((name) => [name, runs.filter(({ part }) => part === name).length])),
    teams: {
      group: cases.filter(({ form }) => form === 'group').length,
      led: cases.filter(({ form }) => form === 'led').length,
    },
    steps: runs.reduce((sum, { run }) => sum + run.steps.length, 0),
    candidatesPerRun: Number(
      (cases.reduce((sum, one) => sum + one.candidates.indices.length, 0) / cases.length).toFixed(1),
    ),
    faultIsNoCandidate: cases.filter(({ chosen }) => chosen < 0).length,
    annotatedAgentDoesNotSpeakTheStep: runs.filter(({ run, fault }) => run.steps[fault.step]?.speaker !== fault.agent)
      .length,
  };
}

function randomOf(name: string): () => number {
  const random = new Random(seed, name);
  return () => random.uniform();
}
