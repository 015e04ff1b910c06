import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Filtration, persistence } from '../../src/topology/index.ts';
import { alphaCase, complexOfCase, gridCase, lowerStarCase } from './complexes.ts';
import { barsOf } from './inputs.ts';

// Written by golden/complexes.py, which names GUDHI's version in the file.

type PackedBar = readonly [birth: number, death: number | null, times: number];
type Case = readonly [seed: number, bars: readonly (readonly PackedBar[])[]];

const golden = JSON.parse(readFileSync(new URL('golden/complexes.json', import.meta.url), 'utf8')) as Readonly<
  Record<'grid' | 'alpha' | 'lower-star' | 'explicit', readonly Case[]>
>;

const unpacked = (bars: readonly PackedBar[]) =>
  bars.flatMap(([birth, death, times]) =>
    Array.from({ length: times }, (): [number, number] => [birth, death ?? Number.POSITIVE_INFINITY]),
  );

const computed = (filtration: Filtration, dimensions: number, modulus: number) =>
  persistence(filtration, { maxDimension: Math.min(dimensions, filtration.dimension) - 1, modulus }).diagrams.map(
    barsOf,
  );

const modulusOf = (seed: number) => [2, 3, 5][Math.floor(seed / 6) % 3];

describe('persistence equals that of GUDHI', () => {
  test.each([
    ['grid', 'grids of 1, 2 and 3 axes, on cells and on vertices, periodic and not', 240, gridCase],
    ['lower-star', 'functions on surfaces, whole and torn, some with torsion', 180, lowerStarCase],
    ['explicit', 'random complexes up to dimension 3', 180, complexOfCase],
  ] as const)('exactly, over Z/2, Z/3 and Z/5, on %s: %s', (kind, _, count, filtrationOf) => {
    expect(golden[kind].length).toBe(count);
    for (const [seed, bars] of golden[kind]) {
      const found = computed(filtrationOf(seed), bars.length, modulusOf(seed));
      // A complex without cells of a dimension has no homology there.
      expect(
        bars.map((_, dimension) => found[dimension] ?? []),
        `${kind} ${seed}`,
      ).toEqual(bars.map(unpacked));
    }
  });

  test('to 10 digits on alpha complexes: random points, small grids, circles and lines, with repeats', () => {
    expect(golden.alpha.length).toBe(240);
    for (const [seed, bars] of golden.alpha) {
      const found = computed(alphaCase(seed), 2, 2);
      const rounded = bars.map((_, dimension) =>
        (found[dimension] ?? []).map(([birth, death]) => [Number(birth.toFixed(10)), Number(death.toFixed(10))]),
      );
      expect(rounded, `alpha ${seed}`).toEqual(bars.map(unpacked));
    }
  });
});
