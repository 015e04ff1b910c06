import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FlagFiltration, flagOfGraph } from '../../../src/topology/filtrations/flag.ts';
import { connectedComponents } from '../../../src/topology/homology/components.ts';
import type { OnBar } from '../../../src/topology/homology/diagram.ts';
import { barsOfFew, componentsOfFew, loopsOfFew } from '../../../src/topology/homology/few-vertices.ts';
import { loops } from '../../../src/topology/homology/loops.ts';
import { persistence, ripsOfLowerTriangle, ripsOfPoints } from '../../../src/topology/index.ts';
import { anyCloud } from '../clouds.ts';
import { mulberry32, randomGraph, uniformPoints } from '../inputs.ts';

/** All bars with length, with their cells. */
function byKernel(filtration: FlagFiltration) {
  const bars = barsOfFew(filtration);
  if (bars === undefined) return undefined;
  const found: number[][] = [];
  const take = (dimension: number, ...bar: Parameters<OnBar>) => found.push([dimension, ...bar]);
  componentsOfFew(filtration, bars, take);
  loopsOfFew(filtration, bars, take);
  return { forest: Array.from(bars.forest), bars: found.sort(compare) };
}

function byTypeScript(filtration: FlagFiltration) {
  const found: number[][] = [];
  const take =
    (dimension: number): OnBar =>
    (...bar) =>
      found.push([dimension, ...bar]);
  const forest = connectedComponents(filtration, take(0));
  loops(filtration, forest, take(1));
  return { forest: Array.from(forest), bars: found.sort(compare) };
}

const compare = (a: readonly number[], b: readonly number[]) => {
  const at = a.findIndex((value, k) => value !== b[k]);
  return at < 0 ? 0 : a[at] - b[at];
};

describe('the kernel for few vertices', () => {
  test('finds the bars and cells of the TypeScript version in clouds, whatever ties there are', () => {
    fc.assert(
      fc.property(anyCloud(70), (distances) => {
        const filtration = ripsOfLowerTriangle(distances.lower, distances.count);
        expect(byKernel(filtration)).toEqual(byTypeScript(filtration));
      }),
      { numRuns: 200 },
    );
  });

  test('so it does in graphs, which may have several components and loops that are never filled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.constantFrom(1, 5, 1e9),
        fc.nat(),
        (count, chance, levels, seed) => {
          const { births: _, ...graph } = randomGraph(count, chance, levels, 0, seed);
          const filtration = flagOfGraph(graph);
          expect(byKernel(filtration)).toEqual(byTypeScript(filtration));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('so it does where columns are long: distances at random', () => {
    for (const count of [64, 65, 127, 128, 129]) {
      const random = mulberry32(count);
      const lower = Float64Array.from({ length: (count * (count - 1)) / 2 }, () => random());
      const filtration = ripsOfLowerTriangle(lower, count);
      expect(byKernel(filtration)).toEqual(byTypeScript(filtration));
    }
  });

  test('so it does with the most vertices it takes', () => {
    const filtration = ripsOfPoints(uniformPoints(256, 3, 42), 3);
    expect(byKernel(filtration)).toEqual(byTypeScript(filtration));
  });

  test('keeps nothing from one call to the next', () => {
    const clouds = [40, 200, 15, 90].map((count) => ripsOfPoints(uniformPoints(count, 2, count), 2));
    const alone = clouds.map((cloud) => persistence(cloud));
    expect(clouds.map((cloud) => persistence(cloud)).reverse()).toEqual(alone.reverse());
  });

  test('leaves to others what it cannot do: many vertices, some born late, and too much work', () => {
    expect(barsOfFew(ripsOfPoints(uniformPoints(257, 2, 1), 2))).toBeUndefined();
    expect(barsOfFew(flagOfGraph(randomGraph(10, 0.5, 5, 3, 1)))).toBeUndefined();
    // Nearly every edge across two halves is open, and closes a loop that is filled late.
    const random = mulberry32(1);
    const lower = [];
    for (let i = 1; i < 256; i++) {
      for (let j = 0; j < i; j++) lower.push((i + j) % 2 === 1 ? 0.5 + random() / 10 : 0.95 + random() / 100);
    }
    expect(barsOfFew(ripsOfLowerTriangle(Float64Array.from(lower), 256))).toBeUndefined();
    // And is ready for the next.
    const filtration = ripsOfPoints(uniformPoints(50, 2, 1), 2);
    expect(byKernel(filtration)).toEqual(byTypeScript(filtration));
  });
});
