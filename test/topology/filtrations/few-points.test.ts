import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Distances, enclosingRadius, euclidean } from '../../../src/topology/filtrations/distances.ts';
import { areFew, FewPointsEdges } from '../../../src/topology/filtrations/few-points.ts';
import { anyCloud } from '../clouds.ts';
import { mulberry32, uniformPoints } from '../inputs.ts';

/** The pairs up to the limit by comparison. */
function obvious({ count, lower }: Distances, limit: number) {
  const pairs = [];
  for (let i = 1, at = 0; i < count; i++) {
    for (let j = 0; j < i; j++, at++) if (lower[at] <= limit) pairs.push({ tail: j, head: i, value: lower[at] });
  }
  return pairs.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
}

function sorted(edges: FewPointsEdges) {
  const found: { tail: number; head: number; value: number }[] = [];
  while (found.length < edges.edgeCount) {
    const { tails, heads, values } = edges.next();
    expect(values.length).toBeGreaterThan(0);
    tails.forEach((tail, k) => {
      found.push({ tail, head: heads[k], value: values[k] });
    });
  }
  return found;
}

/** Distances that rows of a matrix take in turn from a list. */
const distancesFrom = (count: number, value: (at: number) => number): Distances => ({
  count,
  lower: Float64Array.from({ length: (count * (count - 1)) / 2 }, (_, at) => value(at)),
});

const awkward: readonly (readonly [string, Distances])[] = [
  // The leading bits of all of these agree, so that they are told apart by all 64.
  ['that only the last bits tell apart', distancesFrom(120, (at) => 1 + ((at * 7919) % 7140) * 2 ** -52)],
  ['from the smallest to the largest', distancesFrom(60, (at) => 2 ** (((at * 37) % 2000) - 1000))],
  ['of zeros of both signs and subnormal numbers', distancesFrom(40, (at) => [0, -0, 5e-324, 1e-310][at % 4])],
  ['that all tie', distancesFrom(256, () => 3)],
];

describe('the edges of few points', () => {
  test('come by distance, ties by place, whatever the cloud', () => {
    fc.assert(
      fc.property(anyCloud(60), fc.double({ min: 0.1, max: 1.2, noNaN: true }), (distances, share) => {
        const wanted = share * enclosingRadius(distances);
        const edges = FewPointsEdges.ofDistances(distances, wanted);
        expect(edges.threshold).toBe(Math.min(wanted, enclosingRadius(distances)));
        const expected = obvious(distances, Math.min(edges.threshold, Number.MAX_VALUE));
        expect(sorted(edges)).toEqual(expected);
        expect(expected.map((_, rank) => edges.valueAt(rank))).toEqual(expected.map(({ value }) => value));
      }),
      { numRuns: 300 },
    );
  });

  test.each(awkward)('come in order for distances %s', (_, distances) => {
    const edges = FewPointsEdges.ofDistances(distances, Number.POSITIVE_INFINITY);
    expect(sorted(edges)).toEqual(obvious(distances, edges.threshold));
  });

  test('are as far apart as the points, to the last bit, in any dimension', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (count, dimension, seed) => {
          const random = mulberry32(seed);
          const points = Float64Array.from({ length: count * dimension }, () => 100 * random() ** 3 - 20);
          const distances = euclidean(points, dimension);
          const edges = FewPointsEdges.ofPoints(points, dimension, Number.POSITIVE_INFINITY);
          expect(edges.threshold).toBe(enclosingRadius(distances));
          expect(sorted(edges)).toEqual(obvious(distances, edges.threshold));
        },
      ),
    );
  });

  test('do not change with the points they were made of, nor with what the kernel does next', () => {
    const points = uniformPoints(256, 3, 1);
    const edges = FewPointsEdges.ofPoints(points, 3, Number.POSITIVE_INFINITY);
    const expected = obvious(euclidean(points, 3), edges.threshold);
    points.fill(7);
    FewPointsEdges.ofPoints(uniformPoints(200, 2, 2), 2, Number.POSITIVE_INFINITY);
    expect(sorted(edges)).toEqual(expected);
  });

  test('are few up to 256 points of 64 coordinates', () => {
    expect([areFew(256, 64), areFew(257, 1), areFew(256, 65)]).toEqual([true, false, false]);
    const distances = euclidean(uniformPoints(256, 64, 3), 64);
    const edges = FewPointsEdges.ofPoints(uniformPoints(256, 64, 3), 64, Number.POSITIVE_INFINITY);
    expect(sorted(edges)).toEqual(obvious(distances, edges.threshold));
  });
});
