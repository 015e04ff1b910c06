import { TopologyError } from '../errors.ts';
import { PAIRS_MAX } from './loop-columns.ts';

/** Values 16, lists 8, witnesses with their links 12, membership 4. */
const BYTES_PER_PAIR = 40;

/** @throws TopologyError TOPOLOGY_TOO_LARGE with the estimated bytes, if so many vertices are too many. */
export function checkCapacity(vertexCount: number, limitBytes: number): void {
  const pairs = (vertexCount * (vertexCount - 1)) / 2;
  const bytes = pairs * BYTES_PER_PAIR;
  if (bytes > limitBytes) {
    const what = `streaming ${vertexCount} vertices needs an estimated number of bytes`;
    throw new TopologyError('TOPOLOGY_TOO_LARGE', what, bytes, `at most ${limitBytes}; raise memoryLimitBytes`);
  }
  if (pairs > PAIRS_MAX) {
    throw new TopologyError('TOPOLOGY_TOO_LARGE', 'number of pairs to stream', pairs, `at most ${PAIRS_MAX}`);
  }
}
