import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from './grid.ts';

/**
 * The power-weighted silhouette (Chazal et al. 2014): at each scale the mean of the tents min(t - birth, death - t)+ of the bars that die,
 * each weighted by its length to the given power. GUDHI's samples are sqrt(2) times these.
 *
 * @param power finite; bars of no length count for nothing
 * @throws TopologyError TOPOLOGY_BAD_GRID, TOPOLOGY_OUT_OF_RANGE
 */
export function silhouette({ births, deaths }: Diagram, grid: Float64Array, power = 1): Float64Array {
  checkGrid(grid);
  if (!Number.isFinite(power)) throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'power', power, 'a finite number');
  const values = new Float64Array(grid.length);
  // Lengths in units of the one that weighs most, so that no power overflows, nor are all lost.
  const unit = heaviest(births, deaths, power);
  let weights = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY || deaths[k] === births[k]) continue;
    const weight = ((deaths[k] - births[k]) / unit) ** power;
    if (weight === Number.POSITIVE_INFINITY) {
      const valid = 'finite; a bar without a beginning outweighs all';
      throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', `weight of bar ${k}, its length to the power`, weight, valid);
    }
    weights += weight;
    for (let s = 0; s < grid.length; s++) {
      const tent = Math.min(grid[s] - births[k], deaths[k] - grid[s]);
      if (tent > 0) values[s] += weight * tent;
    }
  }
  if (weights > 0) for (let s = 0; s < grid.length; s++) values[s] /= weights;
  return values;
}

function heaviest(births: Float64Array, deaths: Float64Array, power: number): number {
  let found = 0;
  for (let k = 0; k < births.length; k++) {
    const length = deaths[k] - births[k];
    if (length === 0 || length === Number.POSITIVE_INFINITY) continue;
    if (found === 0 || (power < 0 ? length < found : length > found)) found = length;
  }
  return found;
}
