/** Many simulated runs, by their seeds, in slices that a thread can report on. */
import { FAULTS, type Fault, faultsOf } from '../../consensus/simulator/incidents.ts';
import { MODELS } from '../../consensus/simulator/models.ts';
import { failed } from '../../consensus/simulator/shrink.ts';
import { type RunOptions, simulate } from '../../consensus/simulator/simulate.ts';

export interface Batch extends Omit<RunOptions, 'seed'> {
  readonly protocol: string;
  readonly firstSeed: number;
  readonly runs: number;
}

export interface FaultTally {
  readonly runs: number;
  readonly violations: number;
  readonly stalls: number;
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
  /** By fault: runs in which it happened, alone or with others. */
  readonly byFault: Readonly<Record<Fault, FaultTally>>;
  /** The first seeds that failed. */
  readonly failing: readonly number[];
}

const byFault = (tallyOf: (fault: Fault) => FaultTally): Readonly<Record<Fault, FaultTally>> =>
  Object.fromEntries(FAULTS.map((fault) => [fault, tallyOf(fault)])) as Record<Fault, FaultTally>;

export const NOTHING: Tally = {
  runs: 0,
  violations: 0,
  stalls: 0,
  committed: 0,
  blocks: 0,
  byFault: byFault(() => ({ runs: 0, violations: 0, stalls: 0 })),
  failing: [],
};

const FAILING_KEPT = 5;
const REPORT_EVERY_MS = 200;

export function add(a: Tally, b: Tally): Tally {
  return {
    runs: a.runs + b.runs,
    violations: a.violations + b.violations,
    stalls: a.stalls + b.stalls,
    committed: a.committed + b.committed,
    blocks: a.blocks + b.blocks,
    byFault: byFault((fault) => ({
      runs: a.byFault[fault].runs + b.byFault[fault].runs,
      violations: a.byFault[fault].violations + b.byFault[fault].violations,
      stalls: a.byFault[fault].stalls + b.byFault[fault].stalls,
    })),
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
    const { seed, stalled, committed, blocks } = result;
    const counts = { runs: 1, violations: result.violations.length > 0 ? 1 : 0, stalls: stalled ? 1 : 0 };
    const happened = faultsOf(result.incidents);
    tally = add(tally, {
      ...counts,
      committed,
      blocks,
      byFault: byFault((fault) => (happened.has(fault) ? counts : NOTHING.byFault[fault])),
      failing: failed(result) ? [seed] : [],
    });
    if (performance.now() - reportedMs < REPORT_EVERY_MS) continue;
    yield tally;
    tally = NOTHING;
    reportedMs = performance.now();
  }
  yield tally;
}
