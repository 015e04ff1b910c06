/**
 * When an agent's trouble is an incident: it opens when the failure score stands at or above a threshold for so many windows one after
 * another, and closes when it stands below for as many. Pure.
 */

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
  /** End of the window in which it was over. */
  readonly closedMs: number | null;
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
  /** When the open incident opened; null: none is open. */
  readonly openedMs: number | null;
}

export const nothing: Watch = { above: 0, sinceMs: 0, peak: 0, below: 0, openedMs: null };

/** One window further: what to remember, and the incident that opened, went on or closed in it. */
export function watch(
  before: Watch,
  failure: number,
  windowEndMs: number,
  rule: IncidentRule,
): { readonly watch: Watch; readonly incident: Incident | null } {
  const high = failure >= rule.threshold;
  if (before.openedMs === null) {
    if (!high) return { watch: nothing, incident: null };
    const above = before.above + 1;
    const sinceMs = before.above === 0 ? windowEndMs : before.sinceMs;
    const peak = Math.max(before.above === 0 ? 0 : before.peak, failure);
    if (above < rule.windows) return { watch: { above, sinceMs, peak, below: 0, openedMs: null }, incident: null };
    return {
      watch: { above, sinceMs, peak, below: 0, openedMs: windowEndMs },
      incident: { sinceMs, openedMs: windowEndMs, closedMs: null, peak },
    };
  }
  const { sinceMs, openedMs } = before;
  const peak = Math.max(before.peak, failure);
  const below = high ? 0 : before.below + 1;
  const closed = below >= rule.windows;
  return {
    watch: closed ? nothing : { above: high ? before.above + 1 : 0, sinceMs, peak, below, openedMs },
    incident: { sinceMs, openedMs, closedMs: closed ? windowEndMs : null, peak },
  };
}
