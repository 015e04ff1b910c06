import type { HeartbeatObservation, InteractionObservation, Observations } from '../../schemas/records.ts';
import { checkSignal } from './check-heartbeat.ts';
import { checkCount, SPAN_MS_MAX } from './check-interaction.ts';
import { REQUESTS_MAX, SIGNAL_MAX, TIME_MS_MAX } from './limits.ts';
import { type Rejection, reject } from './rejection.ts';

/**
 * Checks the times and numbers of a cell's observations. Null: they are such as intake writes. Of others a window's sums are no numbers, or its time lies
 * before all time. Ids are the cell's to check, which asks of an agent once.
 */
export function checkObservations({ heartbeats, interactions, reachedMs }: Observations): Rejection | null {
  if (reachedMs !== null && !isTime(reachedMs)) return refusedTime('reachedMs', reachedMs);
  for (const heartbeat of heartbeats) {
    const rejection = checkOne(heartbeat);
    if (rejection !== null) return rejection;
  }
  for (const interaction of interactions) {
    const rejection = checkPair(interaction);
    if (rejection !== null) return rejection;
  }
  return null;
}

function checkOne({ timeMs, latencyMs, trafficPerS, errorRate, saturation }: HeartbeatObservation): Rejection | null {
  if (!isTime(timeMs)) return refusedTime('timeMs', timeMs);
  return (
    checkSignal('latencyMs', latencyMs, SIGNAL_MAX) ??
    checkSignal('trafficPerS', trafficPerS, SIGNAL_MAX) ??
    checkSignal('errorRate', errorRate, 1) ??
    checkSignal('saturation', saturation, SIGNAL_MAX)
  );
}

function checkPair({ timeMs, spanMs, count, errors, latencyMs }: InteractionObservation): Rejection | null {
  if (!isTime(timeMs)) return refusedTime('timeMs', timeMs);
  return (
    checkCount('spanMs', spanMs, SPAN_MS_MAX) ??
    checkCount('count', count, REQUESTS_MAX) ??
    checkCount('errors', errors, count) ??
    checkSignal('latencyMs', latencyMs, SIGNAL_MAX)
  );
}

function isTime(timeMs: number): boolean {
  return timeMs >= 0 && timeMs <= TIME_MS_MAX;
}

function refusedTime(field: string, timeMs: number): Rejection {
  return reject(
    timeMs < 0 ? 'time-negative' : 'number-out-of-range',
    field,
    timeMs,
    `0 to ${TIME_MS_MAX} ms since the epoch`,
  );
}
