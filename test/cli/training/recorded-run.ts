/** A few minutes of a small reference fleet, as snapshots and as the incidents that its owner would have written down. */
import type { Snapshot } from '../../../schemas/records.ts';
import { createReferenceFleet, type Fault } from '../../../src/fleet/reference/index.ts';
import type { FailureSpan } from '../../../src/liquid/training/labels.ts';
import { snapshotsOf } from '../../../src/liquid/training/windows.ts';

export const START_MS = 1_700_000_000_000;

export interface RecordedRun {
  readonly snapshots: readonly Snapshot[];
  readonly failures: readonly FailureSpan[];
  /** As CSV. */
  readonly incidents: string;
}

/** One fault a minute, an agent that grows slow and, every other time, dies, each over before the next. */
export function recordedRun(
  names: { readonly tenant: string; readonly fleet: string },
  { seed = 5, minutes = 13 } = {},
): RecordedRun {
  const agents = 8;
  const endMs = START_MS + minutes * 60_000;
  const plans = createReferenceFleet({ seed, ...names, agents, startMs: START_MS, heartbeatMs: 1000 }).plans;
  const faults = Array.from({ length: minutes - 1 }, (_, i): Fault => {
    const fromMs = START_MS + (i + 1) * 60_000;
    return {
      id: `fault-${i}`,
      kind: i % 2 === 0 ? 'dead' : 'slow',
      agent: plans[i % agents].agent,
      fromMs,
      toMs: fromMs + 20_000,
      rampMs: 8000,
      severity: 12,
    };
  });
  const fleet = createReferenceFleet({ seed, ...names, agents, startMs: START_MS, heartbeatMs: 1000, faults });
  const snapshots = [...snapshotsOf(fleet, { ...names, startMs: START_MS, endMs, windowMs: 1000 })];
  const failures = fleet.failures();
  const iso = (ms: number | null) => (ms === null ? '' : new Date(ms).toISOString());
  const lines = failures.map(({ agent, fromMs, toMs }) => `${agent},${iso(fromMs)},${iso(toMs)}`);
  return { snapshots, failures, incidents: ['agent,from,to', ...lines, ''].join('\n') };
}
