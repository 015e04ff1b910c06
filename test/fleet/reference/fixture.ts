import type { Heartbeat, Interaction, InterventionKind } from '../../../schemas/records.ts';
import {
  createReferenceFleet,
  type Fault,
  type FaultKind,
  type ReferenceFleet,
} from '../../../src/fleet/reference/index.ts';

export const START_MS = 1_700_000_000_000;

/** A time in s of virtual time after the start, in ms since the epoch. */
export function at(seconds: number): number {
  return START_MS + 1000 * seconds;
}

export function create(seed: number, agents: number, faults: readonly Fault[] = []): ReferenceFleet {
  return createReferenceFleet({
    seed,
    tenant: 'acme',
    fleet: 'crew',
    agents,
    startMs: START_MS,
    heartbeatMs: 1000,
    faults,
  });
}

/** A fault from second 20 to second 100 with a ramp of 10 s. */
export function fault(kind: FaultKind, agent: string, severity: number, fields: Partial<Fault> = {}): Fault {
  return { id: `${kind}-${agent}`, kind, agent, fromMs: at(20), toMs: at(100), rampMs: 10_000, severity, ...fields };
}

export function intervention(
  kind: InterventionKind,
  targets: readonly string[],
  parameters: Record<string, number> = {},
) {
  const named = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  return { id: `${kind}-${targets.join('-')}`, kind, targets, parameters: named, expiresMs: at(90) };
}

/** Means of what one agent said of itself between two seconds; null where it said nothing. */
export interface Said {
  readonly heartbeats: number;
  readonly latencyMs: number | null;
  readonly trafficPerS: number | null;
  readonly errorRate: number | null;
  readonly saturation: number | null;
}

export function said(heartbeats: readonly Heartbeat[], agent: string, fromS: number, toS: number): Said {
  const own = heartbeats.filter((h) => h.agent === agent && h.timeMs > at(fromS) && h.timeMs <= at(toS));
  return {
    heartbeats: own.length,
    latencyMs: mean(own.map((h) => h.signals.latencyMs)),
    trafficPerS: mean(own.map((h) => h.signals.trafficPerS)),
    errorRate: mean(own.map((h) => h.signals.errorRate)),
    saturation: mean(own.map((h) => h.signals.saturation)),
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}

/** Share of the calls to an agent that failed between two seconds, as its callers saw it, and their number a second. */
export function callsTo(interactions: readonly Interaction[], callee: string, fromS: number, toS: number) {
  const calls = interactions.filter((i) => i.callee === callee && i.timeMs > at(fromS) && i.timeMs <= at(toS));
  const count = calls.reduce((sum, i) => sum + i.count, 0);
  return { perS: count / (toS - fromS), errorRate: calls.reduce((sum, i) => sum + i.errors, 0) / Math.max(count, 1) };
}
