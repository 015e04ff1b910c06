import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flagOfGraph, persistence, TopologyError } from '../../../src/topology/index.ts';
import { StreamingGraph } from '../../../src/topology/streaming/streaming-graph.ts';
import { barsOf, mulberry32 } from '../inputs.ts';

const anyHistory = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  chance: fc.double({ min: 0, max: 1, noNaN: true }),
  levels: fc.constantFrom(0, 2, 5),
  threshold: fc.constantFrom(undefined, undefined, 0.6),
  steps: fc.integer({ min: 1, max: 14 }),
  seed: fc.integer(),
});

test('edges that come, go and change give after every edit the diagrams that a fresh computation gives', () => {
  fc.assert(
    fc.property(anyHistory, ({ count, chance, levels, threshold: share, steps, seed }) => {
      const random = mulberry32(seed);
      const value = () => (levels === 0 ? random() : Math.floor(levels * random()));
      const options = share === undefined ? {} : { threshold: share * Math.max(1, levels) };
      const edges = new Map<string, { tail: number; head: number; value: number }>();
      const put = (tail: number, head: number, at: number) => {
        const key = `${Math.min(tail, head)},${Math.max(tail, head)}`;
        if (at === Number.POSITIVE_INFINITY) edges.delete(key);
        else edges.set(key, { tail, head, value: at });
      };
      for (let i = 1; i < count; i++) for (let j = 0; j < i; j++) if (random() < chance) put(j, i, value());
      const graph = () => ({
        vertexCount: count,
        tails: Int32Array.from(edges.values(), ({ tail }) => tail),
        heads: Int32Array.from(edges.values(), ({ head }) => head),
        values: Float64Array.from(edges.values(), (edge) => edge.value),
      });
      const streaming = new StreamingGraph(graph(), options);
      const compare = () => {
        const scratch = persistence(flagOfGraph(graph(), options)).diagrams;
        expect(streaming.diagrams.map(barsOf)).toEqual(scratch.map(barsOf));
      };
      compare();
      for (let step = 0; step < steps && count > 1; step++) {
        const changes = Array.from({ length: 1 + Math.floor(4 * random()) }, () => {
          const tail = Math.floor(count * random());
          const head = (tail + 1 + Math.floor((count - 1) * random())) % count;
          return { tail, head, value: random() < 0.3 ? Number.POSITIVE_INFINITY : value() };
        });
        streaming.change(changes);
        for (const change of changes) put(change.tail, change.head, change.value);
        compare();
      }
    }),
    { numRuns: 250 },
  );
});

test('a loop opens when its last chord goes, and closes when it comes back', () => {
  const ring = {
    vertexCount: 4,
    tails: Int32Array.of(0, 1, 2, 3, 0),
    heads: Int32Array.of(1, 2, 3, 0, 2),
    values: Float64Array.of(1, 1, 1, 1, 2),
  };
  const streaming = new StreamingGraph(ring);
  expect(barsOf(streaming.diagrams[1])).toEqual([[1, 2]]);
  streaming.change([{ tail: 2, head: 0, value: Number.POSITIVE_INFINITY }]);
  expect(barsOf(streaming.diagrams[1])).toEqual([[1, Number.POSITIVE_INFINITY]]);
  streaming.change([{ tail: 1, head: 3, value: 1 }]);
  expect(barsOf(streaming.diagrams[1])).toEqual([]);
});

test('refused as flagOfGraph() does, and nothing has changed', () => {
  const streaming = new StreamingGraph({
    vertexCount: 3,
    tails: Int32Array.of(0),
    heads: Int32Array.of(1),
    values: Float64Array.of(1),
  });
  const before = JSON.stringify(streaming.diagrams);
  for (const [tail, head, value, code] of [
    [0, 3, 1, 'TOPOLOGY_BAD_VERTEX'],
    [0.5, 2, 1, 'TOPOLOGY_BAD_VERTEX'],
    [1, Number.NaN, 1, 'TOPOLOGY_BAD_VERTEX'],
    [2 ** 32 + 1, 2, 1, 'TOPOLOGY_BAD_VERTEX'],
    [1, 1, 1, 'TOPOLOGY_SELF_LOOP'],
    [1, 2, Number.NaN, 'TOPOLOGY_NOT_A_NUMBER'],
    [1, 2, -1, 'TOPOLOGY_EDGE_BEFORE_VERTEX'],
  ] as const) {
    expect(() => streaming.change([{ tail, head, value }])).toThrow(expect.objectContaining({ code }));
    expect(() => streaming.change([{ tail, head, value }])).toThrow(TopologyError);
    expect(JSON.stringify(streaming.diagrams)).toBe(before);
  }
});
