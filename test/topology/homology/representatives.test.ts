import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlagSimplices } from '../../../src/topology/filtrations/flag-simplices.ts';
import {
  cubical,
  type FlagFiltration,
  flagOfGraph,
  persistence,
  representatives,
  ripsOfPoints,
  shapeEvidence,
} from '../../../src/topology/index.ts';
import { randomGraph, uniformPoints } from '../inputs.ts';

const anyCloud = fc.record({ count: fc.integer({ min: 3, max: 26 }), seed: fc.integer() });
const anyTies = fc.record({ count: fc.integer({ min: 6, max: 10 }), seed: fc.integer() });

describe('the ring of a bar', () => {
  test('is filled exactly when the bar dies, and not before, by linear algebra over the triangles that are there', () => {
    fc.assert(
      fc.property(anyCloud, ({ count, seed }) => {
        const filtration = ripsOfPoints(uniformPoints(count, 2, seed), 2);
        const { bars } = representatives(filtration);
        for (const { birth, death, ring } of bars[1]) {
          if (ring === undefined) throw new Error('no ring');
          const edges = edgesAround(filtration, ring.vertices);
          expect(Math.max(...edges.map((edge) => filtration.edgeValue(edge)))).toBe(birth);
          expect(isBoundary(filtration, edges, (value) => value < death)).toBe(false);
          expect(isBoundary(filtration, edges, (value) => value <= death)).toBe(ring.isOfClass);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is the shortest through its edge that is filled by then, where many bars begin and end together', () => {
    fc.assert(
      fc.property(anyTies, (graph) => {
        const filtration = flagOfGraph(randomGraph(graph.count, 0.5, 3, 2, graph.seed));
        for (const { death, ring } of representatives(filtration, { ringLength: 'edges' }).bars[1]) {
          if (ring === undefined) throw new Error('no ring');
          const edges = edgesAround(filtration, ring.vertices);
          // At the end of time any ring will do for a bar that never dies.
          const isFilled = (cycle: readonly number[]): boolean =>
            death === Number.POSITIVE_INFINITY || isBoundary(filtration, cycle, (value) => value <= death);
          expect(isFilled(edges)).toBe(ring.isOfClass);
          if (!ring.isOfClass) continue;
          for (const shorter of ringsThrough(filtration, Math.max(...edges), edges.length - 1))
            expect(isFilled(shorter)).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('is nearly always of the class', () => {
    let found = 0;
    let ofClass = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const { ring } of representatives(ripsOfPoints(uniformPoints(60, 2, seed), 2)).bars[1]) {
        found += 1;
        if (ring?.isOfClass === true) ofClass += 1;
      }
    }
    expect(found).toBeGreaterThan(200);
    expect(ofClass / found).toBeGreaterThan(0.99);
  });

  test('goes the long way round where the short one circles an older hole', () => {
    // Three ways from 0 to 1, by 2, 3 and 4, the later the longer. Between those by 3 and 4 it is filled from 5; by 2 and 3 never.
    const edges: readonly (readonly [number, number, number])[] = [
      [0, 2, 1],
      [1, 2, 1],
      [0, 3, 2],
      [1, 3, 2],
      [0, 4, 3],
      [1, 4, 3],
      [0, 5, 5],
      [1, 5, 5],
      [3, 5, 5],
      [4, 5, 5],
    ];
    const filtration = flagOfGraph({
      vertexCount: 6,
      tails: Int32Array.from(edges, ([u]) => u),
      heads: Int32Array.from(edges, ([, v]) => v),
      values: Float64Array.from(edges, ([, , value]) => value),
    });
    const [older, younger] = representatives(filtration).bars[1];
    expect([older.birth, older.death]).toEqual([2, Number.POSITIVE_INFINITY]);
    expect([younger.birth, younger.death]).toEqual([3, 5]);
    expect(Array.from(younger.ring?.vertices ?? []).sort()).toEqual([0, 1, 3, 4]);
    expect(younger.ring?.isOfClass).toBe(true);
  });

  test('over Z/3 it is open while its bar lives as well', () => {
    fc.assert(
      fc.property(anyCloud, ({ count, seed }) => {
        const { bars, persistence } = representatives(ripsOfPoints(uniformPoints(count, 2, seed), 2), { modulus: 3 });
        expect(bars[1]).toHaveLength(persistence.diagrams[1].births.length);
        for (const { ring } of bars[1]) expect(ring?.isOfClass).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('is the one of fewest edges, or refused, where values are negative, as no way round has a shortest length then', () => {
    const lake = cubical(Float64Array.of(-9, -8, -7, -6, 5, -5, -4, -3, -2), [3, 3], { values: 'vertices' });
    const refused = expect.objectContaining({ code: 'TOPOLOGY_OUT_OF_RANGE', value: -8 });
    expect(() => representatives(lake)).toThrow(refused);
    const [bar] = representatives(lake, { ringLength: 'edges' }).bars[1];
    expect([bar.birth, bar.death, bar.ring?.vertices.length]).toEqual([-2, 5, 8]);
    // Without a loop nothing is looked for.
    expect(representatives(cubical(Float64Array.of(-2, -1), [2])).bars).toEqual([[], []]);
    const filtration = flagOfGraph({
      vertexCount: 4,
      tails: Int32Array.of(0, 1, 2, 0),
      heads: Int32Array.of(1, 2, 3, 3),
      values: Float64Array.of(-8, -3, -2, -1),
      births: new Float64Array(4).fill(-9),
    });
    expect(() => shapeEvidence({ filtration, persistence: persistence(filtration) })).toThrow(refused);
  });
});

test('a cocycle names its simplices by their vertices, in dimension 2 too', () => {
  const octahedron = Float64Array.of(1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1);
  const filtration = ripsOfPoints(octahedron, 3);
  const { bars, persistence } = representatives(filtration, { maxDimension: 2 });
  expect(bars[2]).toHaveLength(1);
  expect(bars[2][0].birth).toBeCloseTo(Math.SQRT2, 12);
  expect(bars[2][0].death).toBe(2);
  const { simplices } = bars[2][0].cocycle;
  const names = new FlagSimplices(filtration, 3);
  expect(names.cellOf(simplices[0])).toBe(persistence.diagrams[2].birthCells[0]);
  for (const simplex of simplices) {
    expect(simplex).toHaveLength(3);
    expect(new Set(simplex.map((vertex) => vertex >> 1)).size).toBe(3);
  }
});

function edgesAround(filtration: FlagFiltration, ring: Int32Array): number[] {
  return Array.from(ring, (vertex, k) => filtration.edgeBetween(vertex, ring[(k + 1) % ring.length]));
}

/** Every ring of at most `most` edges through `closing`, its other edges coming before it, as its edges. */
function* ringsThrough(filtration: FlagFiltration, closing: number, most: number): Generator<readonly number[]> {
  const goal = filtration.edgeHead(closing);
  function* from(vertices: readonly number[], edges: readonly number[]): Generator<readonly number[]> {
    const last = vertices[vertices.length - 1];
    if (last === goal) yield [...edges, closing];
    else if (edges.length < most - 1) {
      for (let next = 0; next < filtration.vertexCount; next++) {
        const edge = vertices.includes(next) ? -1 : filtration.edgeBetween(last, next);
        if (edge >= 0 && edge < closing) yield* from([...vertices, next], [...edges, edge]);
      }
    }
  }
  yield* from([filtration.edgeTail(closing)], []);
}

/** Whether a cycle is a sum over Z/2 of triangles whose value is let through. */
function isBoundary(
  filtration: FlagFiltration,
  cycle: readonly number[],
  isThere: (value: number) => boolean,
): boolean {
  const n = filtration.vertexCount;
  const pivots = new Map<number, Set<number>>();
  const reduced = (column: Set<number>): Set<number> => {
    for (let low = Math.max(...column); column.size > 0; low = Math.max(...column)) {
      const other = pivots.get(low);
      if (other === undefined) break;
      for (const edge of other) if (!column.delete(edge)) column.add(edge);
    }
    return column;
  };
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      for (let c = b + 1; c < n; c++) {
        const sides = [filtration.edgeBetween(a, b), filtration.edgeBetween(a, c), filtration.edgeBetween(b, c)];
        if (sides.includes(-1) || !isThere(filtration.edgeValue(Math.max(...sides)))) continue;
        const column = reduced(new Set(sides));
        if (column.size > 0) pivots.set(Math.max(...column), column);
      }
    }
  }
  const odd = new Set<number>();
  for (const edge of cycle) if (!odd.delete(edge)) odd.add(edge);
  return reduced(odd).size === 0;
}
