import {
  alpha,
  type CellComplex,
  type CubicalFiltration,
  complexOfSimplices,
  cubical,
  lowerStar,
  type Simplex,
} from '../../src/topology/index.ts';
import { mulberry32 } from './inputs.ts';

// The inputs of golden/complexes.py, draw for draw.

const PROJECTIVE_PLANE: readonly (readonly number[])[] = [
  [0, 1, 4],
  [0, 1, 5],
  [0, 2, 3],
  [0, 2, 5],
  [0, 3, 4],
  [1, 2, 3],
  [1, 2, 4],
  [1, 3, 5],
  [2, 4, 5],
  [3, 4, 5],
];

const ascending = (...vertices: number[]): number[] => vertices.sort((a, b) => a - b);

const TORUS = [0, 1, 2, 3, 4, 5, 6].flatMap((k) => [1, 2].map((a) => ascending(k, (k + a) % 7, (k + 3) % 7)));

function kleinBottle(): number[][] {
  const vertex = (row: number, column: number) => 3 * (row % 3) + ((row < 3 ? column : 6 - column) % 3);
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].flatMap((column) => {
      const [a, b] = [vertex(row, column), vertex(row, column + 1)];
      const [c, d] = [vertex(row + 1, column), vertex(row + 1, column + 1)];
      return [ascending(a, b, d), ascending(a, c, d)];
    }),
  );
}

export const SURFACES = [PROJECTIVE_PLANE, TORUS, kleinBottle()] as const;

export function gridCase(seed: number): CubicalFiltration {
  const random = mulberry32(seed);
  const axes = 1 + (seed % 3);
  const shape = Array.from({ length: axes }, () => 2 + Math.floor(random() * [16, 9, 4][axes - 1]));
  const levels = [2, 4, 9, 50][seed % 4];
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Float64Array.from({ length: count }, () => Math.floor(random() * levels));
  const periodic = shape.map(() => random() < 0.5 && seed % 5 < 2);
  return cubical(values, shape, { periodic, values: seed % 2 === 1 ? 'vertices' : 'cells' });
}

export function pointsCase(seed: number): Float64Array {
  const random = mulberry32(seed);
  const draw = (levels: number) => Math.floor(random() * levels);
  const count = 1 + draw(24);
  const repeat = (point: () => readonly number[]) => Float64Array.from(Array.from({ length: count }, point).flat());
  switch (seed % 4) {
    case 0:
      return repeat(() => [random(), random()]);
    case 1: {
      const size = 2 + draw(5);
      return repeat(() => [draw(size), draw(size)]);
    }
    case 2:
      return repeat(() => {
        const [x, y] = [
          [3, 4],
          [5, 0],
          [7, 24],
          [15, 20],
        ][draw(4)];
        const [u, v] = random() < 0.5 ? [y, x] : [x, y];
        return [random() < 0.5 ? u : -u, random() < 0.5 ? v : -v];
      });
    default: {
      const slope = draw(4);
      return repeat(() => {
        const t = draw(12);
        return [t, slope * t];
      });
    }
  }
}

export const alphaCase = (seed: number): CellComplex => alpha(pointsCase(seed));

export function lowerStarCase(seed: number): CellComplex {
  const random = mulberry32(seed);
  const surface = SURFACES[seed % 3];
  const chance = [1.1, 0.7][Math.floor(seed / 3) % 2];
  const kept = surface.filter(() => random() < chance);
  const count = 1 + Math.max(...surface.flat());
  const heights = Float64Array.from({ length: count }, () => Math.floor(random() * [3, 6, 100][seed % 3]) - 2);
  return lowerStar(heights, kept);
}

/** Random simplices with all their faces. */
export function explicitCase(seed: number): Simplex[] {
  const random = mulberry32(seed);
  const draw = (levels: number) => Math.floor(random() * levels);
  const count = 3 + draw(7);
  const levels = [2, 5, 40][seed % 3];
  const cells = new Map<string, number[]>();
  for (let v = 0; v < count; v++) cells.set(`${v}`, [v]);
  for (let k = 3 + draw(9); k > 0; k--) {
    const size = 1 + draw(4);
    const top = ascending(...new Set(Array.from({ length: size }, () => draw(count))));
    for (let subset = 1; subset < 2 ** top.length; subset++) {
      const face = top.filter((_, i) => (subset >>> i) & 1);
      cells.set(face.join(), face);
    }
  }
  const compare = (a: readonly number[], b: readonly number[]) =>
    a.length - b.length || a.reduce((order, vertex, i) => order || vertex - b[i], 0);
  const values = new Map<string, number>();
  return [...cells.values()].sort(compare).map((vertices) => {
    const faces = vertices.map((_, i) => vertices.filter((_, k) => k !== i).join());
    const least = Math.max(0, ...faces.map((face) => values.get(face) ?? 0));
    const value = least + draw(levels);
    values.set(vertices.join(), value);
    return { vertices, value };
  });
}

export const complexOfCase = (seed: number): CellComplex => complexOfSimplices(explicitCase(seed));
