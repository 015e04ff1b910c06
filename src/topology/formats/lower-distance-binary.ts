import { TopologyError } from '../errors.ts';
import type { Distances } from '../filtrations/distances.ts';
import { checkDistance, pointsOfPairs } from './numbers.ts';

const BYTES = 4;

/**
 * The lower triangle of a distance matrix, row by row, as little-endian single precision: what Ripser reads as `--format binary`.
 *
 * @throws TopologyError TOPOLOGY_BAD_FILE, TOPOLOGY_EMPTY_INPUT, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_NEGATIVE_DISTANCE
 */
export function parseLowerDistanceBinary(bytes: Uint8Array): Distances {
  if (bytes.length === 0)
    throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of bytes in the file', 0, 'at least 4');
  if (bytes.length % BYTES !== 0) {
    throw new TopologyError(
      'TOPOLOGY_BAD_FILE',
      'number of bytes',
      bytes.length,
      'a multiple of 4, one float32 a distance',
    );
  }
  const count = pointsOfPairs(bytes.length / BYTES);
  if (Number.isNaN(count)) {
    const valid = 'n (n - 1) / 2 for n points';
    throw new TopologyError('TOPOLOGY_BAD_FILE', 'number of distances', bytes.length / BYTES, valid);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lower = new Float64Array(bytes.length / BYTES);
  let at = 0;
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const distance = view.getFloat32(at * BYTES, true);
      if (!(distance >= 0)) checkDistance(distance, `row ${i}, value ${j + 1} (byte ${at * BYTES})`);
      lower[at++] = distance;
    }
  }
  return { count, lower };
}
