/** What a planner remembers of its cell, and for how long. All times are event times in ms. */
import type { Kind } from './catalogue.ts';
import type { KindEffect } from './effects.ts';

export interface AgentMemory {
  /** Windows in a row with a score of at least the policy's minFailure, this one included. */
  streak: number;
  /** Last time something that touches it was approved; null: never. */
  touchedMs: number | null;
  /** Last time it was approved to tell people about it. */
  escalatedMs: number | null;
  /** Last time a proposal for it was rejected. */
  rejectedMs: number | null;
  /**
   * Until then it is coming back from an intervention that kept traffic from it; null: it is not. Its baseline has learned the quiet meanwhile, and
   * needs as long to learn the traffic again: more traffic and saturation are no trouble by themselves.
   */
  returningUntilMs: number | null;
  /** Kinds approved for it of late, oldest first, at most triesMax. */
  tries: { readonly kind: string; readonly timeMs: number }[];
}

/** A proposal that was made and is not decided yet, or an approval. */
export interface Intervention {
  readonly proposalId: string;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly decidedMs: number;
  readonly expiresMs: number;
}

export interface PlannerState {
  readonly lastWindowEndMs: number | null;
  /** Windows in a row with a cascade risk to tell people about. */
  readonly cascadeStreak: number;
  /** Windows in a row with the topology away from its baseline. */
  readonly shiftStreak: number;
  readonly agents: readonly (readonly [string, AgentMemory])[];
  readonly pending: readonly Intervention[];
  readonly approved: readonly Intervention[];
  /** The newest ids decided, oldest first: a decision that comes twice counts once. */
  readonly decidedIds: readonly string[];
  /** The newest proposals measured, oldest first: an outcome that comes twice teaches once. */
  readonly measuredIds: readonly string[];
  readonly effects: readonly KindEffect[];
  /** When each alert was last given, by code. */
  readonly alerted: readonly (readonly [string, number])[];
}

/** What has changed since a planner was last written: by key what is there now, null where it is gone. Taken twice it changes nothing more. */
export interface PlannerDelta {
  readonly lastWindowEndMs: number | null;
  readonly cascadeStreak: number;
  readonly shiftStreak: number;
  readonly agents: readonly (readonly [string, AgentMemory | null])[];
  readonly pending: readonly (readonly [string, Intervention | null])[];
  readonly approved: readonly (readonly [string, Intervention | null])[];
  /** Added, oldest first. */
  readonly decidedIds: readonly string[];
  readonly measuredIds: readonly string[];
  readonly effects: readonly KindEffect[];
  readonly alerted: readonly (readonly [string, number])[];
}

/** Names what was touched since it was last drained. */
export class PlannerChanges {
  readonly agents = new Set<string>();
  readonly pending = new Set<string>();
  readonly approved = new Set<string>();
  readonly decidedIds = new Set<string>();
  readonly measuredIds = new Set<string>();

  clear(): void {
    for (const names of [this.agents, this.pending, this.approved, this.decidedIds, this.measuredIds]) names.clear();
  }
}

/** By name, what a map holds of those touched. */
export function touchedOf<V>(touched: ReadonlySet<string>, map: ReadonlyMap<string, V>): [string, V | null][] {
  return [...touched].map((name) => [name, map.get(name) ?? null]);
}

/** The inverse of `touchedOf`, on another map. */
export function takeTouched<V>(map: Map<string, V>, touched: readonly (readonly [string, V | null])[]): void {
  for (const [name, value] of touched) {
    if (value === null) map.delete(name);
    else map.set(name, value);
  }
}

/** A kind tried on an agent is remembered this long. */
export const triesMs = 600_000;
export const triesMax = 8;
export const idsMax = 64;

export function newAgentMemory(): AgentMemory {
  return { streak: 0, touchedMs: null, escalatedMs: null, rejectedMs: null, returningUntilMs: null, tries: [] };
}

/** How often a kind was tried on an agent of late. */
export function timesTried(memory: AgentMemory | undefined, kind: Kind, nowMs: number): number {
  let times = 0;
  for (const tried of memory?.tries ?? []) if (tried.kind === kind && tried.timeMs > nowMs - triesMs) times++;
  return times;
}

/** True while less than `cooldownMs` has passed since `sinceMs`. */
export function isCooling(sinceMs: number | null, nowMs: number, cooldownMs: number): boolean {
  return sinceMs !== null && nowMs - sinceMs < cooldownMs;
}

/** Nothing about the agent is worth keeping any more. */
export function isForgettable(memory: AgentMemory, nowMs: number, keepMs: number): boolean {
  const last = Math.max(
    memory.touchedMs ?? 0,
    memory.escalatedMs ?? 0,
    memory.rejectedMs ?? 0,
    memory.returningUntilMs ?? 0,
  );
  return memory.streak === 0 && nowMs - last > keepMs;
}

/** Adds to a list of the newest, dropping the oldest. */
export function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  for (const oldest of ids) {
    if (ids.size <= idsMax) return;
    ids.delete(oldest);
  }
}
