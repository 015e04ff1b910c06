import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from './grid.ts';

/**
 * The power-weighted silhouette (Chazal et al. 2014): at each scale the mean of the tents min(t - birth, death - t)+ of the bars that die,
 * each weighted by its length to the given power. GUDHI's samples are sqrt(2) times these.
 *
 * @throws TopologyError TOPOLOGY_BAD_GRID
 */
export function silhouette({ births, deaths }: Diagram, grid: Float64Array, power = 1): Float64Array {
  checkGrid(grid);
  const values = new Float64Array(grid.length);
  let weights = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY) continue;
    const weight = (deaths[k] - births[k]) ** power;
    weights += weight;
    for (let s = 0; s < grid.length; s++) {
      const tent = Math.min(grid[s] - births[k], deaths[k] - grid[s]);
      if (tent > 0) values[s] += weight * tent;
    }
  }
  if (weights > 0) for (let s = 0; s < grid.length; s++) values[s] /= weights;
  return values;
}
