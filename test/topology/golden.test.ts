import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  bettiCurve,
  bottleneckDistance,
  evenGrid,
  type FlagFiltration,
  flagOfGraph,
  landscape,
  persistence,
  persistentEntropy,
  ripsOfLowerTriangle,
  ripsOfPoints,
  silhouette,
  wassersteinDistance,
} from '../../src/topology/index.ts';
import { barsOf, diagramOf, integerDistances, mulberry32, randomGraph, uniformPoints } from './inputs.ts';

// Written by golden/generate.py, which names the versions of the programs in the file.

type PackedBar = readonly [birth: number, death: number | null, times?: number];

interface GoldenPersistence {
  readonly programs: Readonly<Record<string, string>>;
  readonly cases: readonly (
    | {
        readonly kind: 'points';
        readonly count: number;
        readonly dimension: number;
        readonly seed: number;
        readonly bars: readonly PackedBar[][];
      }
    | {
        readonly kind: 'integers';
        readonly count: number;
        readonly levels: number;
        readonly seed: number;
        readonly bars: readonly PackedBar[][];
      }
    | {
        readonly kind: 'graph';
        readonly count: number;
        readonly chance: number;
        readonly levels: number;
        readonly latestBirth: number;
        readonly seed: number;
        readonly bars: readonly PackedBar[][];
      }
  )[];
}

interface GoldenDiagrams {
  readonly distances: readonly {
    readonly counts: readonly [number, number];
    readonly seeds: readonly [number, number];
    readonly bottleneck: number;
    readonly w1: number;
    readonly w2: number;
    readonly w2e: number;
  }[];
  readonly vectors: readonly {
    readonly count: number;
    readonly seed: number;
    readonly landscape: readonly number[];
    readonly silhouette: readonly number[];
    readonly betti: readonly number[];
    readonly entropy: number;
  }[];
}

function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')) as T;
}

function filtrationOf(input: GoldenPersistence['cases'][number]): FlagFiltration {
  switch (input.kind) {
    case 'points':
      return ripsOfPoints(uniformPoints(input.count, input.dimension, input.seed), input.dimension);
    case 'integers':
      return ripsOfLowerTriangle(integerDistances(input.count, input.levels, input.seed), input.count);
    case 'graph':
      return flagOfGraph(randomGraph(input.count, input.chance, input.levels, input.latestBirth, input.seed));
  }
}

const unpacked = (bars: readonly PackedBar[]) =>
  bars.flatMap(([birth, death, times = 1]) =>
    Array.from({ length: times }, (): [number, number] => [birth, death ?? Number.POSITIVE_INFINITY]),
  );

const randomDiagram = (count: number, seed: number) => {
  const random = mulberry32(seed);
  return diagramOf(
    Array.from({ length: count }, () => {
      const birth = random();
      return [birth, birth + random()] as const;
    }),
  );
};

const persistenceGolden = golden<GoldenPersistence>('persistence.json');

describe('persistence equals that of GUDHI, which equals that of Ripser', () => {
  const casesOf = (kind: string) => persistenceGolden.cases.filter((input) => input.kind === kind);

  test.each([
    ['integers', 'distances that nearly all tie'],
    ['graph', 'graphs, tied and with late vertices'],
  ])('exactly on %s: %s', (kind) => {
    const cases = casesOf(kind);
    expect(cases.length).toBe(180);
    for (const input of cases) {
      const bars = persistence(filtrationOf(input)).diagrams.map(barsOf);
      expect(bars, JSON.stringify(input)).toEqual(input.bars.map(unpacked));
    }
  });

  test('to the 9 digits stored on points', () => {
    const cases = casesOf('points');
    expect(cases.length).toBe(60);
    for (const input of cases) {
      const { diagrams } = persistence(filtrationOf(input));
      diagrams.forEach((diagram, dimension) => {
        const expected = diagramOf(unpacked(input.bars[dimension]));
        expect(diagram.births.length, JSON.stringify(input)).toBe(expected.births.length);
        expect(bottleneckDistance(diagram, expected), JSON.stringify(input)).toBeLessThan(1e-9);
      });
    }
  });
});

describe('distances and vectors equal those of GUDHI', () => {
  const { distances, vectors } = golden<GoldenDiagrams>('diagrams.json');

  test('bottleneck and Wasserstein distances of random diagrams', () => {
    expect(distances.length).toBe(60);
    for (const { counts, seeds, bottleneck, w1, w2, w2e } of distances) {
      const a = randomDiagram(counts[0], seeds[0]);
      const b = randomDiagram(counts[1], seeds[1]);
      expect(bottleneckDistance(a, b)).toBeCloseTo(bottleneck, 12);
      expect(wassersteinDistance(a, b, { order: 1 })).toBeCloseTo(w1, 9);
      expect(wassersteinDistance(a, b)).toBeCloseTo(w2, 9);
      expect(wassersteinDistance(a, b, { ground: 'euclidean' })).toBeCloseTo(w2e, 9);
    }
  });

  test('landscape, silhouette, Betti curve and entropy', () => {
    expect(vectors.length).toBe(3);
    const grid = evenGrid(0, 2, 21);
    for (const vector of vectors) {
      const diagram = randomDiagram(vector.count, vector.seed);
      expectClose(landscape(diagram, grid, 3), vector.landscape);
      expectClose(silhouette(diagram, grid, 2), vector.silhouette);
      expectClose(bettiCurve(diagram, grid), vector.betti);
      expect(persistentEntropy(diagram)).toBeCloseTo(vector.entropy, 12);
    }
  });
});

function expectClose(found: Float64Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) expect(found[k]).toBeCloseTo(expected[k], 12);
}
