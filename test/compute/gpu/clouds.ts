import type { CellDistances, PointCloud } from '../../../src/compute/gpu/cell-kernels.ts';
import { mulberry32 } from '../../topology/inputs.ts';

/** Uniform points in a cube of side `extent` with a corner at `offset`. */
export function cloud(count: number, dimension: number, seed: number, extent = 1, offset = 0): PointCloud {
  const random = mulberry32(seed);
  const points = Float32Array.from({ length: count * dimension }, () => offset + extent * random());
  return { count, dimension, points };
}

/** Distances 0..levels, and never for a share of the pairs: nearly everything ties. */
export function tiedDistances(count: number, levels: number, never: number, seed: number): CellDistances {
  const random = mulberry32(seed);
  const lower = Float32Array.from({ length: (count * (count - 1)) / 2 }, () =>
    random() < never ? Number.POSITIVE_INFINITY : Math.floor(random() * (levels + 1)),
  );
  return { count, lower };
}

/** How far apart two devices' distances may be, by the contract of CellKernels. */
export function allowance({ count, dimension, points }: PointCloud, distance: number): number {
  let extent = 0;
  for (let k = 0; k < dimension; k++) {
    const column = Array.from({ length: count }, (_, row) => points[row * dimension + k]);
    extent = Math.max(extent, Math.max(...column) - Math.min(...column));
  }
  return distance * (dimension / 2 + 6) * 2 ** -23 + 2 * extent * 2 ** -60;
}
