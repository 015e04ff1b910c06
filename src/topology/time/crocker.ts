import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from '../vectorize/grid.ts';

/**
 * Betti numbers over time: for each moment and each scale how many bars are alive (CROCKER plot; Topaz, Ziegelmeier & Halverson 2015). With a
 * smoothing alpha only those count that are alive all the way from scale - alpha to scale + alpha: the rank of the map between the two (a layer
 * of the CROCKER stack; Xian, Adams, Topaz & Ziegelmeier 2022).
 *
 * @param sequence diagrams of one dimension, a moment each
 * @param scales ascending, in the units of the filtration
 * @param alpha at least 0 (default), in the same units
 * @returns moments x scales, moment by moment
 * @throws TopologyError TOPOLOGY_BAD_GRID, TOPOLOGY_OUT_OF_RANGE
 */
export function crocker(sequence: readonly Diagram[], scales: Float64Array, alpha = 0): Float64Array {
  checkGrid(scales);
  if (!(alpha >= 0 && alpha < Number.POSITIVE_INFINITY)) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'alpha', alpha, 'a finite number of at least 0');
  }
  const counts = new Float64Array(sequence.length * scales.length);
  sequence.forEach(({ births, deaths }, moment) => {
    for (let k = 0; k < births.length; k++) {
      for (let s = 0; s < scales.length && scales[s] + alpha < deaths[k]; s++) {
        if (scales[s] - alpha >= births[k]) counts[moment * scales.length + s] += 1;
      }
    }
  });
  return counts;
}
