/** A failing run made short: incidents are left out, and spans shortened, for as long as it still fails. */
import type { Incident } from './incidents.ts';
import type { AnyModel } from './model.ts';
import { type RunOptions, type RunResult, runUnder } from './simulate.ts';

/** Runs that shrinking may take. */
const RUNS_MAX = 400;

/** Whether a run is one to tell of. */
export function failed({ violations, stalled }: RunResult): boolean {
  return violations.length > 0 || stalled;
}

/**
 * The shortest run found that fails as `failing` did: with a violation if it had one, else by a stall. Delta debugging (Zeller and
 * Hildebrandt 2002) over the list of incidents: halves first, then quarters, down to single ones.
 */
export function shrink(model: AnyModel, options: RunOptions, failing: RunResult): RunResult {
  let best = failing;
  let runs = 0;
  const tryWith = (incidents: readonly Incident[]): boolean => {
    if (runs++ >= RUNS_MAX) return false;
    const result = runUnder(model, options, incidents);
    const failsAlike = failing.violations.length > 0 ? result.violations.length > 0 : result.stalled;
    if (failsAlike) best = result;
    return failsAlike;
  };

  for (let parts = 2; parts <= 2 * best.incidents.length; parts *= 2) {
    const size = Math.ceil(best.incidents.length / parts);
    // From the end: proposals are last, and leaving out a late one disturbs the least.
    for (let from = Math.floor((best.incidents.length - 1) / size) * size; from >= 0; from -= size) {
      tryWith(best.incidents.filter((_, i) => i < from || i >= from + size));
    }
  }
  for (let i = 0; i < best.incidents.length; i++) {
    for (;;) {
      const simpler = simplified(best.incidents[i]);
      if (simpler === null || !tryWith(best.incidents.map((one, k) => (k === i ? simpler : one)))) break;
    }
  }
  return best;
}

function simplified(incident: Incident): Incident | null {
  if (!('forMs' in incident) || incident.forMs < 20) return null;
  return { ...incident, forMs: incident.forMs >> 1 };
}
