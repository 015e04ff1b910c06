import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from './grid.ts';

/**
 * The persistence landscape (Bubenik 2015): at each scale t the `levels` largest values of the tents min(t - birth, death - t) of the bars
 * that die, largest first, 0 where there are fewer.
 *
 * @returns levels x grid.length, level by level; GUDHI's samples are sqrt(2) times these
 * @throws TopologyError TOPOLOGY_BAD_GRID, TOPOLOGY_OUT_OF_RANGE for the number of levels
 */
export function landscape({ births, deaths }: Diagram, grid: Float64Array, levels: number): Float64Array {
  checkGrid(grid);
  if (!Number.isInteger(levels) || levels < 1) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'number of levels', levels, 'a whole number of at least 1');
  }
  const values = new Float64Array(levels * grid.length);
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY) continue;
    for (let s = 0; s < grid.length; s++) {
      let tent = Math.min(grid[s] - births[k], deaths[k] - grid[s]);
      // Insertion into the levels so far: what a level loses goes one down.
      for (let level = 0; level < levels && tent > 0; level++) {
        const at = level * grid.length + s;
        if (values[at] < tent) [values[at], tent] = [tent, values[at]];
      }
    }
  }
  return values;
}
