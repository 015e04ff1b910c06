import type {
  Heartbeat,
  HeartbeatObservation,
  Interaction,
  InteractionObservation,
  Observations,
} from '../../schemas/records.ts';

export const CELL = { tenant: 'acme', fleet: 'crew', cell: 0 };

export function heartbeat(fields: Partial<Heartbeat> = {}): Heartbeat {
  return {
    tenant: 'acme',
    fleet: 'crew',
    agent: 'a1',
    timeMs: 1000,
    status: 'UP',
    signals: { latencyMs: 100, trafficPerS: 10, errorRate: 0, saturation: 0.5 },
    metrics: {},
    ...fields,
  };
}

export function interaction(fields: Partial<Interaction> = {}): Interaction {
  return {
    tenant: 'acme',
    fleet: 'crew',
    caller: 'a1',
    callee: 'a2',
    timeMs: 1000,
    spanMs: 1000,
    count: 10,
    errors: 1,
    latencyMs: 20,
    ...fields,
  };
}

export function beat(agent: string, timeMs: number, fields: Partial<HeartbeatObservation> = {}): HeartbeatObservation {
  return {
    agent,
    timeMs,
    status: 'UP',
    latencyMs: 100,
    trafficPerS: 10,
    errorRate: 0,
    saturation: 0.5,
    metrics: {},
    ...fields,
  };
}

export function call(
  caller: string,
  callee: string,
  timeMs: number,
  fields: Partial<InteractionObservation> = {},
): InteractionObservation {
  return { caller, callee, timeMs, spanMs: 1000, count: 10, errors: 1, latencyMs: 20, boundary: false, ...fields };
}

export function observed(
  heartbeats: readonly HeartbeatObservation[],
  interactions: readonly InteractionObservation[] = [],
): Observations {
  return { ...CELL, heartbeats, interactions, reachedMs: null };
}

export function tick(timeMs: number): Observations {
  return { ...CELL, heartbeats: [], interactions: [], reachedMs: timeMs };
}
