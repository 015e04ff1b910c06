import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';

/**
 * The L^p norm of a diagram's landscape, all levels, in closed form (Bubenik 2015; an early warning over time: Gidea & Katz 2018). At each scale the
 * levels are the tents of the bars, sorted; so the integral of the sum of their p-th powers is the sum of the tents' own, 2 h^(p + 1) / (p + 1)
 * for a bar of length 2 h. Bars that never die are left out; one without a beginning makes it Infinity.
 *
 * @param order p >= 1; Infinity gives the highest tent, half the longest bar
 * @throws TopologyError TOPOLOGY_BAD_ORDER
 */
export function landscapeNorm({ births, deaths }: Diagram, order = 1): number {
  if (!(order >= 1)) {
    throw new TopologyError('TOPOLOGY_BAD_ORDER', 'order of the norm', order, 'a number of at least 1, or Infinity');
  }
  let highest = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] < Number.POSITIVE_INFINITY) highest = Math.max(highest, (deaths[k] - births[k]) / 2);
  }
  if (order === Number.POSITIVE_INFINITY || highest === 0 || highest === Number.POSITIVE_INFINITY) return highest;
  // In units of the highest tent, so that no power overflows.
  let sum = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] < Number.POSITIVE_INFINITY) sum += ((deaths[k] - births[k]) / 2 / highest) ** (order + 1);
  }
  return highest * ((2 * highest * sum) / (order + 1)) ** (1 / order);
}
