import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { END, START } from '../../../src/topology/filtrations/filtration.ts';
import { FlagSimplices } from '../../../src/topology/filtrations/flag-simplices.ts';
import {
  type FlagFiltration,
  flagOfGraph,
  type PersistenceOptions,
  persistence,
  ripsOfLowerTriangle,
  ripsOfPoints,
} from '../../../src/topology/index.ts';
import { barsOf, integerDistances, pairAt, randomGraph, uniformPoints } from '../inputs.ts';
import { flagCells, reduceBoundary } from '../reference-reduction.ts';

const barsByDimension = (filtration: FlagFiltration, options: PersistenceOptions) =>
  persistence(filtration, options).diagrams.map(barsOf);

/** Few levels make nearly all distances tie, many nearly none. */
const anyInput = fc.record({
  count: fc.integer({ min: 1, max: 11 }),
  levels: fc.integer({ min: 1, max: 60 }),
  seed: fc.integer(),
});
const anyModulus = fc.constantFrom(2, 3, 5);

describe('against the reduced boundary matrix', () => {
  test('distances give the same bars in dimensions 0 to 3 over Z/2, Z/3 and Z/5, by both engines', () => {
    fc.assert(
      fc.property(anyInput, anyModulus, ({ count, levels, seed }, modulus) => {
        const lower = integerDistances(count, levels, seed);
        const cells = flagCells(count, (u, v) => pairAt(lower, u, v), 3);
        const expected = reduceBoundary(cells, 3, modulus);
        const filtration = ripsOfLowerTriangle(lower, count);
        expect(barsByDimension(filtration, { maxDimension: 3, modulus })).toEqual(expected);
        expect(barsByDimension(filtration, { maxDimension: 3, modulus, engine: 'typescript' })).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('so do graphs with vertices born late, where homology may stay', () => {
    fc.assert(
      fc.property(anyInput, anyModulus, fc.integer({ min: 0, max: 4 }), ({ count, levels, seed }, modulus, latest) => {
        const graph = randomGraph(count + 3, 0.7, levels, latest, seed);
        const values = new Map(Array.from(graph.values, (value, k) => [`${graph.tails[k]},${graph.heads[k]}`, value]));
        const cells = flagCells(
          graph.vertexCount,
          (u, v) => values.get(`${u},${v}`) ?? Number.POSITIVE_INFINITY,
          2,
          (v) => graph.births[v],
        );
        const expected = reduceBoundary(cells, 2, modulus);
        expect(barsByDimension(flagOfGraph(graph), { maxDimension: 2, modulus })).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the WebAssembly kernel', () => {
  test('finds the same pairs of cells and the same cocycles as the TypeScript version', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 22 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer(),
        fc.constantFrom(2, 3, 5, 65_521),
        (count, levels, seed, modulus) => {
          const filtration = ripsOfLowerTriangle(integerDistances(count, levels, seed), count);
          const run = (engine: 'fastest' | 'typescript') =>
            persistence(filtration, { maxDimension: 2, modulus, cocycles: true, engine });
          expect(run('fastest')).toEqual(run('typescript'));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is left aside in dimension 1 without a collapse, so that the cells are the same', () => {
    const cloud = () => ripsOfPoints(uniformPoints(60, 3, 1), 3);
    const { diagrams, collapsed } = persistence(cloud(), { engine: 'typescript' });
    expect(collapsed).toBeUndefined();
    expect(diagrams).toEqual(persistence(cloud()).diagrams);
  });

  test('gives dimension 1 as the fast path for loops does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 99 }),
        fc.integer(),
        (count, levels, seed) => {
          const filtration = ripsOfLowerTriangle(integerDistances(count, levels, seed), count);
          const [zero, one] = persistence(filtration, { maxDimension: 2, collapse: 'never' }).diagrams;
          expect([zero, one]).toEqual(persistence(filtration).diagrams);
        },
      ),
    );
  });
});

describe('known shapes', () => {
  test('an octahedron has one hollow, from the root of 2 to 2', () => {
    const corners = Float64Array.of(1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1);
    for (const modulus of [2, 3]) {
      const [, loops, hollows] = barsByDimension(ripsOfPoints(corners, 3), { maxDimension: 2, modulus });
      expect(loops).toEqual([]);
      expect(hollows).toEqual([[Math.SQRT2, 2]]);
    }
  });

  test('200 uniform points, mulberry32 seed 42, have 14 hollows of length 0.3572 in all, as by Ripser and GUDHI', () => {
    for (const collapse of ['always', 'never'] as const) {
      const [, , hollows] = barsByDimension(ripsOfPoints(uniformPoints(200, 3, 42), 3), { maxDimension: 2, collapse });
      expect(hollows).toHaveLength(14);
      expect(hollows.reduce((sum, [birth, death]) => sum + death - birth, 0)).toBeCloseTo(0.3572, 4);
    }
  });

  test('bars stream to a callback as well', () => {
    const streamed: number[][] = [];
    const filtration = ripsOfPoints(uniformPoints(60, 3, 1), 3);
    const { diagrams } = persistence(filtration, {
      maxDimension: 2,
      onBar: (dimension, birth, death) => streamed.push([dimension, birth, death]),
    });
    const all = diagrams.flatMap((diagram, dimension) => barsOf(diagram).map((bar) => [dimension, ...bar]));
    const sorted = (bars: number[][]) => bars.map((bar) => bar.join(' ')).sort();
    expect(sorted(streamed)).toEqual(sorted(all));
  });

  test('a run inside the callback of another does not disturb it', () => {
    const filtration = ripsOfPoints(uniformPoints(40, 3, 2), 3);
    const options = { maxDimension: 2, collapse: 'never' } as const;
    const expected = persistence(filtration, options);
    let inner: unknown;
    const outer = persistence(filtration, {
      ...options,
      onBar: () => {
        inner = persistence(filtration, options);
      },
    });
    expect(inner).toEqual(expected);
    expect(outer).toEqual(expected);
  });
});

describe('refusals', () => {
  const code = (name: string) => expect.objectContaining({ code: name });
  const cloud = ripsOfPoints(uniformPoints(150, 3, 1), 3);

  test('a modulus that is no prime, or too large', () => {
    for (const modulus of [0, 1, 4, 65_537, 2.5]) {
      expect(() => persistence(cloud, { modulus })).toThrow(code('TOPOLOGY_BAD_MODULUS'));
    }
  });

  test('simplices that have no exact names, before anything is computed', () => {
    const run = () => persistence(cloud, { maxDimension: 6, collapse: 'never' });
    expect(run).toThrow(code('TOPOLOGY_TOO_LARGE'));
  });

  test('an estimate beyond the memory limit, and a reduction that grows beyond it', () => {
    const within = (memoryLimitBytes: number) => () =>
      persistence(cloud, { maxDimension: 2, collapse: 'never', memoryLimitBytes });
    expect(within(100_000)).toThrow(code('TOPOLOGY_TOO_LARGE'));
    expect(within(100_000)).toThrow(/estimated bytes/);
    const estimated = 4 * 153 * 150 + 34 * cloud.edgeCount;
    expect(within(estimated + 70_000)).toThrow(code('TOPOLOGY_TOO_LARGE'));
    expect(() =>
      persistence(cloud, { maxDimension: 2, engine: 'typescript', collapse: 'never', memoryLimitBytes: 1e6 }),
    ).toThrow(code('TOPOLOGY_TOO_LARGE'));
  });
});

describe('a cocycle', () => {
  test('is 1 on the cell that creates its bar, and its coboundary vanishes until the bar dies', () => {
    fc.assert(
      fc.property(anyInput, anyModulus, ({ count, levels, seed }, modulus) => {
        const filtration = ripsOfLowerTriangle(integerDistances(count, levels, seed), count, {
          threshold: 0.8 * levels,
        });
        const simplices = new FlagSimplices(filtration, 3);
        const { diagrams, cocycles } = persistence(filtration, { maxDimension: 2, modulus, cocycles: true });
        for (const dimension of [1, 2]) {
          const { births, deaths, birthCells } = diagrams[dimension];
          expect(cocycles[dimension]).toHaveLength(births.length);
          cocycles[dimension].forEach(({ cells, coefficients }, bar) => {
            expect([cells[0], coefficients[0]]).toEqual([birthCells[bar], 1]);
            const coboundary = new Map<number, number>();
            cells.forEach((cell, k) => {
              for (
                let at = simplices.nextCofacet(dimension, cell, START);
                at !== END;
                at = simplices.nextCofacet(dimension, cell, at)
              ) {
                const cofacet = simplices.cofacet(dimension, cell, at);
                const term = simplices.cofacetSign(dimension, cell, at) * coefficients[k];
                coboundary.set(cofacet, (coboundary.get(cofacet) ?? 0) + term);
              }
            });
            for (const [cofacet, sum] of coboundary) {
              if (simplices.cellValue(dimension + 1, cofacet) < deaths[bar]) expect(Math.abs(sum % modulus)).toBe(0);
            }
          });
        }
      }),
      { numRuns: 100 },
    );
  });
});
