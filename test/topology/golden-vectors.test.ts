import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  bottleneckDistance,
  type Diagram,
  evenGrid,
  persistenceImage,
  slicedWassersteinDistance,
  wassersteinDistance,
} from '../../src/topology/index.ts';
import { diagramOf, mulberry32 } from './inputs.ts';

// Written by golden/vectors.py, which names the versions of the programs in the file.

interface Golden {
  readonly sliced: readonly (readonly [
    counts: [number, number],
    seeds: [number, number],
    directions: number,
    distance: number,
  ])[];
  readonly large: readonly (readonly [
    counts: [number, number],
    longest: number,
    bottleneck: number,
    w1: number,
    w2e: number,
  ])[];
  readonly images: readonly (readonly [seed: number, sigma: number, power: number, image: readonly number[]])[];
}

const golden = JSON.parse(readFileSync(new URL('golden/vectors.json', import.meta.url), 'utf8')) as Golden;

function randomDiagram(count: number, longest: number, seed: number): Diagram {
  const random = mulberry32(seed);
  return diagramOf(
    Array.from({ length: count }, () => {
      const birth = random();
      return [birth, birth + random() * longest] as const;
    }),
  );
}

test('sliced Wasserstein distances equal those of GUDHI, given the directions that it averages over', () => {
  expect(golden.sliced.length).toBe(40);
  for (const [counts, seeds, directions, distance] of golden.sliced) {
    const [a, b] = [randomDiagram(counts[0], 1, seeds[0]), randomDiagram(counts[1], 1, seeds[1])];
    // GUDHI 3.13 makes evenly spaced directions and leaves out the last.
    const angles = Float64Array.from({ length: directions - 1 }, (_, k) => -Math.PI / 2 + (k * Math.PI) / directions);
    expect(slicedWassersteinDistance(a, b, angles)).toBeCloseTo(distance, 12);
  }
});

test('the sliced Wasserstein distance of {(0, 4), (1, 2)} and {(0, 5)} over 2000 directions is 1.43694', () => {
  const one = diagramOf([
    [0, 4],
    [1, 2],
  ]);
  expect(slicedWassersteinDistance(one, diagramOf([[0, 5]]), 2000)).toBeCloseTo(1.4369, 3);
});

test('distances of diagrams of 300 to 1500 bars equal those of GUDHI and POT', () => {
  expect(golden.large.length).toBe(3);
  for (const [counts, longest, bottleneck, w1, w2e] of golden.large) {
    const [a, b] = [randomDiagram(counts[0], longest, counts[0]), randomDiagram(counts[1], longest, counts[1] + 1)];
    expect(bottleneckDistance(a, b)).toBeCloseTo(bottleneck, 12);
    expect(wassersteinDistance(a, b, { order: 1 })).toBeCloseTo(w1, 9);
    expect(wassersteinDistance(a, b, { ground: 'euclidean' })).toBeCloseTo(w2e, 9);
  }
});

test('persistence images equal those of persim', () => {
  expect(golden.images.length).toBe(3);
  const edges = evenGrid(0, 1, 5);
  for (const [seed, sigma, power, image] of golden.images) {
    const found = persistenceImage(randomDiagram(6, 1, seed), { birthEdges: edges, lengthEdges: edges, sigma, power });
    expect(found.length).toBe(16);
    found.forEach((value, k) => {
      expect(value).toBeCloseTo(image[k], 12);
    });
  }
});
