import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bettiCurve,
  type Diagram,
  eulerCurve,
  evenGrid,
  landscape,
  lifespans,
  persistentEntropy,
  silhouette,
} from '../../../src/topology/index.ts';
import { diagramOf } from '../inputs.ts';

const anyDiagram = fc
  .array(
    fc
      .tuple(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0.01, max: 5, noNaN: true }))
      .map(([birth, length]): [number, number] => [birth, birth + length]),
    { maxLength: 12 },
  )
  .map(diagramOf);
const grid = evenGrid(0, 10, 41);

test('the Betti curve of (0, 2), (1, 4) on 0..4 is 1 2 1 1 0, and (0, inf) adds 1 throughout', () => {
  const bars: [number, number][] = [
    [0, 2],
    [1, 4],
  ];
  const scales = evenGrid(0, 4, 5);
  expect(Array.from(bettiCurve(diagramOf(bars), scales))).toEqual([1, 2, 1, 1, 0]);
  const more = diagramOf([...bars, [0, Number.POSITIVE_INFINITY]]);
  expect(Array.from(bettiCurve(more, scales))).toEqual([2, 3, 2, 2, 1]);
  expect(Array.from(eulerCurve([more, diagramOf(bars)], scales))).toEqual([1, 1, 1, 1, 1]);
});

test('an even grid ends at the very scales it was given, so that a bar that dies at the last is not alive there', () => {
  const ends = fc.tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(ends, fc.integer({ min: 2, max: 200 }), (pair, count) => {
      const [first, last] = [...pair].sort((a, b) => a - b);
      const even = evenGrid(first, last, count);
      expect([even[0], even[count - 1]]).toEqual([first, last]);
    }),
  );
  expect(bettiCurve(diagramOf([[0, 0.03]]), evenGrid(0, 0.03, 12)).at(-1)).toBe(0);
  expect(Array.from(evenGrid(0, 1e308, 11)).at(5)).toBe(5e307);
  expect(Array.from(evenGrid(-1e308, 1e308, 3))).toEqual([-1e308, 0, 1e308]);
});

test('the landscape of the bar (0, 4) is 2 at 2, and a single bar is its own silhouette', () => {
  const bar = diagramOf([[0, 4]]);
  expect(Array.from(landscape(bar, evenGrid(0, 4, 5), 2))).toEqual([0, 1, 2, 1, 0, 0, 0, 0, 0, 0]);
  expect(Array.from(silhouette(bar, evenGrid(0, 4, 5)))).toEqual([0, 1, 2, 1, 0]);
});

test('statistics of bars hold where their squares and sums are no numbers', () => {
  for (const size of [2 ** 1023, 2 ** 600, 1, 2 ** -600]) {
    const bars = diagramOf([
      [0, size],
      [0, size],
      [0, size],
      [0, size],
    ]);
    const { median, energy } = lifespans(bars);
    expect([median / size, energy / size / 2]).toEqual([1, size === 2 ** 1023 ? Number.POSITIVE_INFINITY : 1]);
    expect(persistentEntropy(bars)).toBeCloseTo(Math.log(4), 12);
  }
  expect(
    lifespans(
      diagramOf([
        [0, 3e160],
        [0, 4e160],
      ]),
    ).energy / 1e160,
  ).toBeCloseTo(5, 12);
});

test('a single bar is its own silhouette whatever the power, and the bar that weighs most decides where the power is large', () => {
  const scales = evenGrid(0, 4, 5);
  for (const size of [1, 2 ** 300, 2 ** -300]) {
    const sized = scales.map((scale) => scale * size);
    const inUnits = (diagram: Diagram, power: number) =>
      Array.from(silhouette(diagram, sized, power), (value) => value / size);
    for (const power of [0, 1, 400, -400]) expect(inUnits(diagramOf([[0, 4 * size]]), power)).toEqual([0, 1, 2, 1, 0]);
    const bars = diagramOf([
      [0, 4 * size],
      [0, 2 * size],
      [size, size],
    ]);
    expect(inUnits(bars, 400)).toEqual([0, 1, 2, 1, 0]);
    const [, atTop, beyond] = inUnits(bars, -400);
    expect([atTop, beyond < 1e-100]).toEqual([1, true]);
  }
  expect(() => silhouette(diagramOf([[0, 1]]), scales, Number.NaN)).toThrow(/power: got NaN/);
});

test('an even grid has a whole number of scales', () => {
  expect(Array.from(evenGrid(0, 1, 3))).toEqual([0, 0.5, 1]);
  for (const count of [0, -1, 2.5, 1e300]) expect(() => evenGrid(0, 1, count)).toThrow(/number of scales/);
});

test('n equal bars have entropy ln n, none has 0', () => {
  const equal = diagramOf(Array.from({ length: 7 }, (_, k) => [k, k + 3] as const));
  expect(persistentEntropy(equal)).toBeCloseTo(Math.log(7), 12);
  expect(persistentEntropy(diagramOf([]))).toBe(0);
  expect(persistentEntropy(diagramOf([[0, Number.POSITIVE_INFINITY]]))).toBe(0);
});

test('lifespans count, add up and name the longest of the bars that die', () => {
  const diagram = diagramOf([
    [0, 1],
    [1, 4],
    [2, 6],
    [0, Number.POSITIVE_INFINITY],
  ]);
  expect(lifespans(diagram)).toEqual({
    count: 3,
    essential: 1,
    total: 8,
    longest: 4,
    longestBar: 2,
    median: 3,
    energy: Math.sqrt(1 + 9 + 16),
  });
  const nothing = { count: 0, essential: 0, total: 0, longest: 0, longestBar: -1, median: 0, energy: 0 };
  expect(lifespans(diagramOf([]))).toEqual(nothing);
});

describe('for any diagram', () => {
  test('the levels of a landscape fall, and add up to all tents', () => {
    fc.assert(
      fc.property(anyDiagram, (diagram) => {
        const levels = landscape(diagram, grid, 12);
        grid.forEach((scale, s) => {
          let tents = 0;
          diagram.births.forEach((birth, k) => {
            tents += Math.max(0, Math.min(scale - birth, diagram.deaths[k] - scale));
          });
          let sum = 0;
          for (let level = 0; level < 12; level++) {
            sum += levels[level * grid.length + s];
            if (level > 0) {
              expect(levels[level * grid.length + s]).toBeLessThanOrEqual(levels[(level - 1) * grid.length + s]);
            }
          }
          expect(sum).toBeCloseTo(tents, 9);
        });
      }),
    );
  });

  test('the entropy is at most ln of the number of bars', () => {
    fc.assert(
      fc.property(anyDiagram, (diagram) => {
        fc.pre(diagram.births.length > 0);
        expect(persistentEntropy(diagram)).toBeLessThanOrEqual(Math.log(diagram.births.length) + 1e-9);
      }),
    );
  });
});
