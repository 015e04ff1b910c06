import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { persistence, ripsOfPoints, TopologyError } from '../../../src/topology/index.ts';
import { StreamingRips } from '../../../src/topology/streaming/streaming-rips.ts';
import { barsOf, mulberry32, uniformPoints } from '../inputs.ts';

/** Points, and a sequence of edits: some few move a little or far, some go, some come. On a lattice nearly everything ties. */
const anyHistory = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  dimension: fc.integer({ min: 1, max: 3 }),
  levels: fc.constantFrom(0, 0, 2, 3, 6),
  threshold: fc.constantFrom(undefined, undefined, 0.5, 0.9),
  steps: fc.integer({ min: 1, max: 14 }),
  seed: fc.integer(),
});

type History = typeof anyHistory extends fc.Arbitrary<infer T> ? T : never;

/** The number of comparisons made. */
function follow({ count, dimension, levels, threshold: share, steps, seed }: History): number {
  const random = mulberry32(seed);
  const coordinate = () => (levels === 0 ? random() : Math.floor(levels * random()));
  const place = () => Array.from({ length: dimension }, coordinate);
  const options = share === undefined ? {} : { threshold: share * Math.max(1, levels) };
  const points = new Map(Array.from({ length: count }, (_, point) => [point, place()]));
  const streaming = new StreamingRips(Float64Array.from([...points.values()].flat()), dimension, options);
  const compare = () => {
    expect(streaming.pointCount).toBe(points.size);
    if (points.size === 0) return;
    const scratch = ripsOfPoints(Float64Array.from([...points.values()].flat()), dimension, options);
    expect(streaming.diagrams.map(barsOf)).toEqual(persistence(scratch).diagrams.map(barsOf));
  };
  compare();
  for (let step = 0; step < steps; step++) {
    const edit = random();
    if (edit < 0.2 || points.size === 0) {
      const added = Array.from({ length: 1 + Math.floor(3 * random()) }, place);
      streaming.insert(added).forEach((point, k) => {
        expect(points.has(point)).toBe(false);
        points.set(point, added[k]);
      });
    } else {
      const chosen = [...points.keys()].filter(() => random() < 3 / points.size);
      const changes = chosen.map((point) => {
        const nudged = (points.get(point) ?? []).map((x) => (levels === 0 ? x + 0.05 * (random() - 0.5) : x));
        return { point, coordinates: edit < 0.35 ? undefined : random() < 0.4 ? place() : nudged };
      });
      streaming.change(changes);
      for (const { point, coordinates } of changes) {
        if (coordinates === undefined) points.delete(point);
        else points.set(point, coordinates);
      }
    }
    compare();
  }
  return steps + 1;
}

describe('points that move, come and go', () => {
  test('give after every edit the diagrams that a fresh computation gives, over thousands of edits', () => {
    let compared = 0;
    fc.assert(
      fc.property(anyHistory, (history) => {
        compared += follow(history);
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(2000);
  });

  test('a larger cloud drifts for a hundred steps, one in a hundred points at a time', () => {
    const count = 200;
    const points = uniformPoints(count, 3, 42);
    const random = mulberry32(1);
    const streaming = new StreamingRips(points, 3);
    for (let step = 0; step < 100; step++) {
      const changes = [0, 1].map((half) => {
        const point = 2 * Math.floor((count / 2) * random()) + half;
        for (let k = 0; k < 3; k++) points[3 * point + k] += 0.02 * (random() - 0.5);
        return { point, coordinates: points.slice(3 * point, 3 * point + 3) };
      });
      streaming.change(changes);
      if (step % 5 > 0) continue;
      const { diagrams, forest } = persistence(ripsOfPoints(points, 3));
      expect(streaming.diagrams.map(barsOf)).toEqual(diagrams.map(barsOf));
      expect(streaming.forest.length).toBe(forest.length);
      // What was certified was not computed again.
      expect(streaming.columnsReduced).toBeLessThan(diagrams[1].births.length);
    }
  });

  test('points of a larger cloud jump across it, or onto another one', () => {
    const count = 150;
    const points = uniformPoints(count, 2, 7);
    const random = mulberry32(2);
    const streaming = new StreamingRips(points, 2);
    for (let step = 0; step < 60; step++) {
      const changes = [0, 1, 2].map((third) => {
        const point = 3 * Math.floor((count / 3) * random()) + third;
        const onto = Math.floor(count * random());
        for (let k = 0; k < 2; k++) points[2 * point + k] = random() < 0.5 ? random() : points[2 * onto + k];
        return { point, coordinates: points.slice(2 * point, 2 * point + 2) };
      });
      streaming.change(changes);
      expect(streaming.diagrams.map(barsOf)).toEqual(persistence(ripsOfPoints(points, 2)).diagrams.map(barsOf));
    }
  });

  test('the same edits give the same result, names of cells included', () => {
    const run = () => {
      const streaming = new StreamingRips(uniformPoints(40, 2, 3), 2);
      streaming.change([{ point: 3, coordinates: [0.5, 0.5] }]);
      streaming.change([{ point: 5, coordinates: undefined }]);
      return [streaming.insert([[0.1, 0.9]]), streaming.diagrams, streaming.forest];
    };
    expect(run()).toEqual(run());
  });
});

describe('refused, and nothing has changed', () => {
  const streaming = new StreamingRips(uniformPoints(5, 2, 1), 2);
  const before = JSON.stringify(streaming.diagrams);
  const refusals: readonly [what: string, code: string, run: () => unknown][] = [
    ['a point that is not there', 'TOPOLOGY_BAD_VERTEX', () => streaming.change([{ point: 5, coordinates: [0, 0] }])],
    ['half a number', 'TOPOLOGY_BAD_VERTEX', () => streaming.change([{ point: 0.5, coordinates: [0, 0] }])],
    [
      'a point named twice',
      'TOPOLOGY_BAD_VERTEX',
      () => streaming.change([1, 1].map((point) => ({ point, coordinates: [0, 0] }))),
    ],
    ['a coordinate too few', 'TOPOLOGY_WRONG_LENGTH', () => streaming.change([{ point: 1, coordinates: [0] }])],
    ['no number', 'TOPOLOGY_NOT_A_NUMBER', () => streaming.change([{ point: 1, coordinates: [0, Number.NaN] }])],
    ['infinity', 'TOPOLOGY_OUT_OF_RANGE', () => streaming.insert([[0, Number.POSITIVE_INFINITY]])],
    ['no points', 'TOPOLOGY_EMPTY_INPUT', () => new StreamingRips(new Float64Array(0), 2)],
    [
      'more than the memory limit',
      'TOPOLOGY_TOO_LARGE',
      () => new StreamingRips(new Float64Array(2000), 2, { memoryLimitBytes: 1e6 }),
    ],
    [
      'a threshold that is no number',
      'TOPOLOGY_OUT_OF_RANGE',
      () => new StreamingRips(new Float64Array(2), 2, { threshold: Number.NaN }),
    ],
  ];

  test.each(refusals)('%s', (_, code, run) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(TopologyError);
    if (caught instanceof TopologyError) expect(caught.code).toBe(code);
    expect(JSON.stringify(streaming.diagrams)).toBe(before);
  });
});
