/** Who is to blame for a failed run, and at which step it was lost, by a choice among the run's steps. */
import { candidatesOf } from './candidates.ts';
import { choiceProbabilities } from './choice-model.ts';
import type { Run, TeamForm } from './run.ts';

/** Weights of the features of `featureNames`, by the form of the team. */
export type ChoiceWeights = Readonly<Record<TeamForm, readonly number[]>>;

export interface Attribution {
  /** Steps by their index in the run, likeliest first; probabilities add up to 1. Empty where the run has no candidate. */
  readonly steps: readonly { readonly index: number; readonly probability: number }[];
  /** Agents, likeliest first; an agent's probability is the sum of its steps'. */
  readonly agents: readonly { readonly agent: string; readonly probability: number }[];
}

export function attribute(run: Run, weights: ChoiceWeights): Attribution {
  const { form, indices, x } = candidatesOf(run);
  return rankedBy(run, indices, choiceProbabilities(weights[form], { rows: indices.length, x }));
}

/** The attribution that the probabilities of some steps make. Equal ones stay in the order of the run. */
export function rankedBy(run: Run, indices: readonly number[], probabilities: ArrayLike<number>): Attribution {
  const byAgent = new Map<string, number>();
  for (const [i, index] of indices.entries()) {
    const { speaker } = run.steps[index];
    byAgent.set(speaker, (byAgent.get(speaker) ?? 0) + probabilities[i]);
  }
  return {
    steps: indices
      .map((index, i) => ({ index, probability: probabilities[i] }))
      .sort((a, b) => b.probability - a.probability),
    agents: Array.from(byAgent, ([agent, probability]) => ({ agent, probability })).sort(
      (a, b) => b.probability - a.probability,
    ),
  };
}
