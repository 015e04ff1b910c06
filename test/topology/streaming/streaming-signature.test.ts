import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  flagOfGraph,
  persistence,
  ripsOfPoints,
  StreamingGraph,
  StreamingRips,
  signature,
  streamingSignature,
} from '../../../src/topology/index.ts';
import { mulberry32 } from '../inputs.ts';

const anyCell = fc.record({
  count: fc.integer({ min: 1, max: 25 }),
  /** 0: anywhere; otherwise on a lattice, where nearly everything ties. */
  levels: fc.constantFrom(0, 2, 4),
  threshold: fc.constantFrom(undefined, undefined, 0.6),
  steps: fc.integer({ min: 1, max: 8 }),
  seed: fc.integer(),
});

describe('the signature of a cell that is kept up to date', () => {
  test('equals that of the cell computed afresh, to the last bit', () => {
    fc.assert(
      fc.property(anyCell, ({ count, levels, threshold: share, steps, seed }) => {
        const random = mulberry32(seed);
        const coordinate = () => (levels === 0 ? random() : Math.floor(levels * random()));
        const options = share === undefined ? {} : { threshold: share * Math.max(1, levels) };
        const points = Float64Array.from({ length: 3 * count }, coordinate);
        const values = new Map<string, readonly [number, number, number]>();
        const graphOf = () => {
          const edges = [...values.values()];
          return {
            vertexCount: count,
            tails: Int32Array.from(edges, ([tail]) => tail),
            heads: Int32Array.from(edges, ([, head]) => head),
            values: Float64Array.from(edges, ([, , value]) => value),
          };
        };
        const cloud = new StreamingRips(points, 3, options);
        const graph = new StreamingGraph(graphOf());
        for (let step = 0; step < steps; step++) {
          const moved = Array.from({ length: count }, (_, point) => point).filter(() => random() < 0.2);
          for (const point of moved) for (let k = 0; k < 3; k++) points[3 * point + k] = coordinate();
          cloud.change(moved.map((point) => ({ point, coordinates: points.slice(3 * point, 3 * point + 3) })));
          const changes = new Map<string, readonly [number, number, number]>();
          for (let k = 0; k < 4 && count > 1; k++) {
            const tail = Math.floor(random() * (count - 1));
            const head = tail + 1 + Math.floor(random() * (count - 1 - tail));
            const value = random() < 0.3 ? Number.POSITIVE_INFINITY : Math.floor(4 * random()) / 4;
            changes.set(`${tail} ${head}`, [tail, head, value]);
          }
          graph.change([...changes.values()].map(([tail, head, value]) => ({ tail, head, value })));
          for (const [pair, edge] of changes) {
            if (edge[2] === Number.POSITIVE_INFINITY) values.delete(pair);
            else values.set(pair, edge);
          }
          const state = ripsOfPoints(points, 3, options);
          const flag = flagOfGraph(graphOf());
          const expected = signature(
            { filtration: state, persistence: persistence(state) },
            { filtration: flag, persistence: persistence(flag) },
          );
          expect([...streamingSignature(cloud, graph)]).toEqual([...expected]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is refused where points have come or gone since the graph was made', () => {
    const cloud = new StreamingRips(Float64Array.of(0, 1, 2), 1);
    const graph = new StreamingGraph({
      vertexCount: 3,
      tails: new Int32Array(0),
      heads: new Int32Array(0),
      values: new Float64Array(0),
    });
    cloud.insert([[3]]);
    expect(() => streamingSignature(cloud, graph)).toThrow(/vertices of the graph: got 3, valid is 4/);
    // As many as before, but point 0 is no more and point 3 is no vertex.
    cloud.change([{ point: 0, coordinates: undefined }]);
    expect(() => streamingSignature(cloud, graph)).toThrow(
      /vertex of the graph: got 0, valid is the number of a point/,
    );
  });
});
