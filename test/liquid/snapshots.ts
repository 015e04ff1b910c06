import type { AgentState, Edge, Snapshot } from '../../schemas/records.ts';

/** A healthy agent, but for what a test changes. */
export function agentState(agent: string, change: Partial<AgentState> = {}): AgentState {
  return {
    agent,
    status: 'UP',
    heartbeats: 1,
    silentMs: 100,
    latencyMs: 20,
    trafficPerS: 10,
    errorRate: 0,
    saturation: 0.3,
    deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
    ...change,
  };
}

/** An agent that has not been heard of for that many windows of 1 s. */
export function silentAgent(agent: string, windows: number): AgentState {
  const nothing = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null };
  return agentState(agent, { ...nothing, heartbeats: 0, silentMs: 1000 * windows });
}

export function edge(caller: string, callee: string, change: Partial<Edge> = {}): Edge {
  return { caller, callee, count: 10, errors: 0, latencyMs: 20, boundary: false, ...change };
}

/** One window of 1 s. */
export function snapshot(
  agents: readonly AgentState[],
  edges: readonly Edge[] = [],
  windowEndMs = 1_000_000,
): Snapshot {
  return { tenant: 't', fleet: 'f', cell: 0, windowStartMs: windowEndMs - 1000, windowEndMs, agents, edges, late: 0 };
}
