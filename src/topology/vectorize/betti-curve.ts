import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from './grid.ts';

/**
 * The Betti curve: how many bars are alive at each scale, birth <= scale < death (Umeda 2017).
 *
 * @param grid ascending scales, in the units of the filtration
 * @throws TopologyError TOPOLOGY_BAD_GRID
 */
export function bettiCurve({ births, deaths }: Diagram, grid: Float64Array): Float64Array {
  checkGrid(grid);
  const curve = new Float64Array(grid.length);
  for (let k = 0; k < births.length; k++) {
    for (let s = 0; s < grid.length && grid[s] < deaths[k]; s++) if (grid[s] >= births[k]) curve[s] += 1;
  }
  return curve;
}
