/**
 * Whole clusters with validators to spare, where weights make a difference (with 3f + 1 they make none; these sizes run in
 * ../simulator). Fresh seeds; SIM_SEED=N starts from a given one, and SIM_SCALE=N runs N times as many.
 */
import { expect, test } from 'vitest';
import { MODELS } from '../../../src/consensus/simulator/models.ts';
import { simulate } from '../../../src/consensus/simulator/simulate.ts';

const firstSeed = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));
const runs = 25 * Number(process.env.SIM_SCALE ?? 1);

test.each([5, 6, 8, 9])(
  'Lemma 9 (lock) and Theorem (agreement, liveness) hold in %i validators under everything at once',
  (replicas) => {
    let committed = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const { violations, stalled, committed: decided } = simulate(MODELS.weighted, { seed, replicas });
      expect({ seed, violations, stalled }, `SIM_SEED=${seed} repeats it`).toEqual({
        seed,
        violations: [],
        stalled: false,
      });
      committed += decided;
    }
    expect(committed).toBeGreaterThan(0);
  },
);

test.each(MODELS.weighted.bugs)('the checkers notice the planted bug %s with 4 validators and with 5', (bug) => {
  for (const replicas of [4, 5]) {
    const noticed = Array.from({ length: 100 }, (_, i) => i + 1).find((seed) => {
      const { violations, stalled } = simulate(MODELS.weighted, { seed, replicas, bug });
      return violations.length > 0 || stalled;
    });
    expect(noticed, `${replicas} validators`).toBeDefined();
  }
});
