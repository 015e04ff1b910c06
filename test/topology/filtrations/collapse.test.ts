import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collapseEdges, collapsibleShare } from '../../../src/topology/filtrations/collapse.ts';
import type { EdgeFiltration } from '../../../src/topology/filtrations/filtration.ts';
import { flagOfGraph, persistence, ripsOfLowerTriangle, ripsOfPoints } from '../../../src/topology/index.ts';
import { barsOf, integerDistances, mulberry32, randomGraph, uniformPoints } from '../inputs.ts';

const edgesOf = (edges: EdgeFiltration) =>
  Array.from({ length: edges.edgeCount }, (_, k) => [edges.edgeTail(k), edges.edgeHead(k), edges.edgeValue(k)]);

const anyInput = fc.record({
  count: fc.integer({ min: 1, max: 16 }),
  levels: fc.integer({ min: 1, max: 200 }),
  seed: fc.integer(),
});

describe('collapsed edges', () => {
  test('give exactly the same diagrams in dimensions 0 to 3, over Z/2 and Z/3', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(2, 3), ({ count, levels, seed }, modulus) => {
        const filtration = ripsOfLowerTriangle(integerDistances(count, levels, seed), count);
        const bars = (collapse: 'always' | 'never') =>
          persistence(filtration, { maxDimension: 3, modulus, collapse }).diagrams.map(barsOf);
        expect(bars('always')).toEqual(bars('never'));
      }),
      { numRuns: 80 },
    );
  });

  test('so they do for graphs with vertices born late, cut off where homology is left', () => {
    fc.assert(
      fc.property(anyInput, ({ count, levels, seed }) => {
        const filtration = flagOfGraph(randomGraph(count + 4, 0.6, levels, 3, seed));
        const bars = (collapse: 'always' | 'never') =>
          persistence(filtration, { maxDimension: 2, collapse }).diagrams.map(barsOf);
        expect(bars('always')).toEqual(bars('never'));
      }),
      { numRuns: 80 },
    );
  });

  test('are the same by the kernel and in TypeScript', () => {
    fc.assert(
      fc.property(anyInput, ({ count, levels, seed }) => {
        const filtration = ripsOfLowerTriangle(integerDistances(count, levels, seed), count);
        expect(edgesOf(collapseEdges(filtration))).toEqual(
          edgesOf(collapseEdges(filtration, { engine: 'typescript' })),
        );
      }),
    );
  });

  test("of 100 uniform points 385 are left, as of GUDHI 3.13.0's collapse_edges, of 200 points 1203", () => {
    expect(collapseEdges(ripsOfPoints(uniformPoints(100, 3, 42), 3)).edgeCount).toBe(385);
    expect(collapseEdges(ripsOfPoints(uniformPoints(200, 3, 42), 3)).edgeCount).toBe(1203);
  });
});

describe('a look at the input', () => {
  test('tells uniform points, most of whose edges go, from random distances and from a sphere, most of whose stay', () => {
    expect(collapsibleShare(ripsOfPoints(uniformPoints(100, 3, 42), 3))).toBeGreaterThan(0.6);
    expect(collapsibleShare(ripsOfLowerTriangle(integerDistances(60, 1000, 1), 60))).toBeLessThan(0.1);
    expect(collapsibleShare(ripsOfPoints(spherePoints(100), 3))).toBeLessThan(0.6);
  });
});

function spherePoints(count: number): Float64Array {
  const random = mulberry32(5);
  const points = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    const height = 2 * random() - 1;
    const angle = 2 * Math.PI * random();
    const radius = Math.sqrt(1 - height * height);
    points.set([radius * Math.cos(angle), radius * Math.sin(angle), height], 3 * k);
  }
  return points;
}
