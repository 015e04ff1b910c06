import type { Heartbeat, HeartbeatObservation, SignalMapping, SignalName } from '../../schemas/records.ts';
import { SIGNAL_MAX } from './limits.ts';

/** The golden signals, in the order used wherever they are an index: 0 latency, 1 traffic, 2 errors, 3 saturation. */
const SIGNALS = ['latency', 'traffic', 'errors', 'saturation'] as const;

/** Number of golden signals. */
export const SIGNAL_COUNT = SIGNALS.length;

/**
 * The heartbeat as an observation: a signal that it leaves null is filled from its raw metrics. A mapping applies if at least one of its
 * metrics is present; of several mappings for one signal the first that applies is taken. The result is clipped to the signal's range,
 * 0 to 1 for ERRORS and 0 to `SIGNAL_MAX` for the others.
 */
export function toObservation(heartbeat: Heartbeat, mapping: readonly SignalMapping[]): HeartbeatObservation {
  let { latencyMs, trafficPerS, errorRate, saturation } = heartbeat.signals;
  if (mapping.length > 0) {
    latencyMs ??= mapped('LATENCY', heartbeat.metrics, mapping);
    trafficPerS ??= mapped('TRAFFIC', heartbeat.metrics, mapping);
    errorRate ??= mapped('ERRORS', heartbeat.metrics, mapping);
    saturation ??= mapped('SATURATION', heartbeat.metrics, mapping);
  }
  return {
    agent: heartbeat.agent,
    timeMs: heartbeat.timeMs,
    status: heartbeat.status,
    latencyMs,
    trafficPerS,
    errorRate,
    saturation,
    metrics: heartbeat.metrics,
  };
}

function mapped(
  signal: SignalName,
  metrics: Readonly<Record<string, number>>,
  mapping: readonly SignalMapping[],
): number | null {
  for (const rule of mapping) {
    if (rule.signal !== signal) continue;
    let sum = 0;
    let present = false;
    for (const name of rule.metrics) {
      if (!Object.hasOwn(metrics, name)) continue;
      sum += metrics[name];
      present = true;
    }
    if (present) return Math.min(Math.max(sum * rule.scale, 0), signal === 'ERRORS' ? 1 : SIGNAL_MAX);
  }
  return null;
}
