/**
 * When an agent's trouble is an incident: it opens when the failure score stands at or above a threshold for so many windows one after
 * another, and closes when it stands below for as many, or when the agent is gone: its cell closed a window without it, because it was forgotten
 * or lives in another cell now. Who is back within as many windows was never gone: its incident is open again. Pure.
 */
import type { Scores } from '../../../schemas/records.ts';

export interface IncidentRule {
  /** Failure score, 0 to 1. */
  readonly threshold: number;
  /** Windows one after another, 1 or more. */
  readonly windows: number;
}

export const defaultIncidentRule: IncidentRule = { threshold: 0.5, windows: 3 };

export interface Incident {
  /** End of the first window of the trouble, in ms since the epoch. */
  readonly sinceMs: number;
  /** End of the window in which it was clear that it is one. */
  readonly openedMs: number;
  /** End of the window in which it was over, and how it ended. */
  readonly closedMs: number | null;
  readonly closedAs: 'RECOVERED' | 'GONE' | null;
  /** Highest score since it began. */
  readonly peak: number;
}

/** What must be remembered of an agent from one window to the next. */
export interface Watch {
  /** Windows one after another at or above the threshold. */
  readonly above: number;
  /** End of the first of these, and the highest score since; where `above` is 0, of the open incident. */
  readonly sinceMs: number;
  readonly peak: number;
  /** Windows one after another below the threshold, since the incident opened; 0 without one. */
  readonly below: number;
  /** When the incident opened, which is open unless the agent is gone; null: there is none. */
  readonly openedMs: number | null;
  /** End of the window in which the agent was gone; null while it is scored. */
  readonly goneMs: number | null;
}

/** What to remember after a window, and the incident that opened, went on or closed in it. */
export interface Watched {
  readonly watch: Watch;
  readonly incident: Incident | null;
}

export const nothing: Watch = { above: 0, sinceMs: 0, peak: 0, below: 0, openedMs: null, goneMs: null };

/** One window further, in which the agent was scored. */
export function watch(
  remembered: Watch,
  failure: number,
  window: Pick<Scores, 'windowStartMs' | 'windowEndMs'>,
  rule: IncidentRule,
): Watched {
  const { windowStartMs, windowEndMs } = window;
  const { goneMs } = remembered;
  const back = goneMs === null || windowEndMs - goneMs <= rule.windows * (windowEndMs - windowStartMs);
  const before = back ? remembered : nothing;
  const high = failure >= rule.threshold;
  if (before.openedMs === null) {
    if (!high) return { watch: nothing, incident: null };
    const above = before.above + 1;
    const sinceMs = before.above === 0 ? windowEndMs : before.sinceMs;
    const peak = Math.max(before.above === 0 ? 0 : before.peak, failure);
    const openedMs = above < rule.windows ? null : windowEndMs;
    return {
      watch: { above, sinceMs, peak, below: 0, openedMs, goneMs: null },
      incident: openedMs === null ? null : { sinceMs, openedMs, closedMs: null, closedAs: null, peak },
    };
  }
  const { sinceMs, openedMs } = before;
  const peak = Math.max(before.peak, failure);
  const below = high ? 0 : before.below + 1;
  const closed = below >= rule.windows;
  return {
    watch: closed ? nothing : { above: high ? before.above + 1 : 0, sinceMs, peak, below, openedMs, goneMs: null },
    incident: { sinceMs, openedMs, closedMs: closed ? windowEndMs : null, closedAs: closed ? 'RECOVERED' : null, peak },
  };
}

/** One window further, in which the agent's cell no longer has it. */
export function vanish(before: Watch, windowEndMs: number): Watched {
  if (before === nothing) return { watch: nothing, incident: null };
  const { sinceMs, openedMs, peak } = before;
  return {
    watch: { ...before, goneMs: windowEndMs },
    incident: openedMs === null ? null : { sinceMs, openedMs, closedMs: windowEndMs, closedAs: 'GONE', peak },
  };
}
