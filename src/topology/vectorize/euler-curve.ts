import type { Diagram } from '../homology/diagram.ts';
import { bettiCurve } from './betti-curve.ts';

/**
 * The alternating sum of the Betti curves at each scale, dimension 0 first: the Euler characteristic of the sublevel complex as far as the
 * diagrams given reach (Smith & Zavala 2021).
 *
 * @throws TopologyError TOPOLOGY_BAD_GRID
 */
export function eulerCurve(diagrams: readonly Diagram[], grid: Float64Array): Float64Array {
  const curve = new Float64Array(grid.length);
  diagrams.forEach((diagram, dimension) => {
    const betti = bettiCurve(diagram, grid);
    for (let s = 0; s < grid.length; s++) curve[s] += dimension % 2 === 0 ? betti[s] : -betti[s];
  });
  return curve;
}
