/** `aura evaluate nezha`: the failure model on recorded microservices with injected faults, beside what it has to beat. */
import { fileURLToPath } from 'node:url';
import { memorylessStep } from '../../../liquid/memoryless-step.ts';
import type { Model } from '../../../liquid/model.ts';
import { networkStep } from '../../../liquid/network-step.ts';
import { shippedModel } from '../../engine.ts';
import { CliError } from '../../errors.ts';
import { findModel, readModelFile } from '../../model-store.ts';
import type { ScoredWindow } from '../../replay/score-book.ts';
import type { Evaluation, EvaluationRequest, Target } from '../evaluation.ts';
import { baselineNames, baselineSteps, fittedOn } from './baselines.ts';
import { chosenThreshold } from './chosen.ts';
import { floorsOf } from './floors.ts';
import {
  crossValidatedFalseAlarms,
  falseAlarmsPerHourMax,
  figuresOf,
  type Judgement,
  judge,
  rounded,
  windowMsOf,
} from './judge.ts';
import { isVisible, type Reachable, type Reading, visibleFrom, windowsOf, windowTimes } from './lead.ts';
import { published } from './published.ts';
import { type JudgedDay, readRecordings } from './recordings.ts';
import { type Method, scoreDay } from './score-day.ts';
import { textOf } from './text.ts';

/** With what the model is scored again; `no liquid cell` is its logistic regression on the same inputs. */
export const ablationNames = ['no topology', 'no interactions', 'no liquid cell', 'none of the three'] as const;

const targets = { at1: 0.643, at3: 0.75, named: 0.7 };

export async function evaluateNezha(request: EvaluationRequest): Promise<Evaluation> {
  const { folder, signal, tell } = request;
  const model = await modelOf(request);
  const days = await readRecordings(folder, signal, tell);
  const whole: Method = { model, step: networkStep(model), topology: true, interactions: true };
  const score = (method: Method): Promise<readonly (readonly ScoredWindow[])[]> =>
    Promise.all(days.map(({ folded }) => scoreDay(method, folded.snapshots, signal)));

  const threshold = chosenThreshold(model.id);
  const scored = await score(whole);
  const ours = judge(days, scored, threshold);
  const crossed = crossValidatedFalseAlarms(days, scored);
  tell('scored by the model; ablations');
  const step = memorylessStep(model);
  const without: Readonly<Record<(typeof ablationNames)[number], Method>> = {
    'no topology': { ...whole, topology: false },
    'no interactions': { ...whole, interactions: false },
    'no liquid cell': { ...whole, step },
    'none of the three': { ...whole, step, topology: false, interactions: false },
  };
  const ablations: Record<string, Judgement> = {};
  for (const name of ablationNames) ablations[name] = judge(days, await score(without[name]), null);
  tell('fitting the baselines on runs of the reference fleet');
  const steps = await baselineSteps(model, signal);
  const baselines: Record<string, Judgement> = {};
  for (const name of baselineNames) baselines[name] = judge(days, await score({ ...whole, step: steps[name] }), null);
  const floors = floorsOf(days);

  const breaches = days.reduce((sum, day) => sum + day.breaches.length, 0);
  const reachable = ceilings(days);
  const figures = (by: Readonly<Record<string, Judgement>>) =>
    Object.fromEntries(Object.entries(by).map(([name, judgement]) => [name, figuresOf(judgement)]));
  const evaluation: Omit<Evaluation, 'text'> = {
    data: {
      days: days.map(({ day, folded, faults, unrecordedFaults }) => ({
        system: day.files.system,
        day: day.files.day,
        services: day.services.length,
        windows: folded.snapshots.length,
        windowEndsAtSecond: folded.grid.phaseMs / 1000,
        faults: faults.length,
        unrecordedFaults,
      })),
      faults: days.reduce((sum, day) => sum + day.faults.length, 0),
      breaches,
      reachable: { measured: { ...reachable.measured }, visible: { ...reachable.visible }, visibleFrom },
    },
    method: {
      model: model.id,
      threshold: threshold ?? ours.threshold,
      thresholdChosenOn:
        threshold === null
          ? 'the fault-free hours of this very data: the lowest with at most one false alarm an hour'
          : 'the fault-free hours of OnlineBoutique 2022-08-22 (dev)',
      naming:
        'the service with the highest score of a window, where that is at or above the threshold; consecutive windows are one alarm',
      ranking: 'mean log-odds of the windows that end while the fault lasts',
      baselinesThresholds:
        'each the lowest with at most one false alarm an hour on this very data, the best that could be chosen',
      baselinesFittedOn: {
        ...fittedOn,
        data: 'runs of the reference fleet; logistic regression: the training runs of the model',
      },
      falseAlarmsPerHourCrossValidated: crossed === null ? null : rounded(crossed.falseAlarmsPerHour),
    },
    ours: { ...figuresOf(ours), ablations: figures(ablations) },
    baselines: figures(baselines),
    floors: floors.figures,
    published: {
      note: 'AS@1, @3 and @5 in percent, on all 56 faults of OnlineBoutique (OB) and all 45 of TrainTicket (TT), of which the dev day holds 24',
      ...Object.fromEntries(
        Object.entries(published).map(([system, methods]) => [
          system,
          Object.fromEntries(Object.entries(methods).map(([name, [at1, at3, at5]]) => [name, { at1, at3, at5 }])),
        ]),
      ),
    },
    targets: targetsOf(ours, breaches, reachable),
  };
  return {
    ...evaluation,
    text: textOf({ evaluation, days, ours, ablations, baselines, floors, crossed, breaches, reachable }),
  };
}

async function modelOf({ model, modelsDir }: EvaluationRequest): Promise<Model> {
  const stored =
    model === undefined ? await readModelFile(fileURLToPath(shippedModel), true) : await findModel(modelsDir, model);
  if (stored.kind === 'failure') return stored.model;
  throw new CliError(
    'usage-invalid',
    `${stored.path} is a network of another kind; valid is a model of failure scores`,
  );
}

/** How many breaches the recording lets anybody name, by reading. */
function ceilings(days: readonly JudgedDay[]): Reachable {
  const count = (holds: (day: JudgedDay, breach: JudgedDay['breaches'][number]) => boolean) =>
    days.reduce((sum, day) => sum + day.breaches.filter((breach) => holds(day, breach)).length, 0);
  const isMeasured = (reading: Reading) =>
    count((day, breach) => windowsOf(reading, breach, windowTimes(day.folded), windowMsOf(day)).length > 0);
  const isSeen = (reading: Reading) =>
    count(({ day, folded }, breach) => isVisible(reading, breach, day.metrics, folded));
  const by = (of: (reading: Reading) => number) => ({
    before: of('before'),
    byScrape: of('byScrape'),
    nextScrape: of('nextScrape'),
  });
  return { measured: by(isMeasured), visible: by(isSeen) };
}

/** AS@k is asked of the systems together; where there is nothing to measure a target is not met. */
function targetsOf(
  { overall, falseAlarmsPerHour, named }: Judgement,
  breaches: number,
  reachable: Reachable,
): Target[] {
  const share = (count: number) => (breaches === 0 ? null : rounded(count / breaches));
  const at = (k: 1 | 3, value: number): Target => ({
    figure: `AS@${k}`,
    target: `above ${(100 * (k === 1 ? targets.at1 : targets.at3)).toFixed(1)} %`,
    measured: overall.faults === 0 ? null : rounded(value),
    met: overall.faults > 0 && value > (k === 1 ? targets.at1 : targets.at3),
  });
  const lead = (figure: string, count: number): Target => ({
    figure,
    target: `at least ${100 * targets.named} %`,
    measured: share(count),
    met: breaches > 0 && count / breaches >= targets.named,
  });
  return [
    at(1, overall.at1),
    at(3, overall.at3),
    {
      figure: 'false alarms an hour in fault-free hours',
      target: `at most ${falseAlarmsPerHourMax}`,
      measured: falseAlarmsPerHour === null ? null : rounded(falseAlarmsPerHour),
      met: falseAlarmsPerHour !== null && falseAlarmsPerHour <= falseAlarmsPerHourMax,
    },
    lead(
      `breaches named by a scrape before the one that shows them (${reachable.measured.before} of ${breaches} have one)`,
      named.before,
    ),
    lead('breaches named by the scrape that first shows them', named.byScrape),
  ];
}
