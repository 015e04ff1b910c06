import { expect, test } from 'vitest';
import type { AgentState, Edge, Snapshot } from '../../schemas/records.ts';
import { interactionGraph } from '../../src/fleet/interaction-graph.ts';
import { stateSpace, trouble } from '../../src/fleet/state-space.ts';
import { CELL } from './samples.ts';

const CALM = { latency: 0, traffic: 0, errors: 0, saturation: 0 };

function agent(name: string, fields: Partial<AgentState> = {}): AgentState {
  return {
    agent: name,
    status: 'UP',
    heartbeats: 1,
    silentMs: 500,
    latencyMs: 100,
    trafficPerS: 1,
    errorRate: 0,
    saturation: 0,
    deviation: CALM,
    ...fields,
  };
}

function edge(caller: string, callee: string, count: number, errors = 0): Edge {
  return { caller, callee, count, errors, latencyMs: null, boundary: false };
}

function snapshot(agents: readonly AgentState[], edges: readonly Edge[]): Snapshot {
  return { ...CELL, windowStartMs: 0, windowEndMs: 1000, agents, edges, late: 0 };
}

test('the interaction graph has a row for each agent and leaves out what goes elsewhere', () => {
  const graph = interactionGraph(
    snapshot(
      ['a', 'b', 'c'].map((name) => agent(name)),
      [edge('a', 'b', 4, 1), edge('a', 'elsewhere', 9), edge('b', 'b', 3), edge('c', 'a', 2), edge('c', 'b', 2)],
    ),
  );
  expect([...graph.offsets]).toEqual([0, 1, 1, 3]);
  expect([...graph.callees]).toEqual([1, 0, 1]);
  expect([...graph.counts]).toEqual([4, 2, 2]);
  expect([...graph.errorRates]).toEqual([0.25, 0, 0]);
});

test('the state space has a row for each agent: asinh of the deviations and of the silence beyond one window', () => {
  const { agents, points } = stateSpace(
    snapshot(
      [
        agent('a', { deviation: { latency: 1, traffic: -2, errors: 50, saturation: 0 } }),
        agent('b', { silentMs: 4500 }),
        agent('c', { silentMs: 900_000 }),
      ],
      [],
    ),
  );
  expect(agents).toEqual(['a', 'b', 'c']);
  expect([...points]).toEqual([
    ...[Math.asinh(1), -Math.asinh(2), Math.asinh(50), 0, 0],
    ...[0, 0, 0, 0, Math.asinh(3.5)],
    ...[0, 0, 0, 0, Math.asinh(50)],
  ]);
});

test('trouble is 0 for what is normal or better, grows with what is worse, and ends at 10', () => {
  expect(trouble(agent('a', { deviation: { latency: -3, traffic: 0, errors: -1, saturation: -9 } }), 1000)).toBe(0);
  expect(trouble(agent('a', { deviation: { ...CALM, latency: 5 } }), 1000)).toBe(1);
  const all = { latency: 50, traffic: -50, errors: 50, saturation: 50 };
  expect(trouble(agent('a', { deviation: all, silentMs: 90_000 }), 1000)).toBe(10);
});
