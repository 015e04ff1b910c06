import { rankedBy } from '../../../liquid/attribution/attribute.ts';
import { type Candidates, candidatesOf } from '../../../liquid/attribution/candidates.ts';
import type { TeamForm } from '../../../liquid/attribution/run.ts';
import type { Random } from '../../../liquid/parameters.ts';
import type { FaultyRun } from './floors.ts';
import type { Method } from './methods.ts';
import { type Hits, hitsOf } from './scores.ts';

/** A run with its candidates. */
export interface Case {
  readonly faulty: FaultyRun;
  readonly form: TeamForm;
  readonly candidates: Candidates;
  /** The candidate at fault; -1 where the step at fault is none. */
  readonly chosen: number;
}

export function caseOf(faulty: FaultyRun): Case {
  const { form, ...candidates } = candidatesOf(faulty.run);
  return { faulty, form, candidates, chosen: candidates.indices.indexOf(faulty.fault.step) };
}

/**
 * Hits by case, each by a fit on the other folds' runs of its form of team. Cases are dealt to the folds at random; as many folds as cases of a form is
 * leave-one-out. A form of fewer than four runs whose mistake is one of several candidates is left to chance: there is nothing to fit.
 */
export function crossValidate(cases: readonly Case[], folds: number, method: Method, random: Random): readonly Hits[] {
  const hits = new Map<Case, Hits>();
  for (const form of ['group', 'led'] as const) {
    const dealt = shuffled(
      cases.filter((one) => one.form === form),
      random,
    );
    for (let fold = 0; fold < Math.min(folds, dealt.length); fold++) {
      const training = dealt.filter((one, i) => i % folds !== fold && one.chosen >= 0);
      const choose =
        training.filter(({ candidates }) => candidates.indices.length > 1).length < 4
          ? ({ indices }: Candidates) => indices.map(() => 1)
          : method(
              form,
              training.map(({ candidates, chosen }) => ({ ...candidates, chosen })),
              random,
            );
      for (const one of dealt.filter((_, i) => i % folds === fold)) {
        const { run, fault } = one.faulty;
        hits.set(one, hitsOf(rankedBy(run, one.candidates.indices, choose(one.candidates)), fault));
      }
    }
  }
  return cases.flatMap((one) => hits.get(one) ?? []);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
