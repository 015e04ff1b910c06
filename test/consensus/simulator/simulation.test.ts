/**
 * Several hundred short runs under fresh seeds (SIM_SCALE=N for N times as many), and the proof that the checkers notice bugs. SIM_SEED=N starts from a given seed; a
 * failure names the seed that repeats it.
 */
import { expect, test } from 'vitest';
import { PLANTED_BUGS } from '../../../src/consensus/simulator/bugs.ts';
import { FAULTS } from '../../../src/consensus/simulator/faults.ts';
import { type SimulationOptions, simulate } from '../../../src/consensus/simulator/simulation.ts';

const firstSeed = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));

const scale = Number(process.env.SIM_SCALE ?? 1);

function runAll(runs: number, options: Omit<SimulationOptions, 'seed'>) {
  let committed = 0;
  const count = runs * scale;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const result = simulate({ ...options, seed });
    committed += result.committed;
    const { violations, stalled } = result;
    expect({ seed, violations, stalled }, `SIM_SEED=${seed} repeats it`).toEqual({
      seed,
      violations: [],
      stalled: false,
    });
  }
  return committed;
}

test.each(FAULTS)('validators agree and go on under %s', (fault) => {
  expect(runAll(40, { faults: [fault] })).toBeGreaterThan(0);
});

test('four validators agree and go on under everything at once', () => {
  expect(runAll(300, {})).toBeGreaterThan(0);
});

test.each([1, 2, 3, 5, 7, 10])('%i validators do too', (replicas) => {
  expect(runAll(15, { replicas })).toBeGreaterThan(0);
});

test('the same seed gives the same run', () => {
  for (let seed = firstSeed; seed < firstSeed + 20; seed++) expect(simulate({ seed })).toEqual(simulate({ seed }));
});

test.each(PLANTED_BUGS)('the checkers notice the planted bug $bug', ({ rules }) => {
  // These seeds are fixed: a rare schedule should not fail the build at random.
  for (let seed = 1; seed <= 400; seed++) {
    const { violations, stalled } = simulate({ seed, rules });
    if (violations.length > 0 || stalled) return;
  }
  expect.fail('no run noticed it');
});
