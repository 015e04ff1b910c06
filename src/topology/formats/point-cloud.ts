import { TopologyError } from '../errors.ts';
import type { Distances } from '../filtrations/distances.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from '../filtrations/flag.ts';
import { refuseOverLimit } from '../filtrations/memory-limit.ts';
import { linesOfNumbers } from './numbers.ts';

export interface PointCloud {
  readonly count: number;
  readonly dimension: number;
  /** count x dimension, row by row, rounded to single precision. */
  readonly coordinates: Float32Array;
}

/**
 * A point cloud as Ripser reads it: one point a line, coordinates separated by commas or blanks.
 *
 * @throws TopologyError TOPOLOGY_BAD_FILE, TOPOLOGY_EMPTY_INPUT
 */
export function parsePointCloud(bytes: Uint8Array): PointCloud {
  const coordinates: number[] = [];
  let dimension = 0;
  let first = 0;
  for (const { number, values } of linesOfNumbers(bytes)) {
    if (dimension === 0) {
      dimension = values.length;
      first = number;
    }
    if (values.length !== dimension) {
      const valid = `${dimension}, as on line ${first}`;
      throw new TopologyError('TOPOLOGY_BAD_FILE', `line ${number}: number of coordinates`, values.length, valid);
    }
    for (const value of values) {
      if (!Number.isFinite(Math.fround(value))) {
        throw new TopologyError('TOPOLOGY_BAD_FILE', `line ${number}: coordinate`, value, 'finite in single precision');
      }
      coordinates.push(value);
    }
  }
  if (dimension === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of points in the file', 0, 'at least 1');
  return { count: coordinates.length / dimension, dimension, coordinates: Float32Array.from(coordinates) };
}

/**
 * Euclidean distances in single precision, every step rounded as Ripser's own program rounds it, so that the two agree bit for bit.
 *
 * @throws TopologyError TOPOLOGY_TOO_LARGE
 */
export function singlePrecisionDistances(
  { count, dimension, coordinates }: PointCloud,
  memoryLimitBytes = DEFAULT_MEMORY_LIMIT_BYTES,
): Distances {
  const pairs = (count * (count - 1)) / 2;
  refuseOverLimit(`the distances among ${count} points`, 8 * pairs, memoryLimitBytes);
  const lower = new Float64Array(pairs);
  let at = 0;
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let sum = Math.fround(0);
      for (let k = 0; k < dimension; k++) {
        const difference = Math.fround(coordinates[i * dimension + k] - coordinates[j * dimension + k]);
        sum = Math.fround(sum + Math.fround(difference * difference));
      }
      lower[at++] = Math.fround(Math.sqrt(sum));
    }
  }
  return { count, lower };
}
