import { TopologyError } from '../errors.ts';
import { type Distances, enclosingRadius, euclidean, lowerTriangle, squareMatrix } from './distances.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES, FlagFiltration, type FlagOptions, refuseTooLarge } from './flag.ts';

/** `threshold`: the largest scale of interest. The complex stops at the enclosing radius in any case, above which nothing happens. */
export type RipsOptions = FlagOptions;

/**
 * The Vietoris-Rips filtration of points in Euclidean space, by diameter.
 *
 * @param points n x dimension, row by row
 * @throws TopologyError as euclidean() does, and TOPOLOGY_TOO_LARGE
 */
export function ripsOfPoints(points: Float64Array, dimension: number, options: RipsOptions = {}): FlagFiltration {
  if (dimension >= 1) refuseManyPairs(points.length / dimension, options);
  return ripsOfDistances(euclidean(points, dimension), options);
}

/**
 * The Vietoris-Rips filtration of a lower triangle of distances (see Distances for the layout).
 *
 * @throws TopologyError as lowerTriangle() does, and TOPOLOGY_TOO_LARGE
 */
export function ripsOfLowerTriangle(lower: Float64Array, count: number, options: RipsOptions = {}): FlagFiltration {
  return ripsOfDistances(lowerTriangle(lower, count), options);
}

/**
 * The Vietoris-Rips filtration of a full, symmetric distance matrix, n x n, row by row.
 *
 * @throws TopologyError as squareMatrix() does, and TOPOLOGY_TOO_LARGE
 */
export function ripsOfMatrix(matrix: Float64Array, count: number, options: RipsOptions = {}): FlagFiltration {
  refuseManyPairs(count, options);
  return ripsOfDistances(squareMatrix(matrix, count), options);
}

/** The Vietoris-Rips filtration of checked distances. */
function ripsOfDistances(distances: Distances, options: RipsOptions): FlagFiltration {
  const wanted = options.threshold ?? Number.POSITIVE_INFINITY;
  if (!(wanted >= 0)) throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'threshold', wanted, 'a number of at least 0');
  const threshold = Math.min(wanted, enclosingRadius(distances));
  const { count, lower } = distances;
  let edgeCount = 0;
  for (let at = 0; at < lower.length; at++) {
    if (lower[at] <= threshold && lower[at] < Number.POSITIVE_INFINITY) edgeCount += 1;
  }
  refuseTooLarge(count, edgeCount, options.memoryLimitBytes);
  const tails = new Int32Array(edgeCount);
  const heads = new Int32Array(edgeCount);
  const values = new Float64Array(edgeCount);
  let at = 0;
  let edge = 0;
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const distance = lower[at++];
      if (!(distance <= threshold && distance < Number.POSITIVE_INFINITY)) continue;
      tails[edge] = j;
      heads[edge] = i;
      values[edge++] = distance;
    }
  }
  return new FlagFiltration({ vertexCount: count, tails, heads, values }, threshold);
}

/** The distances alone are known to be needed before any is computed; edges are counted later, under the threshold. */
function refuseManyPairs(count: number, options: RipsOptions): void {
  const bytes = 8 * ((count * (count - 1)) / 2);
  const limit = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
  if (bytes > limit) {
    const what = `the distances among ${count} points need an estimated number of bytes`;
    throw new TopologyError('TOPOLOGY_TOO_LARGE', what, bytes, `at most ${limit}; raise memoryLimitBytes`);
  }
}
