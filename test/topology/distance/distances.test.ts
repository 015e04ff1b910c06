import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALONE, cheapestMatching } from '../../../src/topology/distance/matching.ts';
import {
  bottleneckDistance,
  type Diagram,
  slicedWassersteinDistance,
  wassersteinDistance,
} from '../../../src/topology/index.ts';
import { diagramOf } from '../inputs.ts';

type Bar = readonly [number, number];

const anyBars = (birth: fc.Arbitrary<number>): fc.Arbitrary<Bar[]> =>
  fc.array(
    fc.tuple(birth, fc.nat(8)).map(([from, length]): Bar => [from, from + length]),
    { maxLength: 5 },
  );

/** Every matching, tried in turn: the least of the costs that `join` makes of the moves. */
function bruteForce(
  a: readonly Bar[],
  b: readonly Bar[],
  join: (moves: readonly number[]) => number,
  length: (dx: number, dy: number) => number = Math.max,
): number {
  const toDiagonal = ([birth, death]: Bar) => length((death - birth) / 2, (death - birth) / 2);
  const tryAll = (i: number, left: readonly Bar[], moves: readonly number[]): number => {
    if (i === a.length) return join([...moves, ...left.map(toDiagonal)]);
    let best = tryAll(i + 1, left, [...moves, toDiagonal(a[i])]);
    left.forEach((other, k) => {
      const move = length(Math.abs(a[i][0] - other[0]), Math.abs(a[i][1] - other[1]));
      best = Math.min(best, tryAll(i + 1, [...left.slice(0, k), ...left.slice(k + 1)], [...moves, move]));
    });
    return best;
  };
  return tryAll(0, b, []);
}

/** The p-norm, whose powers would overflow and vanish at high orders. */
function norm(moves: readonly number[], order: number): number {
  const largest = Math.max(0, ...moves);
  if (largest === 0) return 0;
  return largest * moves.reduce((sum, move) => sum + (move / largest) ** order, 0) ** (1 / order);
}

const inPlane = anyBars(fc.nat(8));
const onLine = anyBars(fc.constant(0));
const forever: Bar = [0, Number.POSITIVE_INFINITY];

describe('known distances', () => {
  const one = diagramOf([
    [0, 4],
    [1, 2],
  ]);
  const other = diagramOf([[0, 5]]);

  test('between {(0, 4), (1, 2)} and {(0, 5)}, as GUDHI and Hera have them', () => {
    expect(bottleneckDistance(one, other)).toBe(1);
    expect(wassersteinDistance(one, other, { order: 1 })).toBeCloseTo(1.5, 12);
    expect(wassersteinDistance(one, other, { order: 2, ground: 'euclidean' })).toBeCloseTo(Math.sqrt(1.5), 12);
  });

  test('to an empty diagram: half the longest bar', () => {
    expect(bottleneckDistance(one, diagramOf([]))).toBe(2);
    expect(bottleneckDistance(diagramOf([]), diagramOf([]))).toBe(0);
  });

  test('of a bar that is longer than any number', () => {
    const long = diagramOf([[-1.5e308, 1.5e308]]);
    expect(bottleneckDistance(long, diagramOf([]))).toBe(1.5e308);
    expect(bottleneckDistance(diagramOf([[0, 1]]), long)).toBe(1.5e308);
    expect(wassersteinDistance(long, diagramOf([]), { order: 1 })).toBe(1.5e308);
    expect(slicedWassersteinDistance(long, diagramOf([]), Float64Array.of(0))).toBe(1.5e308);
  });

  test('of bars whose coordinates have no sum that is a number', () => {
    const [high, higher] = [diagramOf([[1e308, 1.6e308]]), diagramOf([[1e308, 1.7e308]])];
    const small = slicedWassersteinDistance(diagramOf([[1, 1.6]]), diagramOf([[1, 1.7]]));
    expect(slicedWassersteinDistance(high, higher) / 1e308).toBeCloseTo(small, 12);
    const [first, last] = [
      diagramOf([[-1.5e308, Number.POSITIVE_INFINITY]]),
      diagramOf([[1.5e308, Number.POSITIVE_INFINITY]]),
    ];
    expect(wassersteinDistance(first, last)).toBe(Number.POSITIVE_INFINITY);
  });

  test('bars that never die are matched by birth, and are infinitely far from none', () => {
    const late: Bar = [3, Number.POSITIVE_INFINITY];
    expect(bottleneckDistance(diagramOf([forever, [0, 1]]), diagramOf([late]))).toBe(3);
    expect(wassersteinDistance(diagramOf([forever]), diagramOf([late]), { order: 1 })).toBe(3);
    expect(bottleneckDistance(diagramOf([forever]), diagramOf([]))).toBe(Number.POSITIVE_INFINITY);
    expect(wassersteinDistance(diagramOf([forever]), diagramOf([]))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a bar without a beginning', () => {
  test.each([
    ['bottleneck', bottleneckDistance],
    ['Wasserstein', (a: Diagram, b: Diagram) => wassersteinDistance(a, b, { order: 2 })],
    ['sliced Wasserstein', (a: Diagram, b: Diagram) => slicedWassersteinDistance(a, b, 4)],
  ])('is refused: the %s distance to itself would be no number', (_, distance) => {
    for (const death of [3, Number.POSITIVE_INFINITY]) {
      const endless = diagramOf([[Number.NEGATIVE_INFINITY, death]]);
      expect(() => distance(endless, endless)).toThrow(expect.objectContaining({ code: 'TOPOLOGY_OUT_OF_RANGE' }));
    }
  });
});

describe('equal to the best of all matchings', () => {
  test.each([
    ['in the plane', inPlane],
    ['with one birth', onLine],
  ])('the bottleneck distance, %s', (_, bars) => {
    fc.assert(
      fc.property(bars, bars, (a, b) => {
        expect(bottleneckDistance(diagramOf(a), diagramOf(b))).toBe(bruteForce(a, b, (moves) => Math.max(0, ...moves)));
      }),
      { numRuns: 300 },
    );
  });

  test('the Wasserstein distances of any order, beside bars that are a million times as long', () => {
    const withLong = fc
      .tuple(inPlane, anyBars(fc.nat(8)))
      .map(([bars, others]): Bar[] => [
        ...bars.slice(0, 3),
        ...others.slice(0, 2).map(([birth, death]): Bar => [birth, death + 1e6]),
      ]);
    const anyDiagram = fc.oneof(inPlane, withLong);
    const order = fc.constantFrom(1, 2, 3, 8, 40, 190, 5000, 1e6);
    const ground = fc.constantFrom<'maximum' | 'euclidean'>('maximum', 'euclidean');
    fc.assert(
      fc.property(anyDiagram, anyDiagram, order, ground, (a, b, p, of) => {
        const length = of === 'euclidean' ? Math.hypot : Math.max;
        const least = bruteForce(a, b, (moves) => norm(moves, p), length);
        const found = wassersteinDistance(diagramOf(a), diagramOf(b), { order: p, ground: of });
        expect(Math.abs(found - least)).toBeLessThanOrEqual(1e-13 * least);
      }),
    );
  });

  test('the cheapest matching, where both sides may stay alone', () => {
    const NONE = 1;
    const anyCosts = fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
      .chain(([rows, columns]) =>
        fc
          .array(fc.integer({ min: -6, max: NONE }), { minLength: rows * columns, maxLength: rows * columns })
          .map((costs) => ({ rows, columns, costs: costs.map((cost) => (cost >= 0 ? NONE : cost / 7)) })),
      );
    fc.assert(
      fc.property(anyCosts, ({ rows, columns, costs }) => {
        const start = new Int32Array(rows + 1);
        const column: number[] = [];
        const cost: number[] = [];
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            if (costs[i * columns + j] === NONE) continue;
            column.push(j);
            cost.push(costs[i * columns + j]);
          }
          start[i + 1] = column.length;
        }
        const found = cheapestMatching({
          rows,
          columns,
          start,
          column: Int32Array.from(column),
          cost: Float64Array.from(cost),
        });
        const partners = [...found].filter((partner) => partner !== ALONE);
        expect(new Set(partners).size).toBe(partners.length);
        const best = (row: number, taken: ReadonlySet<number>): number => {
          if (row === rows) return 0;
          let least = best(row + 1, taken);
          for (let j = 0; j < columns; j++) {
            if (taken.has(j) || costs[row * columns + j] === NONE) continue;
            least = Math.min(least, costs[row * columns + j] + best(row + 1, new Set([...taken, j])));
          }
          return least;
        };
        const total = found.reduce(
          (sum, partner, row) => sum + (partner === ALONE ? 0 : costs[row * columns + partner]),
          0,
        );
        expect(total).toBeCloseTo(best(0, new Set()), 9);
      }),
    );
  });
});

describe('a metric', () => {
  const metrics: [string, (a: Diagram, b: Diagram) => number][] = [
    ['bottleneck', bottleneckDistance],
    ['2-Wasserstein', (a, b) => wassersteinDistance(a, b)],
    ['sliced Wasserstein', (a, b) => slicedWassersteinDistance(a, b, 7)],
  ];
  test.each(metrics)('%s: symmetric, 0 from itself, with the triangle inequality', (_, distance) => {
    fc.assert(
      fc.property(inPlane, inPlane, inPlane, (...bars) => {
        const [a, b, c] = bars.map(diagramOf);
        expect(distance(a, a)).toBe(0);
        expect(distance(a, b)).toBeCloseTo(distance(b, a), 12);
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c) + 1e-9);
      }),
    );
  });

  // A power of two scales without rounding, except where moves become subnormal: each of the at most 13 is then rounded to their grid.
  test('a Wasserstein distance grows with its diagrams, to the ends of the numbers', () => {
    const NORMAL = -1018;
    const order = fc.constantFrom(1, 2, 2.5, 3, 40, 5000);
    const ground = fc.constantFrom<'maximum' | 'euclidean'>('maximum', 'euclidean');
    fc.assert(
      fc.property(
        inPlane,
        inPlane,
        fc.nat(3),
        order,
        ground,
        fc.integer({ min: -1060, max: 1010 }),
        (a, b, n, ...rest) => {
          const [p, norm, exponent] = rest;
          const essential = Array.from({ length: n }, (_, k): Bar => [k, Number.POSITIVE_INFINITY]);
          const later = essential.map(([birth, death]): Bar => [birth * 2, death]);
          const distance = (scale: number) => {
            const scaled = (bars: readonly Bar[]) =>
              diagramOf(bars.map(([birth, death]): Bar => [birth * scale, death * scale]));
            const options = { order: p, ground: norm };
            return wassersteinDistance(scaled([...a, ...essential]), scaled([...b, ...later]), options);
          };
          const scale = 2 ** exponent;
          const rounding = exponent < NORMAL ? 16 * Number.MIN_VALUE : 0;
          expect(Math.abs(distance(scale) - distance(1) * scale)).toBeLessThanOrEqual(rounding);
        },
      ),
    );
  });

  test('a small move beside a long bar counts at any order', () => {
    for (const order of [2, 40, 190, 1000, 5000]) {
      const moved = wassersteinDistance(diagramOf([[0, 1000]]), diagramOf([[0, 1000.5]]), { order });
      expect(moved, `order ${order}`).toBe(0.5);
    }
  });

  // Carriere, Cuturi & Oudot 2017, theorem 3.4, the W1 there being of the Euclidean ground distance.
  test('the sliced Wasserstein distance is at most 2 sqrt 2 times the 1-Wasserstein distance', () => {
    fc.assert(
      fc.property(inPlane, inPlane, (a, b) => {
        const [one, other] = [diagramOf(a), diagramOf(b)];
        const most = 2 * Math.SQRT2 * wassersteinDistance(one, other, { order: 1, ground: 'euclidean' });
        expect(slicedWassersteinDistance(one, other)).toBeLessThanOrEqual(most + 1e-9);
      }),
    );
  });
});
