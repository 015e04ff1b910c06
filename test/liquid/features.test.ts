import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentState, Edge, Snapshot } from '../../schemas/records.ts';
import {
  cellFeatures,
  FEATURE_COUNT,
  FEATURE_GROUPS,
  FEATURE_NAMES,
  FEATURES,
  GROUP_ENTRIES,
} from '../../src/liquid/features.ts';
import { agentState, edge, silentAgent, snapshot } from './snapshots.ts';

function entryOf(cell: ReturnType<typeof cellFeatures>, place: number, name: string): number {
  expect(FEATURE_NAMES).toContain(name);
  return cell.values[place * FEATURE_COUNT + FEATURE_NAMES.indexOf(name)];
}

test('every group has entries, and every entry one group', () => {
  const entries = FEATURE_GROUPS.flatMap((group) => GROUP_ENTRIES[group]);
  expect(entries.toSorted((a, b) => a - b)).toEqual(FEATURES.map((_, i) => i));
  expect(new Set(FEATURE_NAMES).size).toBe(FEATURE_COUNT);
});

describe('features', () => {
  test('of a cell in its normal state are 0 but for the saturation', () => {
    const cell = cellFeatures(snapshot([agentState('a'), agentState('b')]), null);
    for (const name of FEATURE_NAMES)
      expect([name, entryOf(cell, 0, name)]).toEqual([name, name === 'saturation.level' ? Math.fround(0.15) : 0]);
  });

  test('of a silent agent say silence, and nothing of the signals', () => {
    const cell = cellFeatures(snapshot([agentState('a'), silentAgent('b', 6)]), null);
    expect(entryOf(cell, 1, 'silence.windows')).toBeCloseTo(Math.asinh(5) / Math.asinh(50), 6);
    expect(entryOf(cell, 1, 'silence.unheard')).toBe(1);
    expect(entryOf(cell, 1, 'silence.unreported')).toBe(1);
    expect(entryOf(cell, 1, 'latency.relative')).toBe(0);
    expect(cell.readable[1]).toBeLessThan(cell.readable[0]);
  });

  test('show trouble of whom an agent asks by its share, and of those who ask it, one hop and two', () => {
    const bad = agentState('c', { deviation: { latency: 50, traffic: 0, errors: 50, saturation: 50 } });
    const edges = [edge('a', 'b', { count: 30 }), edge('a', 'c', { count: 10, errors: 5 }), edge('z', 'a')];
    const cell = cellFeatures(snapshot([agentState('a'), agentState('b'), bad, agentState('z')], edges), null);
    const trouble = cell.trouble[2];
    expect(trouble).toBe(6);
    const level = (t: number) => t / (t + 1);
    expect(entryOf(cell, 0, 'neighbours.callees')).toBeCloseTo(level(trouble / 4), 6);
    expect(entryOf(cell, 0, 'neighbours.worst')).toBeCloseTo(level(trouble), 6);
    expect(entryOf(cell, 0, 'neighbours.failing')).toBeCloseTo(5 / 40, 6);
    expect(entryOf(cell, 2, 'errors.seen')).toBeCloseTo(0.5, 6);
    expect(entryOf(cell, 3, 'neighbours.beyond')).toBeCloseTo(level(trouble / 4), 6);
    expect(entryOf(cell, 3, 'neighbours.callees')).toBe(0);
    expect(entryOf(cell, 2, 'neighbours.callers')).toBe(0);
    expect(entryOf(cell, 0, 'neighbours.troubled')).toBe(0.25);
  });

  test('compare what was asked of an agent with what it served, and what callers saw with what it says', () => {
    const agents = [agentState('a'), agentState('b', { trafficPerS: 5, latencyMs: 10 })];
    const cell = cellFeatures(snapshot(agents, [edge('a', 'b', { count: 15, latencyMs: 100 })]), null);
    expect(entryOf(cell, 1, 'traffic.unserved')).toBeCloseTo(0.5, 6);
    expect(entryOf(cell, 1, 'latency.seen')).toBeCloseTo(0.5, 6);
  });

  test('count calls to agents outside the cell into the shares', () => {
    const bad = agentState('b', { deviation: { latency: 50, traffic: 0, errors: 0, saturation: 0 } });
    const cell = cellFeatures(
      snapshot([agentState('a'), bad], [edge('a', 'b'), edge('a', 'elsewhere', { boundary: true })]),
      null,
    );
    expect([...cell.edges.shares]).toEqual([0.5, 0.5]);
    expect([...cell.edges.callees]).toEqual([1, -1]);
  });

  test('take topology by agent, and 0 where there is none', () => {
    const cell = cellFeatures(snapshot([agentState('a'), agentState('b')]), {
      stability: 0.25,
      apartness: [0, 3],
      ringness: [1, 0],
    });
    expect(entryOf(cell, 0, 'topology.instability')).toBe(0.75);
    expect(entryOf(cell, 1, 'topology.apart')).toBe(0.75);
    expect(entryOf(cell, 0, 'topology.ring')).toBe(0.5);
    expect(cell.readable[0]).toBeCloseTo(6 / 7, 6);
  });

  test('stay in [-1, 1] whatever the snapshot holds, and follow the agents when these are named otherwise', () => {
    fc.assert(
      fc.property(snapshots, (random) => {
        const { values, n } = cellFeatures(random, null);
        expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
        const renamed = { ...random, agents: random.agents.toReversed() };
        const mirrored = cellFeatures(renamed, null).values;
        for (let i = 0; i < n; i++) {
          const row = values.subarray(i * FEATURE_COUNT, (i + 1) * FEATURE_COUNT);
          const other = mirrored.subarray((n - 1 - i) * FEATURE_COUNT, (n - i) * FEATURE_COUNT);
          for (let k = 0; k < FEATURE_COUNT; k++) expect(other[k]).toBeCloseTo(row[k], 5);
        }
      }),
    );
  });
});

const z = fc.double({ min: -50, max: 50, noNaN: true });
const amount = fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1e12, noNaN: true }));
const names = ['a', 'b', 'c', 'd', 'e'];
const states: fc.Arbitrary<AgentState> = fc.record({
  agent: fc.constant('?'),
  status: fc.constantFrom('UP', 'DEGRADED', 'DOWN', 'UNKNOWN'),
  heartbeats: fc.nat(5),
  silentMs: fc.nat(1e9),
  latencyMs: amount,
  trafficPerS: amount,
  errorRate: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true })),
  saturation: amount,
  deviation: fc.record({ latency: z, traffic: z, errors: z, saturation: z }),
});
const edges: fc.Arbitrary<Edge> = fc
  .record({
    caller: fc.constantFrom(...names),
    callee: fc.constantFrom(...names, 'far'),
    count: fc.nat(1e6),
    latencyMs: amount,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...rest }) => ({ ...rest, errors: Math.floor(rest.count * share), boundary: rest.callee === 'far' }));
const snapshots: fc.Arbitrary<Snapshot> = fc
  .tuple(fc.array(states, { maxLength: 5 }), fc.array(edges, { maxLength: 12 }))
  .map(([list, links]) =>
    snapshot(
      list.map((state, i) => ({ ...state, agent: names[i] })),
      links,
    ),
  );
