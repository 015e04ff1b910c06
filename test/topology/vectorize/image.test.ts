import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evenGrid,
  landscape,
  landscapeNorm,
  persistenceImage,
  silhouette,
  TopologyError,
} from '../../../src/topology/index.ts';
import { normalDistribution } from '../../../src/topology/vectorize/normal.ts';
import { diagramOf } from '../inputs.ts';

const anyBars = fc.array(
  fc
    .tuple(fc.double({ min: 0, max: 4, noNaN: true }), fc.double({ min: 0.1, max: 4, noNaN: true }))
    .map(([birth, length]): [number, number] => [birth, birth + length]),
  { maxLength: 8 },
);

describe('a bar without a beginning, as a height of -Infinity makes it,', () => {
  const endless = diagramOf([
    [Number.NEGATIVE_INFINITY, 1],
    [0, 2],
  ]);
  const edges = evenGrid(0, 2, 3);

  test('is refused by an image and a silhouette that weigh it by its length, rather than taken for no number', () => {
    const refusal = expect.objectContaining({ code: 'TOPOLOGY_OUT_OF_RANGE' });
    const grid = { birthEdges: edges, lengthEdges: edges, sigma: 1 };
    expect(() => persistenceImage(endless, grid)).toThrow(refusal);
    expect(() => persistenceImage(diagramOf([[0, 1e200]]), { ...grid, power: 2 })).toThrow(refusal);
    expect(() => silhouette(endless, edges)).toThrow(refusal);
    expect(Array.from(silhouette(endless, edges, 0))).toEqual([0.5, 0.5, 0]);
  });

  test('has a landscape, whose norm is Infinity', () => {
    expect(Array.from(landscape(endless, edges, 1))).toEqual([1, 1, 0]);
    for (const order of [1, 2, Number.POSITIVE_INFINITY]) {
      expect(landscapeNorm(endless, order)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('the persistence image', () => {
  test('holds all of the bars’ weights where the grid covers everything', () => {
    const edges = evenGrid(-10, 20, 61);
    fc.assert(
      fc.property(anyBars, fc.constantFrom(0, 1, 2), (bars, power) => {
        const image = persistenceImage(diagramOf(bars), { birthEdges: edges, lengthEdges: edges, sigma: 0.5, power });
        const weights = bars.reduce((sum, [birth, death]) => sum + (death - birth) ** power, 0);
        expect(image.reduce((sum, value) => sum + value, 0)).toBeCloseTo(weights, 9);
      }),
    );
  });

  test('has columns for births and rows for lengths, and leaves out what never dies', () => {
    const diagram = diagramOf([
      [0.5, 3],
      [0, Number.POSITIVE_INFINITY],
    ]);
    const image = persistenceImage(diagram, {
      birthEdges: evenGrid(0, 2, 3),
      lengthEdges: evenGrid(0, 3, 4),
      sigma: 1e-3,
    });
    expect(Array.from(image, (value) => Number(value.toFixed(6)))).toEqual([0, 0, 0, 0, 2.5, 0]);
  });

  test('refuses edges that don’t rise, a single edge, a sigma of 0 and a negative power', () => {
    const options = { birthEdges: evenGrid(0, 1, 3), lengthEdges: evenGrid(0, 1, 3), sigma: 1 };
    const code = (more: object) => {
      try {
        persistenceImage(diagramOf([]), { ...options, ...more });
      } catch (error) {
        return error instanceof TopologyError ? error.code : error;
      }
      return 'none';
    };
    expect(code({ birthEdges: Float64Array.of(1, 0) })).toBe('TOPOLOGY_BAD_GRID');
    expect(code({ lengthEdges: Float64Array.of(1) })).toBe('TOPOLOGY_BAD_GRID');
    expect(code({ sigma: 0 })).toBe('TOPOLOGY_OUT_OF_RANGE');
    expect(code({ power: -1 })).toBe('TOPOLOGY_OUT_OF_RANGE');
    expect(code({})).toBe('none');
  });
});

// From scipy 1.17.1's special.ndtr.
test.each([
  [0, 0.5],
  [-1, 0.15865525393145707],
  [1.959963984540054, 0.975],
  [-3, 0.0013498980316300933],
  [-3.6, 0.00015910859015753364],
  [-6, 9.865876450376946e-10],
  [-10, 7.61985302416047e-24],
  [-30, 4.906713927147908e-198],
])('the normal distribution at %d is %d', (x, probability) => {
  expect(Math.abs(normalDistribution(x) / probability - 1)).toBeLessThan(1e-12);
  expect(normalDistribution(x) + normalDistribution(-x)).toBeCloseTo(1, 15);
});

describe('the norm of a landscape', () => {
  test('is that of its levels, integrated', () => {
    const grid = evenGrid(0, 8, 8001);
    fc.assert(
      fc.property(anyBars, fc.constantFrom(1, 2, 3), (bars, order) => {
        const levels = landscape(diagramOf(bars), grid, 8);
        const sum = levels.reduce((total, value) => total + value ** order, 0) * 1e-3;
        const norm = landscapeNorm(diagramOf(bars), order);
        expect(Math.abs(norm - sum ** (1 / order))).toBeLessThan(1e-3 * Math.max(1, norm));
      }),
      { numRuns: 20 },
    );
  });

  test('rises with a bar’s length, is 0 without bars, and at infinity half the longest bar', () => {
    const bars: [number, number][] = [
      [0, 3],
      [1, 2],
      [2, Number.POSITIVE_INFINITY],
    ];
    expect(landscapeNorm(diagramOf(bars), Number.POSITIVE_INFINITY)).toBe(1.5);
    expect(landscapeNorm(diagramOf(bars))).toBe(2.5);
    expect(landscapeNorm(diagramOf([]))).toBe(0);
    expect(landscapeNorm(diagramOf([[0, 3.1]]), 2)).toBeGreaterThan(landscapeNorm(diagramOf([[0, 3]]), 2));
    expect(() => landscapeNorm(diagramOf(bars), 0.5)).toThrow(TopologyError);
  });
});
