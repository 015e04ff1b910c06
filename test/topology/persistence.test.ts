import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CoboundarySum } from '../../src/topology/homology/coboundary-sum.ts';
import {
  bottleneckDistance,
  type FlagFiltration,
  flagOfGraph,
  persistence,
  ripsOfLowerTriangle,
  ripsOfMatrix,
  ripsOfPoints,
} from '../../src/topology/index.ts';
import { barsOf, integerDistances, pairAt, randomGraph, uniformPoints } from './inputs.ts';
import { referencePersistence } from './reference-persistence.ts';

const barsByDimension = (filtration: FlagFiltration) => persistence(filtration).diagrams.map(barsOf);

const totals = (filtration: FlagFiltration) =>
  persistence(filtration).diagrams.map((diagram) => {
    const finite = barsOf(diagram).filter(([, death]) => death < Number.POSITIVE_INFINITY);
    return [diagram.births.length, finite.reduce((sum, [birth, death]) => sum + death - birth, 0)];
  });

/** Lower triangles of 1..14 points, with few levels so that most distances tie, or with nearly none. */
const anyDistances = fc.integer({ min: 1, max: 14 }).chain((count) =>
  fc
    .integer({ min: 1, max: 200 })
    .chain((levels) =>
      fc.array(fc.integer({ min: 0, max: levels }), {
        minLength: (count * (count - 1)) / 2,
        maxLength: (count * (count - 1)) / 2,
      }),
    )
    .map((values) => ({ count, lower: Float64Array.from(values) })),
);

const anyPoints = fc
  .record({ count: fc.integer({ min: 2, max: 24 }), dimension: fc.integer({ min: 1, max: 4 }) })
  .chain(({ count, dimension }) =>
    fc
      .array(fc.double({ min: -4, max: 4, noNaN: true }), {
        minLength: count * dimension,
        maxLength: count * dimension,
      })
      // Squares of differences below 1e-154 vanish, so tiny coordinates are kept out.
      .map((values) => values.map((value) => (Math.abs(value) < 1e-100 ? 0 : value)))
      .map((values) => ({ points: Float64Array.from(values), dimension, count })),
  );

const regularPolygon = (corners: number) =>
  Float64Array.from({ length: 2 * corners }, (_, k) => {
    const angle = (2 * Math.PI * Math.floor(k / 2)) / corners;
    return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });

describe('known shapes', () => {
  test('a regular 12-gon of radius 1 has one loop, from its side to the root of 3', () => {
    const [, loops] = barsByDimension(ripsOfPoints(regularPolygon(12), 2));
    expect(loops).toHaveLength(1);
    expect(loops[0][0]).toBeCloseTo(2 * Math.sin(Math.PI / 12), 12);
    expect(loops[0][1]).toBeCloseTo(Math.sqrt(3), 12);
  });

  test('one point is one component and nothing else', () => {
    expect(barsByDimension(ripsOfPoints(Float64Array.of(1, 2), 2))).toEqual([[[0, Number.POSITIVE_INFINITY]], []]);
  });

  test('points in one place are one component from the start', () => {
    const [components] = barsByDimension(ripsOfPoints(new Float64Array(30), 3));
    expect(components).toEqual([[0, Number.POSITIVE_INFINITY]]);
  });

  test('a cycle graph has a loop that never dies, a tree none', () => {
    const cycle = flagOfGraph({
      vertexCount: 4,
      tails: Int32Array.of(0, 1, 2, 0),
      heads: Int32Array.of(1, 2, 3, 3),
      values: Float64Array.of(1, 2, 3, 4),
    });
    expect(barsByDimension(cycle)[1]).toEqual([[4, Number.POSITIVE_INFINITY]]);
    const tree = flagOfGraph({
      vertexCount: 4,
      tails: Int32Array.of(0, 0, 0),
      heads: Int32Array.of(1, 2, 3),
      values: Float64Array.of(1, 2, 3),
    });
    expect(barsByDimension(tree)[1]).toEqual([]);
  });

  test('a lower-star path signal 0, 2, 1, 3 has the components (0, inf) and (1, 2)', () => {
    const births = Float64Array.of(0, 2, 1, 3);
    const path = flagOfGraph({
      vertexCount: 4,
      tails: Int32Array.of(0, 1, 2),
      heads: Int32Array.of(1, 2, 3),
      values: Float64Array.of(2, 2, 3),
      births,
    });
    expect(barsByDimension(path)[0]).toEqual([
      [0, Number.POSITIVE_INFINITY],
      [1, 2],
    ]);
  });
});

describe('oracles: uniform points in the unit cube, mulberry32 seed 42, bars and sums of finite lengths by Ripser and GUDHI', () => {
  test('200 points', () => {
    const [components, loops] = totals(ripsOfPoints(uniformPoints(200, 3, 42), 3));
    expect(components[0]).toBe(200);
    expect(components[1]).toBeCloseTo(23.3064, 4);
    expect(loops[0]).toBe(80);
    expect(loops[1]).toBeCloseTo(2.3767, 4);
  });

  test('1000 points', () => {
    const [components, loops] = totals(ripsOfPoints(uniformPoints(1000, 3, 42), 3));
    expect(components[0]).toBe(1000);
    expect(components[1]).toBeCloseTo(66.2539, 4);
    expect(loops[0]).toBe(489);
    expect(loops[1]).toBeCloseTo(9.6208, 4);
  });
});

describe('against the reduced boundary matrix', () => {
  test('distances of every kind give the same bars', () => {
    fc.assert(
      fc.property(anyDistances, ({ count, lower }) => {
        const { bars } = referencePersistence(count, (u, v) => pairAt(lower, u, v));
        expect(barsByDimension(ripsOfLowerTriangle(lower, count))).toEqual(bars);
      }),
      { numRuns: 300 },
    );
  });

  test('so do distances cut off at a threshold, where loops may never die', () => {
    fc.assert(
      fc.property(anyDistances, fc.double({ min: 0, max: 1, noNaN: true }), ({ count, lower }, share) => {
        const threshold = share * Math.max(0, ...lower);
        const weight = (u: number, v: number) => {
          const distance = pairAt(lower, u, v);
          return distance <= threshold ? distance : Number.POSITIVE_INFINITY;
        };
        const { bars } = referencePersistence(count, weight);
        expect(barsByDimension(ripsOfLowerTriangle(lower, count, { threshold }))).toEqual(bars);
      }),
      { numRuns: 200 },
    );
  });

  test('so do sparse graphs with vertices born late', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 22 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer(),
        (count, chance, levels, latestBirth, seed) => {
          const graph = randomGraph(count, chance, levels, latestBirth, seed);
          const values = new Map(
            Array.from(graph.values, (value, k) => [`${graph.tails[k]},${graph.heads[k]}`, value]),
          );
          const { bars } = referencePersistence(
            count,
            (u, v) => values.get(`${u},${v}`) ?? Number.POSITIVE_INFINITY,
            (v) => graph.births[v],
          );
          expect(barsByDimension(flagOfGraph(graph))).toEqual(bars);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('the bars add up to the Euler characteristic of every sublevel complex', () => {
    fc.assert(
      fc.property(anyDistances, ({ count, lower }) => {
        // A flag complex of points has cells above dimension 2, so this is checked on its 2-skeleton, whose H2 the reference counts.
        const { cells } = referencePersistence(count, (u, v) => pairAt(lower, u, v));
        const [zero, one] = persistence(ripsOfLowerTriangle(lower, count)).diagrams.map(barsOf);
        for (const scale of new Set(lower)) {
          const alive = (bars: [number, number][]) => bars.filter(([b, d]) => b <= scale && scale < d).length;
          const present = cells.filter(({ value }) => value <= scale);
          const inDimension = (d: number) => present.filter(({ vertices }) => vertices.length === d + 1).length;
          const euler = inDimension(0) - inDimension(1) + inDimension(2);
          const bettiTwo = euler - alive(zero) + alive(one);
          expect(bettiTwo).toBe(rankTwoOfKernel(present.map(({ vertices }) => vertices)));
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('properties', () => {
  test('the components die at the edges of the minimum spanning tree', () => {
    fc.assert(
      fc.property(anyPoints, ({ points, dimension, count }) => {
        const [zero] = persistence(ripsOfPoints(points, dimension)).diagrams;
        const deaths = Array.from(zero.deaths).filter((death) => death < Number.POSITIVE_INFINITY);
        expect(deaths).toEqual(primTree(points, dimension, count).filter((length) => length > 0));
      }),
    );
  });

  test('the names of the points do not matter, to the last bit', () => {
    fc.assert(
      fc.property(anyPoints, fc.integer(), ({ points, dimension, count }, seed) => {
        const order = Array.from({ length: count }, (_, k) => k).sort(
          (a, b) => Math.imul(a + 1, seed | 1) - Math.imul(b + 1, seed | 1),
        );
        const shuffled = Float64Array.from(
          order.flatMap((row) => Array.from(points.subarray(row * dimension, (row + 1) * dimension))),
        );
        const [before, after] = [points, shuffled].map((some) => barsByDimension(ripsOfPoints(some, dimension)));
        expect(after).toEqual(before);
      }),
    );
  });

  test('twice as large points have bars twice as long', () => {
    fc.assert(
      fc.property(anyPoints, ({ points, dimension }) => {
        const doubled = points.map((value) => 2 * value);
        const expected = barsByDimension(ripsOfPoints(points, dimension)).map((bars) =>
          bars.map(([birth, death]) => [2 * birth, 2 * death]),
        );
        expect(barsByDimension(ripsOfPoints(doubled, dimension))).toEqual(expected);
      }),
    );
  });

  test('moving every point by at most r moves the diagrams by at most 2 r', () => {
    fc.assert(
      fc.property(anyPoints, fc.integer(), ({ points, dimension, count }, seed) => {
        const moves = uniformPoints(count, dimension, seed).map((value) => (value - 0.5) / 4);
        let farthest = 0;
        for (let row = 0; row < count; row++) {
          farthest = Math.max(farthest, Math.hypot(...moves.subarray(row * dimension, (row + 1) * dimension)));
        }
        const before = persistence(ripsOfPoints(points, dimension)).diagrams;
        const after = persistence(
          ripsOfPoints(
            points.map((value, k) => value + moves[k]),
            dimension,
          ),
        ).diagrams;
        for (const d of [0, 1])
          expect(bottleneckDistance(before[d], after[d])).toBeLessThanOrEqual(2 * farthest + 1e-9);
      }),
    );
  });

  test('a full matrix, its lower triangle and the points give the same diagrams', () => {
    const points = uniformPoints(30, 3, 7);
    const lower = new Float64Array((30 * 29) / 2);
    const matrix = new Float64Array(900);
    for (let i = 0, at = 0; i < 30; i++) {
      for (let j = 0; j < i; j++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += (points[3 * i + k] - points[3 * j + k]) ** 2;
        lower[at++] = Math.sqrt(sum);
        matrix[i * 30 + j] = Math.sqrt(sum);
        matrix[j * 30 + i] = Math.sqrt(sum);
      }
    }
    const expected = barsByDimension(ripsOfPoints(points, 3));
    expect(barsByDimension(ripsOfLowerTriangle(lower, 30))).toEqual(expected);
    expect(barsByDimension(ripsOfMatrix(matrix, 30))).toEqual(expected);
  });

  test('the same input gives the same result, cells and cocycles included', () => {
    const lower = integerDistances(40, 5, 3);
    const run = () => persistence(ripsOfLowerTriangle(lower, 40), { cocycles: true });
    expect(run()).toEqual(run());
  });

  test('a bar names the cells that create and end it', () => {
    const filtration = ripsOfPoints(uniformPoints(60, 2, 5), 2);
    const [zero, one] = persistence(filtration).diagrams;
    zero.deathCells.forEach((edge, bar) => {
      if (edge >= 0) expect(filtration.edgeValue(edge)).toBe(zero.deaths[bar]);
    });
    one.birthCells.forEach((edge, bar) => {
      expect(filtration.edgeValue(edge)).toBe(one.births[bar]);
      expect(filtration.cellValue(one.deathCells[bar])).toBe(one.deaths[bar]);
      const [a, b, c] = filtration.cellVertices(one.deathCells[bar]);
      const sides = [filtration.edgeBetween(a, b), filtration.edgeBetween(a, c), filtration.edgeBetween(b, c)];
      expect(Math.max(...sides)).toBe(filtration.youngestFacet(one.deathCells[bar]));
    });
  });

  test('a cocycle is odd on no triangle that enters before its bar dies, and starts with the edge that creates the bar', () => {
    fc.assert(
      fc.property(anyDistances, ({ count, lower }) => {
        const filtration = ripsOfLowerTriangle(lower, count);
        const { diagrams, cocycles } = persistence(filtration, { cocycles: true });
        expect(cocycles[1]).toHaveLength(diagrams[1].births.length);
        cocycles[1].forEach(({ cells }, bar) => {
          expect(cells[0]).toBe(diagrams[1].birthCells[bar]);
          const edges = new Set(cells);
          for (let a = 0; a < count; a++) {
            for (let b = a + 1; b < count; b++) {
              for (let c = b + 1; c < count; c++) {
                const sides = [
                  filtration.edgeBetween(a, b),
                  filtration.edgeBetween(a, c),
                  filtration.edgeBetween(b, c),
                ];
                if (sides.includes(-1)) continue;
                if (filtration.edgeValue(Math.max(...sides)) >= diagrams[1].deaths[bar]) continue;
                expect(sides.filter((side) => edges.has(side)).length % 2).toBe(0);
              }
            }
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  test('a graph too large for a dense table of its edges is looked up in the sparse one, to the same bars', () => {
    const small = randomGraph(30, 0.3, 9, 0, 11);
    const spread = 1000;
    const large = {
      ...small,
      vertexCount: 30 * spread,
      tails: small.tails.map((v) => v * spread),
      heads: small.heads.map((v) => v * spread),
      births: new Float64Array(30 * spread),
    };
    const [smallZero, smallOne] = barsByDimension(flagOfGraph(small));
    const [largeZero, largeOne] = barsByDimension(flagOfGraph(large));
    expect(largeOne).toEqual(smallOne);
    const finite = (bars: [number, number][]) => bars.filter(([, death]) => death < Number.POSITIVE_INFINITY);
    expect(finite(largeZero)).toEqual(finite(smallZero));
  });
});

describe('a sum of coboundaries', () => {
  test('gives the cells with an odd number of edges, in order, whatever is added twice', () => {
    fc.assert(
      fc.property(anyDistances, fc.array(fc.nat(), { maxLength: 12 }), ({ count, lower }, picks) => {
        const filtration = ripsOfLowerTriangle(lower, count);
        if (filtration.edgeCount === 0) return;
        const edges = picks.map((pick) => pick % filtration.edgeCount);
        const sum = new CoboundarySum(filtration);
        const odd = new Set<number>();
        for (const edge of edges) {
          sum.add(edge, filtration.nextCofacet(edge, 0));
          for (let at = filtration.nextCofacet(edge, 0); at >= 0; at = filtration.nextCofacet(edge, at)) {
            const cell = filtration.cofacet(edge, at);
            if (!odd.delete(cell)) odd.add(cell);
          }
        }
        const taken: number[] = [];
        for (let cell = sum.takePivot(); cell >= 0; cell = sum.takePivot()) taken.push(cell);
        expect(taken).toEqual([...odd].sort((a, b) => a - b));
      }),
    );
  });
});

/** Lengths of the minimum spanning tree by Prim's algorithm, ascending. */
function primTree(points: Float64Array, dimension: number, count: number): number[] {
  const distance = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += (points[i * dimension + k] - points[j * dimension + k]) ** 2;
    return Math.sqrt(sum);
  };
  const nearest = Array.from({ length: count }, (_, v) => (v === 0 ? Number.POSITIVE_INFINITY : distance(0, v)));
  const inTree = nearest.map((_, v) => v === 0);
  const lengths: number[] = [];
  while (lengths.length < count - 1) {
    let next = -1;
    for (let v = 0; v < count; v++) if (!inTree[v] && (next < 0 || nearest[v] < nearest[next])) next = v;
    lengths.push(nearest[next]);
    inTree[next] = true;
    for (let v = 0; v < count; v++) nearest[v] = Math.min(nearest[v], distance(next, v));
  }
  return lengths.sort((a, b) => a - b);
}

/** Dimension over Z/2 of the 2-cycles among some triangles: their number less the rank of their boundary. */
function rankTwoOfKernel(simplices: readonly (readonly number[])[]): number {
  const triangles = simplices.filter((vertices) => vertices.length === 3);
  const pivots = new Map<string, Set<string>>();
  let rank = 0;
  for (const triangle of triangles) {
    const column = new Set(triangle.map((vertex) => triangle.filter((other) => other !== vertex).join()));
    while (column.size > 0) {
      const [low] = [...column].sort().reverse();
      const other = pivots.get(low);
      if (other === undefined) {
        pivots.set(low, column);
        rank += 1;
        break;
      }
      for (const edge of other) if (!column.delete(edge)) column.add(edge);
    }
  }
  return triangles.length - rank;
}
