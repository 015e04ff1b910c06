/**
 * Some thousands of short runs under fresh seeds, which are printed (SIM_SEED=N starts from a given one, SIM_SCALE=N runs N times as
 * many), and the proof that the checkers notice bugs.
 */
import { describe, expect, test } from 'vitest';
import { PLANTED_BUGS } from '../../../src/consensus/simulator/bugs.ts';
import { FAULTS } from '../../../src/consensus/simulator/incidents.ts';
import { MODELS } from '../../../src/consensus/simulator/models.ts';
import { failed } from '../../../src/consensus/simulator/shrink.ts';
import { type RunOptions, simulate } from '../../../src/consensus/simulator/simulate.ts';

const firstSeed = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));
const scale = Number(process.env.SIM_SCALE ?? 1);
console.info(`simulated runs from seed ${firstSeed}`);

function runAll(protocol: string, runs: number, options: Omit<RunOptions, 'seed'>): number {
  let committed = 0;
  const count = runs * scale;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const result = simulate(MODELS[protocol], { ...options, seed });
    committed += result.committed;
    const { violations, stalled } = result;
    expect({ violations, stalled }, `SIM_SEED=${seed} repeats it, and aura simulate --protocol ${protocol}`).toEqual({
      violations: [],
      stalled: false,
    });
  }
  return committed;
}

describe.each(Object.keys(MODELS))('%s', (protocol) => {
  // Processes are shared around a log alone.
  const faults = FAULTS.filter((fault) => fault !== 'hosted' || MODELS[protocol].channel === 'log');
  test.each(faults)('agrees and goes on under %s', (fault) => {
    expect(runAll(protocol, 20, { faults: [fault] })).toBeGreaterThan(0);
  });

  test('agrees and goes on under everything at once', () => {
    expect(runAll(protocol, 300, {})).toBeGreaterThan(0);
  });

  test.each([1, 2, 3, 5, 6, 7, 10])('does so with %i validators', (replicas) => {
    expect(runAll(protocol, 6, { replicas })).toBeGreaterThan(0);
  });

  test('runs alike under the same seed', () => {
    for (let seed = firstSeed; seed < firstSeed + 5; seed++)
      expect(simulate(MODELS[protocol], { seed })).toEqual(simulate(MODELS[protocol], { seed }));
  });
});

/** The rarest takes some 2000 runs, and other tests run beside it. ms */
const BUG_HUNT_MS = 120_000;

test.each(PLANTED_BUGS)(
  'the checkers notice the planted bug $bug of $protocol',
  { timeout: BUG_HUNT_MS },
  ({ protocol, bug }) => {
    // These seeds are fixed: a rare schedule should not fail the build at random.
    for (let seed = 1; seed <= 1500; seed++) if (failed(simulate(MODELS[protocol], { seed, bug }))) return;
    // Some need two liars.
    for (let seed = 1; seed <= 500; seed++) if (failed(simulate(MODELS[protocol], { seed, bug, replicas: 7 }))) return;
    expect.fail('no run noticed it');
  },
);

test.each([
  // A liar told one replica alone what made it leave the round; the others were never told, and waited for ever.
  { protocol: 'tendermint', replicas: 7, seed: 68146921 },
  // The one process that was locked sat out, as its turn had failed before: nobody else proposed its block.
  { protocol: 'tendermint', replicas: 4, seed: 155920657 },
  // A fast clock gave up every round before the locked process had come to it, and never voted for its block.
  { protocol: 'tendermint', replicas: 7, seed: 5070782 },
  // A leader waited half a timeout before it tried again, and a clock twice as fast had given the view up by then, every time.
  { protocol: 'hotstuff', replicas: 7, seed: 3007873 },
  // Replicas that a lying and a crashed leader had made patient waited 25 s in a view, and one that had started again could do nothing alone.
  { protocol: 'weighted', replicas: 4, seed: 5030924 },
  { protocol: 'weighted', replicas: 4, seed: 5080744 },
  // A liar named a decided proposal under the offset of an open one, which all but one replica then forgot.
  { protocol: 'pbft', replicas: 4, seed: 91000898 },
])(
  '$protocol with $replicas validators goes on under seed $seed, where it once did not',
  ({ protocol, ...options }) => {
    // What the seeds met, before there were shared processes.
    const faults = FAULTS.filter((fault) => fault !== 'hosted');
    expect(simulate(MODELS[protocol], { ...options, faults })).toMatchObject({ violations: [], stalled: false });
  },
);

test('at least twenty bugs can be planted', () => {
  expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
});
