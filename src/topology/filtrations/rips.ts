import { TopologyError } from '../errors.ts';
import { DistanceEdges } from './distance-edges.ts';
import { type Distances, enclosingRadius, euclidean, lowerTriangle, squareMatrix } from './distances.ts';
import { areFew, FewPointsEdges } from './few-points.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES, FlagFiltration, type FlagOptions, refuseTooLarge } from './flag.ts';
import { survey } from './nearest.ts';
import { openPairsOfFew } from './open-pairs-of-few.ts';
import { openPairs } from './relative-neighbourhood.ts';

/** `threshold`: the largest scale of interest. The complex stops at the enclosing radius in any case, above which nothing happens. */
export type RipsOptions = FlagOptions;

/** A cell of agents has at most so many. */
const FEW_POINTS = 256;

/**
 * The Vietoris-Rips filtration of points in Euclidean space, by diameter.
 *
 * @param points n x dimension, row by row
 * @throws TopologyError as euclidean() does, and TOPOLOGY_TOO_LARGE
 */
export function ripsOfPoints(points: Float64Array, dimension: number, options: RipsOptions = {}): FlagFiltration {
  const count = points.length / dimension;
  if (dimension >= 1) refuseManyPairs(count, options);
  if (dimension >= 1 && areFew(count, dimension)) {
    return flagOfFew(FewPointsEdges.ofPoints(points, dimension, wantedThreshold(options)), options);
  }
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
  const wanted = wantedThreshold(options);
  if (areFew(distances.count)) return flagOfFew(FewPointsEdges.ofDistances(distances, wanted), options);
  return distances.count <= FEW_POINTS
    ? ripsOfFew(distances, wanted, options.memoryLimitBytes)
    : ripsOfMany(distances, wanted, options.memoryLimitBytes);
}

function wantedThreshold({ threshold: wanted = Number.POSITIVE_INFINITY }: RipsOptions): number {
  if (!(wanted >= 0)) throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'threshold', wanted, 'a number of at least 0');
  return wanted;
}

function flagOfFew(edges: FewPointsEdges, { memoryLimitBytes }: RipsOptions): FlagFiltration {
  refuseTooLarge(edges.vertexCount, edges.edgeCount, memoryLimitBytes);
  return new FlagFiltration(edges);
}

/** Where there is no kernel. */
function ripsOfFew(distances: Distances, wanted: number, memoryLimitBytes: number | undefined): FlagFiltration {
  const threshold = Math.min(wanted, enclosingRadius(distances));
  const { pairs, first, reach } = openPairsOfFew(distances, Math.min(threshold, Number.MAX_VALUE));
  refuseTooLarge(distances.count, pairs.within, memoryLimitBytes);
  return new FlagFiltration(new DistanceEdges(distances, threshold, pairs, { first, reach }));
}

function ripsOfMany(distances: Distances, wanted: number, memoryLimitBytes: number | undefined): FlagFiltration {
  const nearest = survey(distances);
  const threshold = Math.min(wanted, nearest.radius);
  const pairs = openPairs(distances, nearest, Math.min(threshold, Number.MAX_VALUE));
  refuseTooLarge(distances.count, pairs.within, memoryLimitBytes);
  return new FlagFiltration(new DistanceEdges(distances, threshold, pairs));
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
