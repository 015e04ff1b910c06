import { FleetError } from '../errors.ts';
import { type Role, roster } from './layout.ts';
import { Random } from './random.ts';

/**
 * What can be wrong with an agent. `severity` is the peak, reached after the ramp:
 * - slow: its own service times are multiplied by it
 * - leak: memory fills from start to end, and service times grow with its square up to `severity` times; at the end it runs out of memory and
 *   starts anew. A restart ends it early
 * - dead: it is slow by `severity` during the ramp, then gone: no answers, no heartbeats, until the end or a restart
 * - overload: so many times its nominal load arrives from outside in addition
 * - retry-storm: its service times are multiplied by `severity`, and its callers wait half as long and retry up to ten times with hardly a pause
 * - bad-peer: this share of its answers are quick errors
 */
export const FAULT_KINDS = ['slow', 'leak', 'dead', 'overload', 'retry-storm', 'bad-peer'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly agent: string;
  /** Start of the ramp, in ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Time from nothing to the peak, in ms; 0 is at once. A leak has no ramp but itself. */
  readonly rampMs: number;
  readonly severity: number;
}

export type FaultSchedule = readonly Fault[];

const SEVERITY_RANGE: Readonly<Record<FaultKind, readonly [number, number]>> = {
  slow: [1, 1000],
  leak: [1, 1000],
  dead: [1, 1000],
  overload: [0, 100],
  'retry-storm': [1, 1000],
  'bad-peer': [0, 1],
};

/** @throws FleetError REFERENCE_OPTION_INVALID */
export function checkFault(fault: Fault): void {
  const [low, high] = SEVERITY_RANGE[fault.kind];
  if (!(fault.severity >= low && fault.severity <= high)) {
    throw new FleetError(
      'REFERENCE_OPTION_INVALID',
      `severity of fault ${fault.id} (${fault.kind}) is ${fault.severity}; valid is ${low} to ${high}`,
    );
  }
  if (!(fault.toMs > fault.fromMs && fault.rampMs >= 0)) {
    throw new FleetError(
      'REFERENCE_OPTION_INVALID',
      `fault ${fault.id} lasts from ${fault.fromMs} to ${fault.toMs} with a ramp of ${fault.rampMs} ms; valid is an end after the start and a ramp of 0 or more`,
    );
  }
}

/** How far a fault has come at a time, 0 to 1. */
export function progress(fault: Fault, nowMs: number): number {
  const lengthMs = fault.kind === 'leak' ? fault.toMs - fault.fromMs : fault.rampMs;
  return lengthMs <= 0 ? 1 : Math.min(Math.max((nowMs - fault.fromMs) / lengthMs, 0), 1);
}

/** What the fault multiplies its agent's service times by at a time. */
export function serviceFactor(fault: Fault, nowMs: number): number {
  const p = progress(fault, nowMs);
  switch (fault.kind) {
    case 'slow':
    case 'dead':
    case 'retry-storm':
      return 1 + (fault.severity - 1) * p;
    case 'leak':
      return 1 + (fault.severity - 1) * p * p;
    case 'overload':
    case 'bad-peer':
      return 1;
  }
}

export interface RandomFaultsOptions {
  readonly seed: number;
  /** Size of the fleet. */
  readonly agents: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Mean time between the starts of two faults, in ms. */
  readonly everyMs: number;
  /** Kinds to choose from, a kind named twice twice as often; all of them unless given. */
  readonly kinds?: readonly FaultKind[];
}

const SEVERITIES: Readonly<Record<FaultKind, readonly [number, number]>> = {
  slow: [5, 15],
  leak: [8, 20],
  dead: [2, 5],
  overload: [2, 5],
  'retry-storm': [3, 6],
  'bad-peer': [0.6, 1],
};

/** Where each kind strikes: a slow store is what makes a cascade, so these are struck more often than their number tells. */
const TARGET_ROLES: Readonly<Record<FaultKind, readonly Role[]>> = {
  slow: ['planner', 'worker', 'tool', 'store', 'store'],
  leak: ['planner', 'worker', 'tool', 'store'],
  dead: ['gateway', 'planner', 'worker', 'tool', 'store'],
  overload: ['gateway', 'planner', 'worker', 'tool', 'store'],
  'retry-storm': ['planner', 'worker', 'tool', 'store'],
  'bad-peer': ['planner', 'worker', 'tool', 'store'],
};

/**
 * Faults at random times, with exponential gaps, each of 30 to 90 s after a ramp of 10 to 40 s; one death in three comes without warning.
 * Deterministic in its options. Two faults may overlap, but never on one agent.
 */
export function randomFaults(options: RandomFaultsOptions): FaultSchedule {
  const { seed, agents, fromMs, toMs, everyMs, kinds = FAULT_KINDS } = options;
  if (!(everyMs >= 100) || kinds.length === 0) {
    throw new FleetError(
      'REFERENCE_OPTION_INVALID',
      `everyMs is ${everyMs} and kinds has ${kinds.length} entries; valid is at least 100 ms and one kind`,
    );
  }
  const random = new Random(seed, 'faults');
  const members = roster(agents);
  const busyUntilMs = new Map<string, number>();
  const faults: Fault[] = [];
  for (let at = fromMs + random.exponential(everyMs); at < toMs; at += random.exponential(everyMs)) {
    const kind = random.pick(kinds);
    const role = random.pick(TARGET_ROLES[kind]);
    const { agent } = random.pick(members.filter((member) => member.role === role));
    const sudden = kind === 'dead' && random.uniform() < 1 / 3;
    const rampMs = sudden ? 0 : random.between(10_000, 40_000);
    const lengthMs = rampMs + random.between(30_000, 90_000);
    const severity = random.between(...SEVERITIES[kind]);
    const start = Math.round(at);
    if (start < (busyUntilMs.get(agent) ?? Number.NEGATIVE_INFINITY)) continue;
    const end = start + Math.round(lengthMs);
    // An agent needs some time to recover before it is struck again, or there would be no normal state to return to.
    busyUntilMs.set(agent, end + 60_000);
    const id = `fault-${faults.length}`;
    faults.push({ id, kind, agent, fromMs: start, toMs: end, rampMs: Math.round(rampMs), severity });
  }
  return faults;
}
