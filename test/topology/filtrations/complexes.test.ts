import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  checkFiltration,
  complexOfCells,
  complexOfSimplices,
  cubical,
  type Filtration,
  lowerStar,
  persistence,
  type Simplex,
  TopologyError,
  type TopologyErrorCode,
} from '../../../src/topology/index.ts';
import { alphaCase, complexOfCase, explicitCase, gridCase, lowerStarCase, SURFACES } from '../complexes.ts';
import { barsOf } from '../inputs.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const floats = (...values: number[]) => Float64Array.from(values);
const bars = (filtration: Filtration, maxDimension: number, modulus = 2) =>
  persistence(filtration, { maxDimension, modulus }).diagrams.map(barsOf);
const betti = (filtration: Filtration, maxDimension: number, modulus: number) =>
  bars(filtration, maxDimension, modulus).map((own) => own.filter(([, death]) => death === FOREVER).length);

test('of two vertices at -Infinity the lower is older', () => {
  const tree = lowerStar(floats(-FOREVER, -FOREVER, 0, 1, 0), [
    [1, 2],
    [1, 4],
    [0, 3],
    [2, 3],
  ]);
  const [zero] = persistence(tree, { maxDimension: 0 }).diagrams;
  expect([Array.from(zero.birthCells), Array.from(zero.deaths)]).toEqual([
    [1, 0],
    [1, FOREVER],
  ]);
});

test('the vertices of a simplex of many are told without going every way down to them', () => {
  const row = Array.from({ length: 14 }, (_, v) => v);
  expect(lowerStar(Float64Array.from(row), [row]).cellVertices(13, 0)).toEqual(row);
});

describe('every kind of complex', () => {
  test.each([
    ['cubical', gridCase],
    ['alpha', alphaCase],
    ['lower-star', lowerStarCase],
    ['simplicial', complexOfCase],
  ] as const)('%s: keeps what a filtration promises', (_, filtrationOf) => {
    for (let seed = 0; seed < 60; seed++) {
      const filtration = filtrationOf(seed);
      const counts = checkFiltration(filtration);
      counts.forEach((count, dimension) => {
        if (dimension < filtration.dimension) expect(filtration.cellCount(dimension)).toBe(count);
      });
      // Euler and Poincare: cells and endless bars have the same alternating sum.
      const alternating = (sum: number, count: number, dimension: number) =>
        sum + (dimension % 2 === 0 ? count : -count);
      const classes = betti(filtration, Math.min(3, filtration.dimension - 1), 2);
      expect(classes.reduce(alternating, 0), `seed ${seed}`).toBe(counts.reduce(alternating, 0));
    }
  });
});

describe('the cubical complex', () => {
  test('of a ring of 8 zeros around a 9 has a loop from 0 to 9', () => {
    const ring = floats(0, 0, 0, 0, 9, 0, 0, 0, 0);
    expect(bars(cubical(ring, [3, 3]), 2)).toEqual([[[0, FOREVER]], [[0, 9]], []]);
    // On vertices the middle one is no hole: it is joined to its neighbours at 9, when all squares enter as well.
    expect(bars(cubical(ring, [3, 3], { values: 'vertices' }), 2)).toEqual([[[0, FOREVER]], [[0, 9]], []]);
  });

  test('of a constant periodic grid is a torus, in 3-D a 3-torus', () => {
    const periodic = [true, true, true];
    expect(betti(cubical(new Float64Array(9), [3, 3], { periodic: periodic.slice(1) }), 2, 2)).toEqual([1, 2, 1]);
    expect(betti(cubical(new Float64Array(8), [2, 2, 2], { periodic }), 3, 3)).toEqual([1, 3, 3, 1]);
  });

  test('diagonal neighbours are joined on cells and apart on vertices', () => {
    const diagonal = floats(0, 5, 5, 0);
    expect(bars(cubical(diagonal, [2, 2]), 0)).toEqual([[[0, FOREVER]]]);
    expect(bars(cubical(diagonal, [2, 2], { values: 'vertices' }), 0)[0]).toEqual([
      [0, 5],
      [0, FOREVER],
    ]);
  });

  test('has the same bars with its axes exchanged', () => {
    const grid = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.tuple(
          fc.constant([rows, columns]),
          fc.array(fc.nat(5), { minLength: rows * columns, maxLength: rows * columns }),
          fc.constantFrom('cells' as const, 'vertices' as const),
        ),
      );
    fc.assert(
      fc.property(grid, ([[rows, columns], values, on]) => {
        const turned = floats(...values.map((_, k) => values[(k % rows) * columns + Math.floor(k / rows)]));
        const one = cubical(floats(...values), [rows, columns], { values: on });
        expect(bars(cubical(turned, [columns, rows], { values: on }), 1)).toEqual(bars(one, 1));
      }),
    );
  });

  test('tells where a cube lies', () => {
    const filtration = cubical(floats(3, 1, 2, 0), [2, 2]);
    // The square of value 0, the first of its dimension, is the one at (1, 1).
    expect(filtration.coordinates(2, 0)).toEqual([3, 3]);
    expect(filtration.cellVertices(2, 0).length).toBe(4);
  });

  test('a place at infinity never enters', () => {
    expect(bars(cubical(floats(0, FOREVER, 0), [3]), 0)[0]).toEqual([
      [0, FOREVER],
      [0, FOREVER],
    ]);
  });
});

describe('the lower star', () => {
  test('of heights 0, 2, 1, 3 along a path has the bars (0, inf) and (1, 2)', () => {
    const path = lowerStar(floats(0, 2, 1, 3), [
      [0, 1],
      [2, 1],
      [2, 3],
    ]);
    expect(bars(path, 0)).toEqual([
      [
        [0, FOREVER],
        [1, 2],
      ],
    ]);
  });

  test.each([
    ['projective plane', 0, [1, 1, 1], [1, 0, 0]],
    ['torus', 1, [1, 2, 1], [1, 2, 1]],
    ['Klein bottle', 2, [1, 2, 1], [1, 1, 0]],
  ] as const)('of the %s shows its torsion: over Z/2 and over Z/3', (_, surface, overTwo, overThree) => {
    const flat = lowerStar(new Float64Array(1 + Math.max(...SURFACES[surface].flat())), SURFACES[surface]);
    expect(betti(flat, 2, 2)).toEqual(overTwo);
    expect(betti(flat, 2, 3)).toEqual(overThree);
  });
});

describe('a complex given cell by cell', () => {
  const vertex = (value: number): Cell => ({ value, boundary: [] });
  const edge = (from: number, to: number, value: number): Cell => ({
    value,
    boundary: [
      { cell: from, sign: -1 },
      { cell: to, sign: 1 },
    ],
  });
  const square: Cell[] = [
    vertex(0),
    vertex(0),
    vertex(1),
    vertex(0),
    edge(0, 1, 1),
    edge(1, 2, 1),
    edge(2, 3, 2),
    edge(0, 3, 3),
  ];

  test('may hold cells of any shape', () => {
    const filled: Cell = {
      value: 5,
      boundary: [
        { cell: 4, sign: 1 },
        { cell: 5, sign: 1 },
        { cell: 6, sign: 1 },
        { cell: 7, sign: -1 },
      ],
    };
    const complex = complexOfCells([...square, filled]);
    expect(checkFiltration(complex)).toEqual([4, 4, 1]);
    expect(bars(complex, 2, 3)[1]).toEqual([[3, 5]]);
    expect(complex.cellVertices(2, 0)).toEqual([0, 1, 2, 3]);
    // In any order of the list.
    const moved = (cell: Cell): Cell => ({ ...cell, boundary: cell.boundary.map((f) => ({ ...f, cell: 8 - f.cell })) });
    expect(bars(complexOfCells([...square, filled].reverse().map(moved)), 2)).toEqual(bars(complex, 2));
  });

  test('of simplices has the bars of the same simplices in any order and with vertices in any order', () => {
    for (let seed = 0; seed < 30; seed++) {
      const simplices = explicitCase(seed);
      const turned = simplices.map(({ vertices, value }) => ({ vertices: [...vertices].reverse(), value })).reverse();
      const top = Math.max(...simplices.map(({ vertices }) => vertices.length - 1));
      expect(bars(complexOfSimplices(turned), top, 3)).toEqual(bars(complexOfSimplices(simplices), top, 3));
    }
  });

  const simplex = (value: number, ...vertices: number[]): Simplex => ({ vertices, value });
  const refusals: readonly [string, TopologyErrorCode, () => unknown][] = [
    ['no cells', 'TOPOLOGY_EMPTY_INPUT', () => complexOfCells([])],
    ['a facet that is not there', 'TOPOLOGY_FACE_MISSING', () => complexOfCells([vertex(0), edge(0, 7, 1)])],
    ['a cell before its facet', 'TOPOLOGY_NOT_MONOTONE', () => complexOfCells([vertex(0), vertex(2), edge(0, 1, 1)])],
    [
      'an edge with one end',
      'TOPOLOGY_BAD_CELL',
      () => complexOfCells([vertex(0), { value: 1, boundary: [{ cell: 0, sign: 1 }] }]),
    ],
    [
      'a cell that is its own facet',
      'TOPOLOGY_BAD_CELL',
      () => complexOfCells([{ value: 1, boundary: [{ cell: 0, sign: 1 }] }]),
    ],
    [
      'an open boundary',
      'TOPOLOGY_BAD_CELL',
      () => complexOfCells([...square, { value: 5, boundary: [4, 5, 6].map((cell) => ({ cell, sign: 1 as const })) }]),
    ],
    ['a value that is no number', 'TOPOLOGY_NOT_A_NUMBER', () => complexOfCells([vertex(Number.NaN)])],
    ['no simplices', 'TOPOLOGY_EMPTY_INPUT', () => complexOfSimplices([])],
    ['a vertex left out', 'TOPOLOGY_FACE_MISSING', () => complexOfSimplices([simplex(0, 1)])],
    [
      'an edge left out',
      'TOPOLOGY_FACE_MISSING',
      () => complexOfSimplices([0, 1, 2].map((v) => simplex(0, v)).concat(simplex(1, 0, 1, 2))),
    ],
    [
      'an edge before its end',
      'TOPOLOGY_NOT_MONOTONE',
      () => complexOfSimplices([simplex(0, 0), simplex(2, 1), simplex(1, 0, 1)]),
    ],
    ['a simplex twice', 'TOPOLOGY_DUPLICATE_CELL', () => complexOfSimplices([simplex(0, 0), simplex(1, 0)])],
    ['a vertex twice in one', 'TOPOLOGY_BAD_CELL', () => complexOfSimplices([simplex(0, 0, 0)])],
    ['half a vertex', 'TOPOLOGY_BAD_VERTEX', () => complexOfSimplices([simplex(0, 0.5)])],
    ['a simplex at no number', 'TOPOLOGY_NOT_A_NUMBER', () => complexOfSimplices([simplex(Number.NaN, 0)])],
    ['heights of no vertices', 'TOPOLOGY_EMPTY_INPUT', () => lowerStar(floats(), [])],
    ['a height that is no number', 'TOPOLOGY_NOT_A_NUMBER', () => lowerStar(floats(Number.NaN), [])],
    ['a simplex on a vertex without height', 'TOPOLOGY_BAD_VERTEX', () => lowerStar(floats(0), [[0, 1]])],
    [
      'a simplex with more faces than fit',
      'TOPOLOGY_TOO_LARGE',
      () => lowerStar(new Float64Array(20), [Array.from({ length: 20 }, (_, v) => v)], { memoryLimitBytes: 1e8 }),
    ],
    ['a grid without axes', 'TOPOLOGY_BAD_DIMENSION', () => cubical(floats(), [])],
    ['a grid of four axes', 'TOPOLOGY_BAD_DIMENSION', () => cubical(floats(1), [1, 1, 1, 1])],
    ['an empty axis', 'TOPOLOGY_EMPTY_INPUT', () => cubical(floats(), [0, 3])],
    ['a value too few', 'TOPOLOGY_WRONG_LENGTH', () => cubical(floats(1, 2, 3), [2, 2])],
    ['a value that is no number on a grid', 'TOPOLOGY_NOT_A_NUMBER', () => cubical(floats(1, Number.NaN), [2])],
    ['a periodic axis of one place', 'TOPOLOGY_OUT_OF_RANGE', () => cubical(floats(1), [1], { periodic: [true] })],
    ['periodic axes that are not the grid’s', 'TOPOLOGY_WRONG_LENGTH', () => cubical(floats(1), [1], { periodic: [] })],
    [
      'a grid too large',
      'TOPOLOGY_TOO_LARGE',
      () => cubical(new Float64Array(1e4), [100, 100], { memoryLimitBytes: 1e6 }),
    ],
    [
      'homology above the complex',
      'TOPOLOGY_BAD_DIMENSION',
      () => persistence(cubical(floats(1), [1]), { maxDimension: 2 }),
    ],
  ];
  test.each(refusals)('%s is refused as %s', (_, code, run) => {
    let found: unknown;
    try {
      run();
    } catch (error) {
      found = error instanceof TopologyError ? error.code : error;
    }
    expect(found).toBe(code);
  });

  test('a user’s own filtration object is checked, and computed like any other', () => {
    // Three vertices on a line of heights 1, 0, 2, the edges named by hand.
    const own: Filtration = {
      kind: 'own',
      dimension: 1,
      vertexCount: 3,
      edgeCount: 2,
      threshold: FOREVER,
      vertexValue: (v) => [1, 0, 2][v],
      edgeValue: (edge) => [1, 2][edge],
      edgeTail: (edge) => edge,
      edgeHead: (edge) => edge + 1,
      cellValue: () => 0,
      cellVertices: (_, edge) => [edge, edge + 1],
      boundary: (_, edge) => [
        { cell: edge, sign: -1 },
        { cell: edge + 1, sign: 1 },
      ],
      youngestFacet: () => 0,
      nextCofacet: () => -1,
      cofacet: () => -1,
      cofacetSign: () => 1,
    };
    expect(checkFiltration(own)).toEqual([3, 2]);
    expect(bars(own, 0)).toEqual([[[0, FOREVER]]]);
    expect(() => checkFiltration({ ...own, edgeValue: () => 1 })).toThrow(/value of 1-cell 1: got 1/);
    expect(() => checkFiltration({ ...own, edgeHead: () => 2 })).toThrow(/ends of edge 0/);
    expect(() =>
      checkFiltration({
        ...own,
        boundary: () => [
          { cell: 0, sign: 1 },
          { cell: 1, sign: 1 },
        ],
      }),
    ).toThrow(TopologyError);
  });

  test('a filtration that is wrong in one place is refused there', () => {
    // A triangle with its inside.
    const triangle = complexOfSimplices(
      [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]].map((vertices, value) => ({ vertices, value })),
    );
    const broken = (change: Partial<Filtration>) => () =>
      checkFiltration({
        kind: 'own',
        dimension: 2,
        vertexCount: 3,
        edgeCount: 3,
        threshold: FOREVER,
        vertexValue: (v) => triangle.vertexValue(v),
        edgeValue: (edge) => triangle.edgeValue(edge),
        edgeTail: (edge) => triangle.edgeTail(edge),
        edgeHead: (edge) => triangle.edgeHead(edge),
        cellValue: (d, cell) => triangle.cellValue(d, cell),
        cellVertices: (d, cell) => triangle.cellVertices(d, cell),
        boundary: (d, cell) => triangle.boundary(d, cell),
        youngestFacet: (d, cell) => triangle.youngestFacet(d, cell),
        nextCofacet: (d, cell, at) => triangle.nextCofacet(d, cell, at),
        cofacet: (d, cell, at) => triangle.cofacet(d, cell, at),
        cofacetSign: (d, cell, at) => triangle.cofacetSign(d, cell, at),
        ...change,
      });
    expect(broken({})()).toEqual([3, 3, 1]);
    const outwards = (d: number, cell: number) =>
      triangle.boundary(d, cell).map((facet) => ({ ...facet, sign: 1 as const }));
    expect(broken({ boundary: outwards })).toThrow(/boundary of the boundary of 1-cell 0/);
    expect(broken({ youngestFacet: () => 1 })).toThrow(/youngest facet of 2-cell 0: got 1/);
    expect(broken({ cofacetSign: (d, cell, at) => (triangle.cofacetSign(d, cell, at) === 1 ? -1 : 1) })).toThrow(
      /cofacets of 1-cell/,
    );
    expect(broken({ cofacet: () => -1 })).toThrow(/cofacet of 1-cell 0: got -1/);
    expect(broken({ cellValue: () => 4 })).toThrow(/value of 2-cell 0: got 4/);
    expect(broken({ cellValue: () => Number.NaN })).toThrow(/value of 2-cell 0/);
    expect(broken({ vertexValue: () => Number.NaN })).toThrow(/value of 0-cell 0/);
  });
});
