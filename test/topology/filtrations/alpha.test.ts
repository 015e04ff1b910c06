import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delaunay } from '../../../src/topology/filtrations/delaunay.ts';
import { circleSign, cross, dot } from '../../../src/topology/filtrations/exact-signs.ts';
import {
  alpha,
  bottleneckDistance,
  checkFiltration,
  complexOfSimplices,
  persistence,
  type Simplex,
  TopologyError,
} from '../../../src/topology/index.ts';
import { barsOf, uniformPoints } from '../inputs.ts';

type Point = readonly [number, number];

const bars = (points: Float64Array) => persistence(alpha(points)).diagrams.map(barsOf);
const gridPoints = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 9 });
const flat = (points: readonly Point[]) => Float64Array.from(points.flat());

/** The squared radius of the smallest circle around up to three points, by trying all that two or three of them span. */
function smallestCircle(points: readonly Point[]): number {
  const distance = (a: Point, b: Point) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
  if (points.length === 1) return 0;
  const sides = points.flatMap((a, i) => points.slice(i + 1).map((b) => distance(a, b))).sort((x, y) => x - y);
  if (points.length === 2 || sides[2] >= sides[0] + sides[1]) return sides[sides.length - 1] / 4;
  const [a, b, c] = points;
  const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  return (sides[0] * sides[1] * sides[2]) / (4 * area * area);
}

/** The Cech complex up to triangles, every simplex written out. */
function cech(points: readonly Point[]): Simplex[] {
  const simplices: Simplex[] = [];
  const add = (...vertices: number[]) =>
    simplices.push({ vertices, value: smallestCircle(vertices.map((v) => points[v])) });
  points.forEach((_, i) => {
    add(i);
    for (let j = 0; j < i; j++) {
      add(j, i);
      for (let k = 0; k < j; k++) add(k, j, i);
    }
  });
  return simplices;
}

describe('the alpha complex', () => {
  test('of the unit 12-gon has a loop from sin^2(pi / 12) to 1', () => {
    const ring = Float64Array.from({ length: 24 }, (_, k) => {
      const angle = (Math.floor(k / 2) * Math.PI) / 6;
      return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
    });
    const [, loops] = bars(ring);
    const long = loops.filter(([birth, death]) => death - birth > 1e-9);
    expect(long.length).toBe(1);
    expect(long[0][0]).toBeCloseTo(Math.sin(Math.PI / 12) ** 2, 12);
    expect(long[0][1]).toBeCloseTo(1, 12);
    const [, [[birth]]] = persistence(alpha(ring, { scale: 'radius' })).diagrams.map((d) =>
      barsOf(d).filter(([b, e]) => e - b > 1e-9),
    );
    expect(birth).toBeCloseTo(Math.sin(Math.PI / 12), 12);
  });

  test('has the bars of the Cech complex, on grids full of repeats, lines and circles', () => {
    fc.assert(
      fc.property(gridPoints, (points) => {
        const found = persistence(alpha(flat(points))).diagrams;
        const expected = persistence(complexOfSimplices(cech(points))).diagrams;
        found.forEach((diagram, dimension) => {
          expect(bottleneckDistance(diagram, expected[dimension])).toBeLessThan(1e-12);
        });
        // Exactly equal values where they are equal: no bars of rounding length.
        for (const [birth, death] of found.flatMap(barsOf)) expect(death - birth).toBeGreaterThan(1e-9);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['one point', [[1, 2]], [[[0, Number.POSITIVE_INFINITY]], []]],
    [
      'one point three times',
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      [[[0, Number.POSITIVE_INFINITY]], []],
    ],
    [
      'points on a line',
      [
        [0, 0],
        [2, 2],
        [1, 1],
      ],
      [
        [
          [0, 0.5],
          [0, 0.5],
          [0, Number.POSITIVE_INFINITY],
        ],
        [],
      ],
    ],
    [
      'a square',
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [
        [
          [0, 0.25],
          [0, 0.25],
          [0, 0.25],
          [0, Number.POSITIVE_INFINITY],
        ],
        [[0.25, 0.5]],
      ],
    ],
  ] as const)('of %s', (_, points, expected) => {
    expect(bars(flat(points))).toEqual(expected);
  });

  test('is monotone where a right angle lies beside one that is off by a last digit, as on grids whose steps were added up', () => {
    // 0.1 + 0.1 + 0.1 is not 3 * 0.1.
    const coordinate = fc.constantFrom(0, 0.1, 0.2, 0.1 + 0.2, 0.3, 0.4, 0.7 + 0.1, 0.8, 0.3 + 0.6, 0.9);
    const nearGrid = fc.array(fc.tuple(coordinate, coordinate), { minLength: 4, maxLength: 20 });
    fc.assert(
      fc.property(nearGrid, (points) => {
        const complex = alpha(flat(points));
        checkFiltration(complex);
        for (const [birth, death] of persistence(complex).diagrams.flatMap(barsOf))
          expect(death).toBeGreaterThan(birth);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('of a cloud is the same with one more point far away, however far', () => {
    const points = uniformPoints(40, 2, 7);
    const [zero, one] = persistence(alpha(points)).diagrams;
    for (const distance of [1e10, 1e60, 1e80, 1e100, 1e150]) {
      const complex = alpha(Float64Array.of(distance, -0.3 * distance, ...points));
      checkFiltration(complex);
      const [zeroBeside, oneBeside] = persistence(complex).diagrams;
      expect(zeroBeside.deaths).toHaveLength(zero.deaths.length + 1);
      zero.deaths.slice(0, -1).forEach((death, k) => {
        expect(zeroBeside.deaths[k]).toBeCloseTo(death, 12);
      });
      expect(bottleneckDistance(oneBeside, one)).toBeLessThan(1e-12);
    }
  });

  test('scales with its points, however small or large', () => {
    const points = uniformPoints(40, 2, 7);
    const [zero, one] = persistence(alpha(points)).diagrams;
    for (const factor of [2 ** -400, 2 ** 400]) {
      const scaled = persistence(
        alpha(
          points.map((coordinate) => coordinate * factor),
          { scale: 'radius' },
        ),
      ).diagrams;
      const asRadius = (values: Float64Array) => values.map((value) => Math.sqrt(value) * factor);
      expect(scaled[0].deaths).toEqual(asRadius(zero.deaths));
      expect(scaled[1].births).toEqual(asRadius(one.births));
    }
  });

  test('refuses no points, half a point, and coordinates that are no numbers', () => {
    expect(() => alpha(new Float64Array(0))).toThrow(TopologyError);
    expect(() => alpha(Float64Array.of(1, 2, 3))).toThrow(/a multiple of 2/);
    expect(() => alpha(Float64Array.of(1, Number.NaN))).toThrow(/coordinate 1 of point 0/);
    expect(() => alpha(Float64Array.of(1, 1e200))).toThrow(TopologyError);
    expect(() => alpha(new Float64Array(2000), { memoryLimitBytes: 1e6 })).toThrow(
      /estimated number of bytes: got 1150000/,
    );
  });
});

describe('the Delaunay triangulation', () => {
  test('of whole points covers their hull once, and no point lies inside of a circle', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 14, selector: String }), (points) => {
        const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        const { origins, twins } = delaunay(
          flat(sorted),
          Uint32Array.from(sorted, (_, k) => k),
        );
        const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let area = 0;
        for (let t = 0; t < origins.length; t += 3) {
          const [a, b, c] = [0, 1, 2].map((k) => sorted[origins[t + k]]);
          area += turn(a, b, c);
          expect(turn(a, b, c)).toBeGreaterThan(0);
          for (const d of sorted) {
            // The in-circle determinant, exact in whole numbers of this size.
            const [p, q, r] = [a, b, c].map(([x, y]) => [x - d[0], y - d[1], (x - d[0]) ** 2 + (y - d[1]) ** 2]);
            const inside =
              p[0] * (q[1] * r[2] - q[2] * r[1]) -
              p[1] * (q[0] * r[2] - q[2] * r[0]) +
              p[2] * (q[0] * r[1] - q[1] * r[0]);
            expect(inside).toBeLessThanOrEqual(0);
          }
        }
        twins.forEach((twin, edge) => {
          if (twin >= 0) expect(twins[twin]).toBe(edge);
        });
        expect(area).toBe(hullArea(sorted, turn));
      }),
    );
  });
});

/** Twice the area of the hull of points sorted by x, then y (Andrew 1979). */
function hullArea(sorted: readonly Point[], turn: (a: Point, b: Point, c: Point) => number): number {
  const chain = (points: readonly Point[]) => {
    const hull: Point[] = [];
    for (const point of points) {
      while (hull.length > 1 && turn(hull[hull.length - 2], hull[hull.length - 1], point) <= 0) hull.pop();
      hull.push(point);
    }
    return hull;
  };
  const hull = [...chain(sorted).slice(0, -1), ...chain([...sorted].reverse()).slice(0, -1)];
  return hull.reduce(
    (area, point, k) => area + point[0] * hull[(k + 1) % hull.length][1] - point[1] * hull[(k + 1) % hull.length][0],
    0,
  );
}

describe('signs', () => {
  test('of a right angle are 0 however its products round, and of one that is off by a last digit are not', () => {
    const coordinate = fc.double({ min: 2 ** -20, max: 1, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        expect(dot(x, y, -y, x, 0, 0)).toBe(0);
        const above = x * (1 + Number.EPSILON);
        expect(dot(x, y, -y, above, 0, 0)).toBeGreaterThan(0);
        expect(dot(above, y, -y, x, 0, 0)).toBeLessThan(0);
      }),
    );
  });

  test('of points inside, on and outside of a circle are exact, however small it is', () => {
    for (const size of [1, 2 ** -300, 2 ** -1000]) {
      const [three, four, five, more] = [3, 4, 5, 5 * (1 + Number.EPSILON)].map((value) => value * size);
      expect(circleSign(five, 0, 0, five, -five, 0, -three, -four)).toBe(0);
      expect(circleSign(five, 0, 0, five, -five, 0, 0, -more)).toBe(-1);
      expect(circleSign(more, 0, 0, more, -more, 0, three, four)).toBe(1);
    }
  });

  // Whole numbers times a power of two: the products are exact in BigInt.
  const whole = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });

  test('of products of differences are exact, and their sizes right to rounding', () => {
    fc.assert(
      fc.property(
        fc.tuple(whole, whole, whole, whole, whole, whole),
        fc.boolean(),
        fc.integer({ min: -600, max: 300 }),
        (given, isNear, power) => {
          // Near together, so that nearly everything cancels.
          const [ax, ay, bx, by, cx, cy] = given.map((value, k) => (isNear ? given[k % 2] + (value % 3n) : value));
          const numbers = [ax, ay, bx, by, cx, cy].map(Number);
          fc.pre([ax, ay, bx, by, cx, cy].every((value, k) => BigInt(numbers[k]) === value));
          const scale = 2 ** power;
          const [pax, pay, pbx, pby, pcx, pcy] = numbers.map((value) => value * scale);
          const exactCross = (ax - cx) * (by - cy) - (ay - cy) * (bx - cx);
          const exactDot = (ax - cx) * (bx - cx) + (ay - cy) * (by - cy);
          expect(Math.sign(dot(pax, pay, pbx, pby, pcx, pcy))).toBe(Math.sign(Number(exactDot)));
          const expected = Number(exactCross) * scale * scale;
          if (Math.abs(expected) > 1e-300) {
            expect(Math.abs(cross(pax, pay, pbx, pby, pcx, pcy) / expected - 1)).toBeLessThan(1e-12);
          }
        },
      ),
    );
  });
});
