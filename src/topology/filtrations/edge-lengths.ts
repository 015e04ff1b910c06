import { TopologyError } from '../errors.ts';
import type { EdgeFiltration } from './filtration.ts';

/**
 * Dijkstra's algorithm goes round and round an edge of negative length, so such edges are to be refused before it begins.
 *
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE if an edge has a negative value, told by the first edge, as values never fall
 */
export function refuseNegativeLengths(filtration: EdgeFiltration, valid: string): void {
  if (filtration.edgeCount === 0 || filtration.edgeValue(0) >= 0) return;
  throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'length of an edge, its value', filtration.edgeValue(0), valid);
}
