import { countUntil } from './sorted-times.ts';
import type { NodeTrace } from './trace.ts';

const MINUTE_S = 60;

/** A node that is in service now fails later than this from now … */
export const LEAD_S = 10 * MINUTE_S;
/** … and no later than this. */
export const HORIZON_S = 60 * MINUTE_S;
/** From one evaluation to the next: as long as the span asked about, so that each failure is asked about once. */
export const TICK_S = HORIZON_S - LEAD_S;

/** Whether an outage of the node begins in (t + lead, t + horizon]. */
export function failsInHorizon({ failedS }: NodeTrace, tS: number): boolean {
  return countUntil(failedS, tS + HORIZON_S) > countUntil(failedS, tS + LEAD_S);
}

/** Evaluation times in [fromS, toS): whole multiples of the tick in unix time. */
export function ticksOf(fromS: number, toS: number): Float64Array {
  const first = Math.ceil(fromS / TICK_S);
  const last = Math.ceil(toS / TICK_S);
  return Float64Array.from({ length: Math.max(0, last - first) }, (_, k) => (first + k) * TICK_S);
}
