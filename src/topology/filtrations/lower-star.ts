import { TopologyError } from '../errors.ts';
import type { CellComplex } from './cell-complex.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from './flag.ts';
import { refuseOverLimit } from './memory-limit.ts';
import { checkedVertices, type SimplexList, simplicialComplex } from './simplicial.ts';

export interface LowerStarOptions {
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

/** For each face of each simplex given, those that several share counted several times (measured). */
const BYTES_PER_FACE = 200;

/**
 * The lower-star filtration of a function on the vertices of a simplicial complex: a simplex enters with the last of its vertices
 * (Edelsbrunner, Letscher & Zomorodian 2002). For functions on a grid see cubical().
 *
 * @param heights one a vertex, any numbers; Infinity means never
 * @param simplices at least the maximal ones; vertices and all other faces are added
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_BAD_CELL, TOPOLOGY_BAD_VERTEX, TOPOLOGY_TOO_LARGE
 */
export function lowerStar(
  heights: Float64Array,
  simplices: readonly (readonly number[])[],
  options: LowerStarOptions = {},
): CellComplex {
  const faces = simplices.reduce((sum, { length }) => sum + 2 ** length, heights.length);
  refuseOverLimit(`${faces} faces`, faces * BYTES_PER_FACE, options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES);
  heights.forEach((height, vertex) => {
    if (!Number.isNaN(height)) return;
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `height of vertex ${vertex}`, height, 'a number');
  });
  const rows: number[][] = [Array.from(heights, (_, vertex) => vertex)];
  simplices.forEach((simplex, k) => {
    const vertices = checkedVertices(simplex, `simplex ${k}`);
    const last = vertices[vertices.length - 1];
    if (last >= heights.length) {
      throw new TopologyError('TOPOLOGY_BAD_VERTEX', `vertex of simplex ${k}`, last, `0..${heights.length - 1}`);
    }
    addFaces(vertices, rows);
  });
  return simplicialComplex(
    'lower-star',
    rows.map((flat, dimension) => withHeights(flat, dimension + 1, heights)),
  );
}

/** All faces with two vertices or more, the simplex itself included, each as a row of its dimension. */
function addFaces(vertices: readonly number[], rows: number[][]): void {
  while (rows.length < vertices.length) rows.push([]);
  for (let subset = 1; subset < 2 ** vertices.length; subset++) {
    if ((subset & (subset - 1)) === 0) continue;
    const face = vertices.filter((_, i) => (subset >>> i) & 1);
    rows[face.length - 1].push(...face);
  }
}

/** Rows without repeats, each with the greatest height of its vertices. */
function withHeights(flat: readonly number[], width: number, heights: Float64Array): SimplexList {
  const count = flat.length / width;
  const order = Array.from({ length: count }, (_, k) => k * width).sort((a, b) => compare(flat, a, b, width));
  const kept = order.filter((at, k) => k === 0 || compare(flat, order[k - 1], at, width) !== 0);
  const vertices = new Int32Array(kept.length * width);
  const values = new Float64Array(kept.length).fill(Number.NEGATIVE_INFINITY);
  kept.forEach((at, k) => {
    for (let i = 0; i < width; i++) {
      vertices[k * width + i] = flat[at + i];
      values[k] = Math.max(values[k], heights[flat[at + i]]);
    }
  });
  return { vertices, values };
}

function compare(flat: readonly number[], a: number, b: number, width: number): number {
  for (let i = 0; i < width; i++) if (flat[a + i] !== flat[b + i]) return flat[a + i] - flat[b + i];
  return 0;
}
