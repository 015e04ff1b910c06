/**
 * How much trouble one agent is in, in units of its own robust standard deviations. The planner, the validators and the outcome tracker share
 * this one measure.
 *
 * Latency, errors and saturation count only above the baseline: an agent faster than usual is in no trouble. Traffic counts both ways, unless an
 * intervention lowers it on purpose: that, and silence that is not averaged away, is why src/fleet/state-space.ts's `trouble`, the bounded measure for
 * graphs and features, is not used here. Silence is put in the same units: windows without a heartbeat beyond the first, over a scale of 0.2 windows.
 */
import type { Deviation } from '../../schemas/records.ts';
import { DEVIATION_MAX } from '../fleet/baseline.ts';

const silenceScaleWindows = 0.2;

/** Silence as a deviation, 0 to 50: 0 up to one window without a heartbeat, 5 for each window beyond. */
export function silenceDeviation(silentMs: number, windowMs: number): number {
  const windows = silentMs / windowMs - 1;
  return windows <= 0 ? 0 : Math.min(DEVIATION_MAX, windows / silenceScaleWindows);
}

/** The one signal that is furthest out, 0 to 50. */
export function worstDeviation(deviation: Deviation, silentMs: number, windowMs: number): number {
  return Math.max(
    0,
    deviation.latency,
    Math.abs(deviation.traffic),
    deviation.errors,
    deviation.saturation,
    silenceDeviation(silentMs, windowMs),
  );
}

/**
 * Mean harmful deviation, 0 to 50. An agent that reports nothing has only its silence, so silence is not averaged away: it counts in full where it
 * exceeds the mean of the four signals. `countTraffic` is false where traffic is lowered on purpose.
 */
export function meanTrouble(deviation: Deviation, silentMs: number, windowMs: number, countTraffic: boolean): number {
  const above = Math.max(0, deviation.latency) + Math.max(0, deviation.errors) + Math.max(0, deviation.saturation);
  const mean = countTraffic ? (above + Math.abs(deviation.traffic)) / 4 : above / 3;
  return Math.max(mean, silenceDeviation(silentMs, windowMs));
}
