/** Many simulated runs, by their seeds, in slices that a thread can report on. */
import { MODELS } from '../../consensus/simulator/models.ts';
import { failed } from '../../consensus/simulator/shrink.ts';
import { type RunOptions, simulate } from '../../consensus/simulator/simulate.ts';

export interface Batch extends Omit<RunOptions, 'seed'> {
  readonly protocol: string;
  readonly firstSeed: number;
  readonly runs: number;
}

/** What came of some runs. */
export interface Tally {
  readonly runs: number;
  /** Runs with a violation. */
  readonly violations: number;
  readonly stalls: number;
  /** Proposals decided. */
  readonly committed: number;
  readonly blocks: number;
  /** The first seeds that failed. */
  readonly failing: readonly number[];
}

export const NOTHING: Tally = { runs: 0, violations: 0, stalls: 0, committed: 0, blocks: 0, failing: [] };

const FAILING_KEPT = 5;
const REPORT_EVERY_MS = 200;

export function add(a: Tally, b: Tally): Tally {
  return {
    runs: a.runs + b.runs,
    violations: a.violations + b.violations,
    stalls: a.stalls + b.stalls,
    committed: a.committed + b.committed,
    blocks: a.blocks + b.blocks,
    failing: [...a.failing, ...b.failing].sort((x, y) => x - y).slice(0, FAILING_KEPT),
  };
}

/** Carries out every `stride`-th run of the batch from the one numbered `start`, and reports now and then. */
export function* runBatch({ protocol, firstSeed, runs, ...options }: Batch, start = 0, stride = 1): Generator<Tally> {
  const model = MODELS[protocol];
  let tally = NOTHING;
  let reportedMs = performance.now();
  for (let i = start; i < runs; i += stride) {
    const result = simulate(model, { ...options, seed: firstSeed + i });
    const { seed, violations, stalled, committed, blocks } = result;
    tally = add(tally, {
      runs: 1,
      violations: violations.length > 0 ? 1 : 0,
      stalls: stalled ? 1 : 0,
      committed,
      blocks,
      failing: failed(result) ? [seed] : [],
    });
    if (performance.now() - reportedMs < REPORT_EVERY_MS) continue;
    yield tally;
    tally = NOTHING;
    reportedMs = performance.now();
  }
  yield tally;
}
