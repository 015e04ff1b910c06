import { TopologyError } from '../errors.ts';

const SCALES_MAX = 2 ** 24;

/** @throws TopologyError TOPOLOGY_BAD_GRID unless the scales are finite and ascending, at least one */
export function checkGrid(grid: Float64Array): void {
  if (grid.length === 0) throw new TopologyError('TOPOLOGY_BAD_GRID', 'number of scales', 0, 'at least 1');
  for (let k = 0; k < grid.length; k++) {
    if (!Number.isFinite(grid[k]) || (k > 0 && grid[k] < grid[k - 1])) {
      throw new TopologyError('TOPOLOGY_BAD_GRID', `scale ${k}`, grid[k], 'finite, not below the one before');
    }
  }
}

/**
 * `count` scales from `first` to `last`, evenly spaced, both ends included; `first` alone where one is asked for.
 *
 * @throws TopologyError TOPOLOGY_BAD_GRID
 */
export function evenGrid(first: number, last: number, count: number): Float64Array {
  if (!Number.isInteger(count) || count < 1 || count > SCALES_MAX) {
    throw new TopologyError('TOPOLOGY_BAD_GRID', 'number of scales', count, `a whole number 1..${SCALES_MAX}`);
  }
  const grid = new Float64Array(count);
  for (let k = 1; k < count - 1; k++) grid[k] = scaleBetween(first, last, k, count - 1);
  // Given rather than computed: rounded off, the last scale would fall short of the bars that die there, or pass them.
  if (count > 1) grid[count - 1] = last;
  grid[0] = first;
  checkGrid(grid);
  return grid;
}

/** The way from `first` to `last` may be above any number. */
function scaleBetween(first: number, last: number, k: number, steps: number): number {
  const way = (last - first) * k;
  return Number.isFinite(way) ? first + way / steps : first * (1 - k / steps) + last * (k / steps);
}
