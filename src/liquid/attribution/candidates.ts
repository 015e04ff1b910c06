import { groupCandidates, groupFeatureNames } from './group-features.ts';
import { ledCandidates, ledFeatureNames } from './led-features.ts';
import { type Run, type TeamForm, teamForm } from './run.ts';

/** The steps of a run that may be the decisive mistake, and their features. */
export interface Candidates {
  /** Indices into the run's steps, ascending. */
  readonly indices: readonly number[];
  /** [indices.length, features] row-major. */
  readonly x: Float64Array;
}

export const featureNames: Readonly<Record<TeamForm, readonly string[]>> = {
  group: groupFeatureNames,
  led: ledFeatureNames,
};

/** The candidates of a run by the form of its team; none where nobody but a terminal or the asking person speaks. */
export function candidatesOf(run: Run): Candidates & { readonly form: TeamForm } {
  const form = teamForm(run);
  return { form, ...(form === 'led' ? ledCandidates(run) : groupCandidates(run)) };
}
