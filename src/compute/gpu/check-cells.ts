import { ComputeError } from '../errors.ts';
import type { CellDistances, PointCloud } from './cell-kernels.ts';

/** Rejects what a kernel could not tell from an honest input: arrays that do not fit, and numbers that do not compare. */
export function checkClouds(clouds: readonly PointCloud[]): void {
  for (const [cell, { count, dimension, points }] of clouds.entries()) {
    checkWhole(cell, 'points', count);
    checkWhole(cell, 'dimensions', dimension);
    if (points.length !== count * dimension) {
      throw new ComputeError(
        'batch-shape',
        `cell ${cell} has ${points.length} coordinates; ${count} points of ${dimension} have ${count * dimension}`,
      );
    }
    const bad = points.findIndex((coordinate) => !Number.isFinite(coordinate));
    if (bad >= 0) {
      throw new ComputeError(
        'batch-shape',
        `coordinate ${bad} of cell ${cell} is ${points[bad]}; valid are finite numbers`,
      );
    }
  }
}

export function checkDistances(cells: readonly CellDistances[]): void {
  for (const [cell, { count, lower }] of cells.entries()) {
    checkWhole(cell, 'points', count);
    const pairs = pairsOf(count);
    if (lower.length !== pairs) {
      throw new ComputeError(
        'batch-shape',
        `cell ${cell} has ${lower.length} distances; ${count} points have ${pairs}`,
      );
    }
    const bad = lower.findIndex((distance) => !(distance >= 0));
    if (bad >= 0) {
      throw new ComputeError(
        'batch-shape',
        `distance ${bad} of cell ${cell} is ${lower[bad]}; valid are numbers of at least 0`,
      );
    }
  }
}

/** Pairs among `count` points. */
export function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}

function checkWhole(cell: number, what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ComputeError('batch-shape', `cell ${cell} has ${value} ${what}; valid are whole numbers of at least 1`);
}
