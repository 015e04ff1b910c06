import { LiquidError } from '../errors.ts';
import type { ChoiceWeights } from './attribute.ts';
import { candidatesOf, featureNames } from './candidates.ts';
import { type ChosenSet, fitChoice } from './choice-model.ts';
import type { Run, TeamForm } from './run.ts';

/** A run and the step that is known to have lost it, as index into the run's steps. */
export interface LabelledRun {
  readonly run: Run;
  readonly step: number;
}

/** A labelled run as the fit reads it; null where its step is no candidate, which no weights can learn from. */
export interface PreparedRun {
  readonly form: TeamForm;
  readonly chosen: ChosenSet | null;
}

export function prepareRun({ run, step }: LabelledRun): PreparedRun {
  const { form, indices, x } = candidatesOf(run);
  const chosen = indices.indexOf(step);
  return { form, chosen: chosen < 0 ? null : { rows: indices.length, x, chosen } };
}

/** Fits the weights of both forms of team. A form without a run gets weights of 0: each of its candidates is as likely. */
export function fitAttribution(runs: readonly PreparedRun[], ridge: number): ChoiceWeights {
  if (!runs.some(({ chosen }) => chosen !== null)) {
    throw new LiquidError('data-insufficient', 'attribution on no labelled run whose step is a candidate');
  }
  return { group: fitForm('group', runs, ridge), led: fitForm('led', runs, ridge) };
}

export function fitForm(form: TeamForm, runs: readonly PreparedRun[], ridge: number): readonly number[] {
  const sets = runs.flatMap((run) => (run.form === form && run.chosen !== null ? [run.chosen] : []));
  const width = featureNames[form].length;
  return sets.length === 0 ? new Array<number>(width).fill(0) : Array.from(fitChoice(sets, width, ridge));
}
