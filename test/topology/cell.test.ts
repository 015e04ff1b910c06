import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cellTopology,
  flagOfGraph,
  flagOfInteractions,
  type Interactions,
  persistence,
  ripsOfPoints,
  SIGNATURE_LAYOUT,
  SIGNATURE_LENGTH,
  shapeEvidence,
} from '../../src/topology/index.ts';
import { barsOf, mulberry32, uniformPoints } from './inputs.ts';

const entry = (values: Float64Array, name: string) => {
  expect(SIGNATURE_LAYOUT).toContain(name);
  return values[SIGNATURE_LAYOUT.indexOf(name)];
};

const interactionsOf = (vertexCount: number, calls: readonly (readonly [number, number, number])[]): Interactions => ({
  vertexCount,
  sources: Int32Array.from(calls, ([source]) => source),
  targets: Int32Array.from(calls, ([, target]) => target),
  strengths: Float64Array.from(calls, ([, , strength]) => strength),
});

const randomCalls = (agents: number, calls: number, seed: number) => {
  const random = mulberry32(seed);
  const pick = (below: number) => Math.floor(random() * below);
  return Array.from({ length: calls }, (): [number, number, number] => [pick(agents), pick(agents), pick(50)]);
};

const ring = (agents: number) =>
  Float64Array.from({ length: 2 * agents }, (_, k) => {
    const angle = (2 * Math.PI * Math.floor(k / 2)) / agents;
    return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });

describe('interactions', () => {
  test('both directions and repetitions of a pair count as one edge, the strongest at 0', () => {
    const graph = flagOfInteractions(
      interactionsOf(4, [
        [0, 1, 3],
        [1, 0, 4],
        [0, 1, 2],
        [2, 3, 1],
        [2, 2, 100],
        [1, 2, 0],
      ]),
    );
    expect(graph.edgeCount).toBe(2);
    expect(graph.edgeValue(0)).toBe(0);
    expect([graph.edgeTail(1), graph.edgeHead(1)]).toEqual([2, 3]);
    expect(graph.edgeValue(1)).toBeCloseTo(1 - Math.log(2) / Math.log(10), 12);
  });

  test('a reference makes windows comparable, and what is stronger than it is at 0', () => {
    const calls = interactionsOf(3, [
      [0, 1, 99],
      [1, 2, 9],
    ]);
    const graph = flagOfInteractions(calls, { reference: 9 });
    expect([graph.edgeValue(0), graph.edgeValue(1)]).toEqual([0, 0]);
    expect(flagOfInteractions(calls, { reference: 99 }).edgeValue(1)).toBeCloseTo(0.5, 12);
  });

  test('lie below 1 however weak, and at 0 where their strengths add up to more than any number', () => {
    const weak = flagOfInteractions(
      interactionsOf(3, [
        [0, 1, 1],
        [1, 2, 1e-17],
      ]),
    );
    expect(weak.edgeCount).toBe(2);
    expect(weak.edgeValue(1)).toBeLessThan(1);
    const strong = interactionsOf(2, [
      [0, 1, 1e308],
      [1, 0, 1e308],
    ]);
    expect(flagOfInteractions(strong).edgeValue(0)).toBe(0);
  });
});

describe('the signature', () => {
  test('has one name an entry, each once', () => {
    expect(new Set(SIGNATURE_LAYOUT).size).toBe(SIGNATURE_LENGTH);
    expect(cellTopology(ring(5), 2, interactionsOf(5, [])).signature).toHaveLength(SIGNATURE_LENGTH);
  });

  test('is finite for any cell, be it one agent, many in one place, or without interactions', () => {
    const anyCell = fc.record({
      agents: fc.integer({ min: 1, max: 20 }),
      calls: fc.nat(60),
      scale: fc.constantFrom(0, 1, 1e6),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(anyCell, ({ agents, calls, scale, seed }) => {
        const states = uniformPoints(agents, 4, seed).map((value) => value * scale);
        const cell = cellTopology(states, 4, interactionsOf(agents, randomCalls(agents, calls, seed)));
        expect(cell.signature.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  test('does not depend on the order of the agents or of their calls', () => {
    const agents = 30;
    const states = uniformPoints(agents, 4, 9);
    const calls = randomCalls(agents, 200, 10);
    const place = (agent: number) => (agent * 7 + 3) % agents;
    const moved = new Float64Array(states.length);
    for (let a = 0; a < agents; a++) moved.set(states.subarray(4 * a, 4 * a + 4), 4 * place(a));
    const movedCalls = calls.map(([s, t, n]) => [place(s), place(t), n] as const).reverse();
    const before = cellTopology(states, 4, interactionsOf(agents, calls)).signature;
    const after = cellTopology(moved, 4, interactionsOf(agents, movedCalls)).signature;
    // The mean over the interactions is summed in another order where couplings tie, so not to the last bit.
    SIGNATURE_LAYOUT.forEach((name, k) => {
      expect(after[k], name).toBeCloseTo(before[k], 12);
    });
  });

  test('says what a ring of agents is: one round loop of known length', () => {
    const agents = 12;
    const calls = Array.from({ length: agents }, (_, k): [number, number, number] => [k, (k + 1) % agents, 5]);
    const values = cellTopology(ring(agents), 2, interactionsOf(agents, calls)).signature;
    const side = 2 * Math.sin(Math.PI / agents);
    expect(entry(values, 'state.agents')).toBe(agents);
    expect(entry(values, 'state.h1.barsPerAgent')).toBeCloseTo(1 / agents, 12);
    expect(entry(values, 'state.h1.longest')).toBeCloseTo(Math.sqrt(3) - side, 12);
    expect(entry(values, 'state.h1.dominance')).toBe(1);
    expect(entry(values, 'state.h1.roundness')).toBeCloseTo(1 - side / Math.sqrt(3), 12);
    expect(entry(values, 'state.h1.betti.1')).toBeCloseTo(1 / agents, 12);
    expect(entry(values, 'state.h0.entropy')).toBeCloseTo(1, 9);
    expect(entry(values, 'graph.openLoops')).toBeCloseTo(1 / agents, 12);
    expect(entry(values, 'graph.components')).toBeCloseTo(1 / agents, 12);
    expect(entry(values, 'graph.lone')).toBe(0);
    expect(entry(values, 'graph.density')).toBeCloseTo(12 / 66, 12);
    expect(entry(values, 'joint.shared')).toBe(1);
    expect(entry(values, 'joint.stretch')).toBeCloseTo(side / entry(values, 'state.radius'), 12);
  });

  test('tells an outlier by the dominance of one merge', () => {
    const states = uniformPoints(30, 4, 4);
    const calm = cellTopology(states, 4, interactionsOf(30, [])).signature;
    states[0] += 20;
    const upset = cellTopology(states, 4, interactionsOf(30, [])).signature;
    expect(entry(upset, 'state.h0.dominance')).toBeGreaterThan(4 * entry(calm, 'state.h0.dominance'));
    expect(entry(upset, 'graph.lone')).toBe(1);
  });
});

describe('evidence', () => {
  const shapeOfPoints = (points: Float64Array, dimension: number) => {
    const filtration = ripsOfPoints(points, dimension);
    return { filtration, persistence: persistence(filtration) };
  };

  test('an outlying agent is the group of the longest merge and stands apart most', () => {
    const states = uniformPoints(50, 4, 6);
    states[4 * 17] += 10;
    const { merges, apartness } = shapeEvidence(shapeOfPoints(states, 4));
    expect(Array.from(merges[0].group)).toEqual([17]);
    expect(merges[0].edge).toContain(17);
    expect(apartness.indexOf(Math.max(...apartness))).toBe(17);
    expect(merges.map(({ birth, death }) => death - birth)).toEqual(
      merges.map(({ birth, death }) => death - birth).sort((a, b) => b - a),
    );
  });

  test('a small cluster that leaves is named whole, and shares its apartness', () => {
    const states = uniformPoints(40, 3, 8);
    for (const agent of [3, 11, 30]) states[3 * agent] += 10;
    const { merges, apartness } = shapeEvidence(shapeOfPoints(states, 3), 1);
    expect(Array.from(merges[0].group)).toEqual([3, 11, 30]);
    expect(apartness[3]).toBe(apartness[30]);
    expect(apartness.filter((value) => value > 0)).toHaveLength(3);
  });

  test('a ring of agents is named in order, and what lies elsewhere is not', () => {
    const states = Float64Array.from([...ring(10), 5, 5, 5.1, 5, 5, 5.2]);
    const { loops, ringness } = shapeEvidence(shapeOfPoints(states, 2), 1);
    expect(Array.from(loops[0].ring).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    loops[0].ring.forEach((agent, k) => {
      const next = loops[0].ring[(k + 1) % 10];
      expect([1, 9]).toContain(Math.abs(agent - next));
    });
    expect(Array.from(ringness.subarray(10))).toEqual([0, 0, 0]);
  });

  test('a loop of interactions that is never filled counts up to the last edge', () => {
    const filtration = flagOfGraph({
      vertexCount: 5,
      tails: Int32Array.of(0, 1, 2, 0, 3),
      heads: Int32Array.of(1, 2, 3, 3, 4),
      values: Float64Array.of(1, 2, 3, 4, 6),
    });
    const { loops, ringness } = shapeEvidence({ filtration, persistence: persistence(filtration) });
    expect(loops[0].death).toBe(Number.POSITIVE_INFINITY);
    expect(Array.from(ringness)).toEqual([2, 2, 2, 2, 0]);
  });

  test('every ring is a closed walk born with its bar on which the cocycle of the bar is odd, so it is open until the bar dies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 30 }), fc.integer(), (count, seed) => {
        const filtration = ripsOfPoints(uniformPoints(count, 2, seed), 2);
        const result = persistence(filtration, { cocycles: true });
        const { loops } = shapeEvidence({ filtration, persistence: result }, 1000);
        expect(loops).toHaveLength(result.diagrams[1].births.length);
        const bars = barsOf(result.diagrams[1]);
        for (const { birth, death, ring } of loops) {
          const bar = bars.findIndex(([b, d]) => b === birth && d === death);
          const cocycle = new Set(result.cocycles[1][bar].cells);
          const edges = Array.from(ring, (v, k) => filtration.edgeBetween(v, ring[(k + 1) % ring.length]));
          expect(Math.max(...edges.map((edge) => filtration.edgeValue(edge)))).toBe(birth);
          expect(edges.filter((edge) => cocycle.has(edge)).length % 2).toBe(1);
          expect(new Set(ring).size).toBe(ring.length);
        }
      }),
    );
  });

  test('one agent, or a fleet in one place, gives no evidence', () => {
    const { merges, loops, apartness } = shapeEvidence(shapeOfPoints(new Float64Array(12), 3));
    expect([merges, loops, Array.from(apartness)]).toEqual([[], [], [0, 0, 0, 0]]);
    expect(shapeEvidence(shapeOfPoints(Float64Array.of(1), 1)).merges).toEqual([]);
  });
});
