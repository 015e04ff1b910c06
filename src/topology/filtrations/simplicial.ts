import { TopologyError } from '../errors.ts';
import { CellComplex, type Cells } from './cell-complex.ts';

/** A simplex of a user's own complex: distinct vertices 0..n-1 in any order, and when it enters. */
export interface Simplex {
  readonly vertices: readonly number[];
  readonly value: number;
}

/** The simplices of one dimension: `vertices` row by row, dimension + 1 each, ascending; `values` one each. */
export interface SimplexList {
  readonly vertices: Int32Array;
  readonly values: Float64Array;
}

/** Beyond this many vertices in a simplex the complex of its faces has over a million cells. */
const SIMPLEX_VERTICES_MAX = 20;

/**
 * A simplicial complex given simplex by simplex, in any order. Vertices are 0..n-1, each given as a simplex of its own; every face must be
 * there and enter no later than what it is a face of. Values may be negative, and Infinity (never).
 *
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_BAD_CELL, TOPOLOGY_BAD_VERTEX, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_DUPLICATE_CELL,
 * TOPOLOGY_FACE_MISSING, TOPOLOGY_NOT_MONOTONE
 */
export function complexOfSimplices(simplices: readonly Simplex[]): CellComplex {
  return simplicialComplex('simplicial', listsOf(simplices));
}

/** The same from lists by dimension, whose rows are ascending already. */
export function simplicialComplex(kind: string, lists: readonly SimplexList[]): CellComplex {
  if (lists.length === 0 || lists[0].values.length === 0) {
    throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of vertices', 0, 'at least 1');
  }
  const sorted = lists.map(lexicographically);
  // Then vertex v stands at position v.
  sorted[0].vertices.forEach((vertex, k) => {
    if (vertex !== k) throw new TopologyError('TOPOLOGY_FACE_MISSING', 'vertex', k, 'there, as a simplex of its own');
  });
  return new CellComplex(
    kind,
    sorted.map((list, dimension) => withFacets(list, dimension, sorted[dimension - 1])),
  );
}

function listsOf(simplices: readonly Simplex[]): SimplexList[] {
  const vertices: number[][] = [];
  const values: number[][] = [];
  simplices.forEach((simplex, k) => {
    const row = checkedVertices(simplex.vertices, `simplex ${k}`);
    if (Number.isNaN(simplex.value)) {
      const valid = 'a number; Infinity means never';
      throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `value of simplex ${k}`, simplex.value, valid);
    }
    while (vertices.length < row.length) {
      vertices.push([]);
      values.push([]);
    }
    vertices[row.length - 1].push(...row);
    values[row.length - 1].push(simplex.value);
  });
  return vertices.map((rows, dimension) => ({
    vertices: Int32Array.from(rows),
    values: Float64Array.from(values[dimension]),
  }));
}

/** @returns ascending */
export function checkedVertices(vertices: readonly number[], what: string): number[] {
  if (vertices.length < 1 || vertices.length > SIMPLEX_VERTICES_MAX) {
    const valid = `1..${SIMPLEX_VERTICES_MAX}`;
    throw new TopologyError('TOPOLOGY_BAD_CELL', `number of vertices of ${what}`, vertices.length, valid);
  }
  for (const vertex of vertices) {
    if (!Number.isInteger(vertex) || vertex < 0 || vertex > 0x7fffffff) {
      throw new TopologyError('TOPOLOGY_BAD_VERTEX', `vertex of ${what}`, vertex, 'a whole number 0..2^31 - 1');
    }
  }
  const row = [...vertices].sort((a, b) => a - b);
  if (row.some((vertex, i) => i > 0 && vertex === row[i - 1])) {
    throw new TopologyError('TOPOLOGY_BAD_CELL', `vertices of ${what}`, `(${vertices.join(', ')})`, 'all different');
  }
  return row;
}

function lexicographically({ vertices, values }: SimplexList, dimension: number): SimplexList {
  const width = dimension + 1;
  const order = new Uint32Array(values.length);
  for (let k = 0; k < order.length; k++) order[k] = k;
  order.sort((a, b) => compareRows(vertices, a * width, vertices, b * width, width));
  const sorted = { vertices: new Int32Array(vertices.length), values: new Float64Array(values.length) };
  for (let k = 0; k < order.length; k++) {
    sorted.vertices.set(vertices.subarray(order[k] * width, (order[k] + 1) * width), k * width);
    sorted.values[k] = values[order[k]];
    if (k > 0 && compareRows(sorted.vertices, (k - 1) * width, sorted.vertices, k * width, width) === 0) {
      const found = rowOf(sorted.vertices, k, width);
      throw new TopologyError('TOPOLOGY_DUPLICATE_CELL', 'a simplex is given twice', found, 'each simplex once');
    }
  }
  return sorted;
}

function withFacets(list: SimplexList, dimension: number, below: SimplexList | undefined): Cells {
  const { vertices, values } = list;
  const width = dimension + 1;
  const count = values.length;
  if (below === undefined) {
    return { values, facetStart: new Int32Array(count + 1), facets: new Int32Array(0), signs: new Int8Array(0) };
  }
  const facetStart = new Int32Array(count + 1);
  const facets = new Int32Array(count * width);
  const signs = new Int8Array(count * width);
  const facet = new Int32Array(dimension);
  for (let k = 0; k < count; k++) {
    for (let left = 0; left < width; left++) {
      for (let i = 0; i < dimension; i++) facet[i] = vertices[k * width + (i < left ? i : i + 1)];
      const at = positionOf(below, facet);
      const name = rowOf(vertices, k, width);
      if (at < 0) {
        throw new TopologyError('TOPOLOGY_FACE_MISSING', `face of simplex ${name}`, `(${facet.join(', ')})`, 'there');
      }
      if (!(below.values[at] <= values[k])) {
        const valid = `at least ${below.values[at]}, the value of its face (${facet.join(', ')})`;
        throw new TopologyError('TOPOLOGY_NOT_MONOTONE', `value of simplex ${name}`, values[k], valid);
      }
      facets[k * width + left] = at;
      signs[k * width + left] = left % 2 === 0 ? 1 : -1;
    }
    facetStart[k + 1] = (k + 1) * width;
  }
  return { values, facetStart, facets, signs };
}

/** Where a row stands in a list that is sorted lexicographically, or -1. */
function positionOf({ vertices, values }: SimplexList, row: Int32Array): number {
  const width = row.length;
  let low = 0;
  let high = values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareRows(vertices, middle * width, row, 0, width);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function compareRows(a: Int32Array, atA: number, b: Int32Array, atB: number, width: number): number {
  for (let i = 0; i < width; i++) if (a[atA + i] !== b[atB + i]) return a[atA + i] - b[atB + i];
  return 0;
}

function rowOf(vertices: Int32Array, k: number, width: number): string {
  return `(${vertices.subarray(k * width, (k + 1) * width).join(', ')})`;
}
