/**
 * The catalogue of interventions: for each kind what it takes, how long it lasts, how it is undone, what it costs and which trouble it fits.
 * Whoever reads a proposal, validator or actuator, finds the meaning of its parameters here.
 */
import type { InterventionKind } from '../../schemas/records.ts';

export type Kind = Exclude<InterventionKind, 'UNKNOWN'>;

/**
 * What is the matter with an agent or a cell.
 * SILENT: no heartbeats. RETRY_STORM: traffic and errors both up. OVERLOAD: saturation or latency up, and traffic. SLOW: the same without
 * traffic. ERRORS: errors up, with no peer to blame. FOREIGN_PEER: the peer to blame is in another cell. UNEXPLAINED: a high score without a
 * signal that stands out. CASCADE: the cell, not one agent.
 */
export type Trouble =
  | 'SILENT'
  | 'RETRY_STORM'
  | 'OVERLOAD'
  | 'SLOW'
  | 'ERRORS'
  | 'FOREIGN_PEER'
  | 'UNEXPLAINED'
  | 'CASCADE';

export interface ParameterSpec {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

export interface CatalogueEntry {
  readonly kind: Kind;
  readonly does: string;
  /** All of them are given in a proposal, by name in ascending order. */
  readonly parameters: readonly ParameterSpec[];
  /** How long it usually lasts, in ms; the policy may shorten it. */
  readonly lifetimeMs: number;
  /** How it is undone, in words an operator can follow. */
  readonly undo: string;
  /** False: it tells people and changes nothing, so it counts neither as blast radius nor as an agent's cooldown. */
  readonly touches: boolean;
  /** True: less traffic at the targets is the purpose, not trouble. */
  readonly lowersTraffic: boolean;
  /** Time from its application until its effect can show, in ms, where that is longer than a window or two. */
  readonly settleMs: number;
  /** True: nobody calls the targets while it lasts, so whether it helped is seen at their callers too. */
  readonly movesCallers: boolean;
  /**
   * Capacity forgone while it lasts, as a share of the one target's own, 0 to 1, had the target stayed healthy. The planner weighs it by the
   * target's probability of staying healthy: what would have failed anyway is not forgone.
   */
  forgone(parameters: Readonly<Record<string, number>>, lifetimeMs: number): number;
  /**
   * The trouble it fits, and the share of the failures at stake that it is expected to avoid, 0 to 1; a trouble that is not named is not treated with
   * it. These are priors, worth a few outcomes each (effects.ts): about two thirds of what test/interventions/measure-priors.ts measured on the
   * reference fleet, whose peers have more headroom than others' may; those of ESCALATE are small, so that it is what remains.
   */
  readonly fits: Readonly<Partial<Record<Trouble, number>>>;
}

/** Time from a restart order until the agent serves again as before, in ms. */
const restartDownMs = 10_000;

const throttle: CatalogueEntry = {
  kind: 'THROTTLE',
  does: 'lets only a share of the traffic reach the targets',
  parameters: [{ name: 'keep', unit: 'share', min: 0.05, max: 0.95, meaning: 'share of the traffic let through' }],
  lifetimeMs: 60_000,
  undo: 'Lift the limit on the targets: let all of their traffic through again.',
  touches: true,
  lowersTraffic: true,
  settleMs: 0,
  movesCallers: false,
  forgone: ({ keep }) => 1 - keep,
  fits: { OVERLOAD: 0.6, RETRY_STORM: 0.6, SLOW: 0.35 },
};

const isolate: CatalogueEntry = {
  kind: 'ISOLATE',
  does: 'lets no traffic reach the targets; their callers fail fast',
  parameters: [],
  lifetimeMs: 60_000,
  undo: 'Put the targets back: let their callers reach them again.',
  touches: true,
  lowersTraffic: true,
  settleMs: 0,
  movesCallers: true,
  forgone: () => 1,
  fits: { ERRORS: 0.65, SLOW: 0.5, SILENT: 0.4 },
};

const reroute: CatalogueEntry = {
  kind: 'REROUTE',
  does: "sends the targets' traffic to healthy peers of the same role",
  parameters: [],
  lifetimeMs: 60_000,
  undo: 'Send the traffic back to the targets.',
  touches: true,
  lowersTraffic: true,
  settleMs: 0,
  movesCallers: true,
  forgone: () => 1,
  fits: { SLOW: 0.65, ERRORS: 0.6, RETRY_STORM: 0.5, SILENT: 0.45, OVERLOAD: 0.45 },
};

const restart: CatalogueEntry = {
  kind: 'RESTART',
  does: 'starts the targets anew',
  parameters: [],
  lifetimeMs: 60_000,
  undo: 'A restart cannot be undone; stop the targets by hand if they come up worse than before.',
  touches: true,
  lowersTraffic: false,
  settleMs: restartDownMs,
  movesCallers: false,
  forgone: (_parameters, lifetimeMs) => Math.min(1, restartDownMs / lifetimeMs),
  fits: { SILENT: 0.65, SLOW: 0.25, ERRORS: 0.1 },
};

const escalate: CatalogueEntry = {
  kind: 'ESCALATE',
  does: 'tells people',
  parameters: [{ name: 'urgency', unit: 'level', min: 1, max: 2, meaning: '1: look at it in working hours, 2: now' }],
  lifetimeMs: 300_000,
  undo: 'Tell the people who were called that the trouble is over.',
  touches: false,
  lowersTraffic: false,
  settleMs: 0,
  movesCallers: false,
  forgone: () => 0,
  fits: {
    CASCADE: 0.15,
    FOREIGN_PEER: 0.15,
    UNEXPLAINED: 0.1,
    SILENT: 0.05,
    ERRORS: 0.05,
    SLOW: 0.05,
    OVERLOAD: 0.05,
    RETRY_STORM: 0.05,
  },
};

/** In the order that settles ties. */
export const catalogue: readonly CatalogueEntry[] = [throttle, reroute, restart, isolate, escalate];

const byKind = new Map<string, CatalogueEntry>(catalogue.map((entry) => [entry.kind, entry]));

/** Null for a kind that the catalogue does not know. */
export function findKind(kind: string): CatalogueEntry | null {
  return byKind.get(kind) ?? null;
}

/** True where decisions of this kind change something at their targets; a kind nobody knows is taken to. */
export function touchesTargets(kind: string): boolean {
  return byKind.get(kind)?.touches ?? true;
}
