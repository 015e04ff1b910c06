import { TIME_MS_MAX } from './limits.ts';
import { type Rejection, reject } from './rejection.ts';

/** Checks an event time in ms since the epoch against the broker's append time; `aheadMs` is the clock error that is borne with. */
export function checkTime(timeMs: number, appendMs: number, aheadMs: number): Rejection | null {
  if (Number.isInteger(timeMs) && timeMs >= 0 && timeMs <= TIME_MS_MAX && timeMs <= appendMs + aheadMs) return null;
  if (!Number.isFinite(timeMs)) return reject('number-not-finite', 'timeMs', timeMs, 'ms since the epoch');
  if (!Number.isInteger(timeMs))
    return reject('value-invalid', 'timeMs', timeMs, 'a whole number of ms since the epoch');
  if (timeMs < 0) return reject('time-negative', 'timeMs', timeMs, '0 or more ms since the epoch');
  return reject('time-too-far-ahead', 'timeMs', timeMs, `at most ${aheadMs} ms past the append time ${appendMs}`);
}
