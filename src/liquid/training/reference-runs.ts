import { createReferenceFleet, Random, randomFaults } from '../../fleet/reference/index.ts';
import { type Circumstances, SurroundedFleet } from './circumstances.ts';
import { type Recording, recordingOf, recordWindows } from './recording.ts';
import { snapshotsOf } from './windows.ts';

export type Split = 'training' | 'validation' | 'test';

/** One run of the reference fleet; every number of it is data, so that a model file can say what it was trained on. */
export interface ReferenceRun {
  readonly split: Split;
  /** Of the fleet and of its faults. No two runs share one. */
  readonly seed: number;
  readonly agents: number;
  readonly heartbeatMs: number;
  readonly windowMs: number;
  readonly minutes: number;
  /** Mean time between faults; null: none at all. */
  readonly faultEveryMs: number | null;
  /** What surrounds the fleet; nothing unless given. */
  readonly circumstances?: Circumstances;
}

/** Sizes of test fleets occur in no other split. */
const SIZES: Readonly<Record<Split, readonly number[]>> = {
  training: [8, 12, 20, 30, 40, 60],
  validation: [10, 20, 30, 40, 60],
  test: [15, 25, 50, 100],
};

/** Window, heartbeat and length; the default fleet's window comes most often. Heartbeats may be rarer than windows. */
const RHYTHMS: readonly { readonly windowMs: number; readonly heartbeatMs: number; readonly minutes: number }[] = [
  { windowMs: 1000, heartbeatMs: 1000, minutes: 12 },
  { windowMs: 1000, heartbeatMs: 500, minutes: 12 },
  { windowMs: 1000, heartbeatMs: 1000, minutes: 12 },
  { windowMs: 2000, heartbeatMs: 1000, minutes: 20 },
  { windowMs: 1000, heartbeatMs: 1000, minutes: 12 },
  { windowMs: 1000, heartbeatMs: 2000, minutes: 12 },
  { windowMs: 5000, heartbeatMs: 2500, minutes: 30 },
  { windowMs: 10_000, heartbeatMs: 5000, minutes: 45 },
];

/** Faults from rare to often; every fifth run has none, so that peace is learned too. */
const FAULTS_EVERY_MS: readonly (number | null)[] = [60_000, 120_000, 45_000, null, 90_000];

/** Runs of the three splits. The same seed gives the same list, and a longer list begins with a shorter one of its split. */
export function referenceRuns(seed: number, counts: Readonly<Record<Split, number>>): readonly ReferenceRun[] {
  const splits: readonly Split[] = ['training', 'validation', 'test'];
  return splits.flatMap((split, s) =>
    Array.from({ length: counts[split] }, (_, i): ReferenceRun => {
      const random = new Random(seed, `${split} run ${i}`);
      return {
        split,
        seed: (s + 1) * 1_000_000 + 10_000 * seed + i,
        agents: random.pick(SIZES[split]),
        ...RHYTHMS[i % RHYTHMS.length],
        faultEveryMs: FAULTS_EVERY_MS[i % FAULTS_EVERY_MS.length],
      };
    }),
  );
}

/** Long windows, as metrics come that are scraped once or twice a minute. */
const SLOW_RHYTHMS: typeof RHYTHMS = [
  { windowMs: 30_000, heartbeatMs: 15_000, minutes: 120 },
  { windowMs: 60_000, heartbeatMs: 60_000, minutes: 240 },
];

/**
 * Runs in circumstances: every other one in windows of 30 or 60 s, the rest in the rhythms of `referenceRuns`; hosts that are busy, latencies with noise and
 * slow networks beside the fleet's own faults. Their seeds are none of `referenceRuns`. The same promises hold.
 */
export function surroundedRuns(seed: number, counts: Readonly<Record<Split, number>>): readonly ReferenceRun[] {
  return referenceRuns(seed, counts).map((run): ReferenceRun => {
    // Place in its split, as seeds rise by one.
    const r = run.seed % 10_000;
    const random = new Random(run.seed, 'surrounded run');
    const slow = r % 2 === 0 ? SLOW_RHYTHMS[(r >> 1) % SLOW_RHYTHMS.length] : null;
    const rhythm = slow ?? { windowMs: run.windowMs, heartbeatMs: run.heartbeatMs, minutes: run.minutes };
    // As many faults to a window as in the other runs would leave no peace in long ones.
    const stretch = slow === null ? 1 : slow.windowMs / 6000;
    return {
      ...run,
      ...rhythm,
      seed: run.seed + 500_000_000,
      faultEveryMs: run.faultEveryMs === null ? null : run.faultEveryMs * stretch,
      circumstances: {
        busyShare: random.between(0, 0.6),
        noise: random.between(0, 0.4),
        slowNetworkEveryMs: run.faultEveryMs === null ? null : 2 * run.faultEveryMs * stretch,
      },
    };
  });
}

const START_MS = 1_700_000_000_000;
/** Baselines need some windows before they tell a deviation; the first faults come after that. */
const QUIET_WINDOWS = 20;

/** Plays a run in virtual time through the snapshot fold and reads it as the network will. */
export function recordReferenceRun(
  run: ReferenceRun,
  horizonMs: number,
  elapsedUnits: (ms: number) => number,
): Recording {
  const { seed, agents, heartbeatMs, windowMs, minutes, faultEveryMs, circumstances } = run;
  const endMs = START_MS + minutes * 60_000;
  const fromMs = START_MS + QUIET_WINDOWS * windowMs;
  const faults =
    faultEveryMs === null ? [] : randomFaults({ seed, agents, fromMs, toMs: endMs, everyMs: faultEveryMs });
  const names = { tenant: 'reference', fleet: `run-${seed}` };
  const fleet = createReferenceFleet({ seed, ...names, agents, startMs: START_MS, heartbeatMs, faults });
  const source =
    circumstances === undefined
      ? fleet
      : new SurroundedFleet(fleet, circumstances, { seed, fromMs, toMs: endMs, windowMs });
  const windows = recordWindows(snapshotsOf(source, { ...names, startMs: START_MS, endMs, windowMs }));
  const peaceful = faults.length === 0;
  return recordingOf(
    { name: names.fleet, windowMs, horizonMs, windows, failures: source.failures(), peaceful },
    elapsedUnits,
  );
}
