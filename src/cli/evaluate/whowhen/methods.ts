/** Ways to choose a step, each fitted on labelled runs of one form of team. All read the same features. */
import { type Candidates, featureNames } from '../../../liquid/attribution/candidates.ts';
import { choiceProbabilities, fitChoice } from '../../../liquid/attribution/choice-model.ts';
import { fitLiquidChoice, type LabelledCandidates } from '../../../liquid/attribution/liquid-choice.ts';
import type { TeamForm } from '../../../liquid/attribution/run.ts';
import { fitLogistic, logisticLogOdds } from '../../../liquid/logistic.ts';
import type { Random } from '../../../liquid/parameters.ts';
import type { VariantName } from '../../../liquid/variants.ts';

/** Probabilities of a run's candidates, up to a common factor. */
export type Chooser = (candidates: Candidates) => ArrayLike<number>;
export type Method = (form: TeamForm, training: readonly LabelledCandidates[], random: Random) => Chooser;

/** Features that tell no more than where a step stands and that a terminal or a leader is none to blame. */
const positions: Readonly<Record<TeamForm, readonly string[]>> = {
  group: ['kickoff', 'order'],
  led: ['worker', 'order', 'last turn'],
};

/** The log-linear choice, on all features but those left out. */
export function logLinear(ridge: number, leftOut: (form: TeamForm, feature: string) => boolean = () => false): Method {
  return (form, training) => {
    const kept = featureNames[form].flatMap((name, k) => (leftOut(form, name) ? [] : [k]));
    const reduce = ({ indices, x }: Candidates) => columns(x, indices.length, featureNames[form].length, kept);
    const sets = training.map((one) => ({ rows: one.indices.length, x: reduce(one), chosen: one.chosen }));
    const weights = fitChoice(sets, kept.length, ridge);
    return (candidates) => choiceProbabilities(weights, { rows: candidates.indices.length, x: reduce(candidates) });
  };
}

export const positionOnly = (ridge: number): Method =>
  logLinear(ridge, (form, feature) => !positions[form].includes(feature));

/** Every step judged by itself: is it the mistake or not. */
export function stepwiseLogistic(ridge: number): Method {
  return (form, training) => {
    const width = featureNames[form].length;
    const x = training.flatMap((one) => Array.from(one.x));
    const targets = training.flatMap(({ indices, chosen }) => indices.map((_, i) => Number(i === chosen)));
    const model = fitLogistic(x, targets, width, ridge);
    return (candidates) => candidates.indices.map((_, i) => Math.exp(logisticLogOdds(model, candidates.x, i * width)));
  };
}

export const liquid =
  (variant: VariantName): Method =>
  (form, training, random) =>
    fitLiquidChoice(variant, featureNames[form].length, training, random);

/** Each candidate as likely. */
export const anyCandidate: Method = () => (candidates) => new Float64Array(candidates.indices.length).fill(1);

function columns(x: Float64Array, rows: number, width: number, kept: readonly number[]): Float64Array {
  const reduced = new Float64Array(rows * kept.length);
  for (let i = 0; i < rows; i++) {
    for (const [j, k] of kept.entries()) reduced[i * kept.length + j] = x[i * width + k];
  }
  return reduced;
}
