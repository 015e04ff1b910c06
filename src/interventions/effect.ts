/** The measure of an intervention: means before and after, the effect, and what it amounts to. */
import type { Means, Verdict } from '../../schemas/records.ts';
import type { AgentRow } from './window-summary.ts';

/** One agent's windows before and after. */
export interface BeforeAfter {
  readonly agent: string;
  /** It is a target; otherwise a caller of one. */
  readonly target: boolean;
  readonly before: readonly AgentRow[];
  readonly after: readonly AgentRow[];
}

/** Less trouble than this before, in robust standard deviations, is no trouble: changes are measured against it at least. */
const troubleFloor = 0.5;
/** Beyond this an effect is as bad as it gets. */
const effectMin = -10;
const improvedAbove = 0.1;
const worsenedBelow = -0.1;

/** Means over agents and windows; null where nothing was reported. */
export function meansOf(rows: readonly AgentRow[]): Means {
  return {
    latencyMs: meanOrNull(rows.map((row) => row.latencyMs)),
    trafficPerS: meanOrNull(rows.map((row) => row.trafficPerS)),
    errorRate: meanOrNull(rows.map((row) => row.errorRate)),
    saturation: meanOrNull(rows.map((row) => row.saturation)),
    silentMs: mean(rows.map((row) => row.silentMs)),
  };
}

export interface Effect {
  /** -10 to 1: 1 is cured, 0 no change, negative is worse. 0 where unknown. */
  readonly effect: number;
  readonly verdict: Verdict;
}

/**
 * Fall of trouble as a share of what it was: (before - after) / max(before, 0.5), each the mean over agents of their mean over windows, over the
 * agents that were seen both before and after. UNKNOWN where there are none.
 *
 * Where nobody calls the targets any more (`movesCallers`), the targets' own signals say nothing about whether it helped, so the trouble measured is
 * that of their callers, if they have any in the cell. Where traffic is lowered on purpose (`lowersTraffic`), the targets' traffic is not trouble.
 */
export function effectOf(agents: readonly BeforeAfter[], movesCallers: boolean, lowersTraffic: boolean): Effect {
  const seen = agents.filter((one) => one.before.length > 0 && one.after.length > 0);
  const callers = movesCallers ? seen.filter((one) => !one.target) : [];
  const measured = callers.length > 0 ? callers : seen.filter((one) => one.target);
  if (measured.length === 0) return { effect: 0, verdict: 'UNKNOWN' };
  const troubleIn = (rows: readonly AgentRow[], target: boolean): number =>
    mean(rows.map((row) => (target && lowersTraffic ? row.troubleButTraffic : row.trouble)));
  const before = mean(measured.map((one) => troubleIn(one.before, one.target)));
  const after = mean(measured.map((one) => troubleIn(one.after, one.target)));
  const effect = Math.max(effectMin, (before - after) / Math.max(before, troubleFloor));
  return { effect, verdict: verdictOf(effect) };
}

function verdictOf(effect: number): Verdict {
  if (effect > improvedAbove) return 'IMPROVED';
  return effect < worsenedBelow ? 'WORSENED' : 'UNCHANGED';
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  const reported = values.filter((value) => value !== null);
  return reported.length === 0 ? null : mean(reported);
}

/** 0 for no values. */
function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
