import { TopologyError } from '../errors.ts';

/** Squares of larger coordinates could overflow. */
const COORDINATE_MAX = 1e150;

/**
 * The distances among n points, each pair once: the lower triangle row by row, so that d(i, j) with i > j stands at i (i - 1) / 2 + j.
 * A distance may be Infinity (never), not NaN and not negative.
 */
export interface Distances {
  readonly count: number;
  readonly lower: Float64Array;
}

/**
 * Euclidean distances. Differences below 1e-154 lose digits, and below 1e-162 count as none: their squares are below the smallest numbers.
 *
 * @param points n x dimension, row by row
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_BAD_DIMENSION, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_OUT_OF_RANGE
 */
export function euclidean(points: Float64Array, dimension: number): Distances {
  checkPoints(points, dimension);
  const count = points.length / dimension;
  const lower = new Float64Array((count * (count - 1)) / 2);
  fillDistances(points, dimension, lower, 1, count);
  return { count, lower };
}

/** The rows `from` and on, below `to`, of the lower triangle of Euclidean distances, written to their places in `lower`. */
export function fillDistances(
  points: Float64Array,
  dimension: number,
  lower: Float64Array,
  from: number,
  to: number,
): void {
  let at = (from * (from - 1)) / 2;
  for (let i = from; i < to; i++) {
    const rowI = i * dimension;
    for (let rowJ = 0; rowJ < rowI; rowJ += dimension) {
      let sum = 0;
      let k = 0;
      // Two at a time, added in the same order as one by one.
      for (; k + 1 < dimension; k += 2) {
        const first = points[rowI + k] - points[rowJ + k];
        const second = points[rowI + k + 1] - points[rowJ + k + 1];
        sum = sum + first * first + second * second;
      }
      if (k < dimension) {
        const last = points[rowI + k] - points[rowJ + k];
        sum += last * last;
      }
      lower[at++] = Math.sqrt(sum);
    }
  }
}

/** One Euclidean distance, to the same last bit. */
export function distanceBetween(points: Float64Array, dimension: number, u: number, v: number): number {
  let sum = 0;
  for (let k = 0, a = u * dimension, b = v * dimension; k < dimension; k++, a++, b++) {
    const difference = points[a] - points[b];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** @throws TopologyError as euclidean() does */
export function checkPoints(points: Float64Array, dimension: number): void {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new TopologyError(
      'TOPOLOGY_BAD_DIMENSION',
      'dimension of the points',
      dimension,
      'a whole number of at least 1',
    );
  }
  if (points.length === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of points', 0, 'at least 1');
  if (points.length % dimension !== 0) {
    throw new TopologyError(
      'TOPOLOGY_WRONG_LENGTH',
      'number of coordinates',
      points.length,
      `a multiple of ${dimension}`,
    );
  }
  for (let k = 0; k < points.length; k++) {
    if (Math.abs(points[k]) <= COORDINATE_MAX) continue;
    const what = `coordinate ${k % dimension} of point ${Math.floor(k / dimension)}`;
    if (Number.isNaN(points[k])) throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', what, points[k], 'a finite number');
    throw new TopologyError(
      'TOPOLOGY_OUT_OF_RANGE',
      what,
      points[k],
      `between -${COORDINATE_MAX} and ${COORDINATE_MAX}`,
    );
  }
}

/**
 * Takes a lower triangle as it stands (not copied).
 *
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_NEGATIVE_DISTANCE
 */
export function lowerTriangle(lower: Float64Array, count: number): Distances {
  checkCount(count);
  if (lower.length !== (count * (count - 1)) / 2) {
    const valid = `${(count * (count - 1)) / 2} for ${count} points`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'number of distances', lower.length, valid);
  }
  let at = 0;
  for (let i = 1; i < count; i++) for (let j = 0; j < i; j++) checkDistance(lower[at++], i, j);
  return { count, lower };
}

/**
 * Reads a full matrix, n x n, row by row. It must be symmetric to the last bit, with a zero diagonal.
 *
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_NEGATIVE_DISTANCE,
 * TOPOLOGY_ASYMMETRIC_DISTANCE, TOPOLOGY_NONZERO_DIAGONAL
 */
export function squareMatrix(matrix: Float64Array, count: number): Distances {
  checkCount(count);
  if (matrix.length !== count * count) {
    const valid = `${count * count} for ${count} points`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'number of matrix entries', matrix.length, valid);
  }
  const lower = new Float64Array((count * (count - 1)) / 2);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const own = matrix[i * count + i];
    if (own !== 0) throw new TopologyError('TOPOLOGY_NONZERO_DIAGONAL', `distance of point ${i} to itself`, own, '0');
    for (let j = 0; j < i; j++) {
      const distance = matrix[i * count + j];
      const back = matrix[j * count + i];
      checkDistance(distance, i, j);
      checkDistance(back, j, i);
      if (distance !== back) {
        const found = `${distance} and ${back}`;
        throw new TopologyError(
          'TOPOLOGY_ASYMMETRIC_DISTANCE',
          `distances (${i}, ${j}) and (${j}, ${i})`,
          found,
          'equal',
        );
      }
      lower[at++] = distance;
    }
  }
  return { count, lower };
}

/**
 * The radius of the smallest ball around one of the points that holds all of them: min over i of max over j of d(i, j). From there on the
 * Rips complex is a cone, so nothing is born or dies above it. Infinity if no point reaches all others.
 */
export function enclosingRadius({ count, lower }: Distances): number {
  const farthest = new Float64Array(count);
  let at = 0;
  for (let i = 1; i < count; i++) {
    let own = 0;
    for (let j = 0; j < i; j++) {
      const distance = lower[at++];
      if (distance > own) own = distance;
      if (distance > farthest[j]) farthest[j] = distance;
    }
    farthest[i] = own;
  }
  let radius = farthest[0];
  for (let i = 1; i < count; i++) if (farthest[i] < radius) radius = farthest[i];
  return radius;
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of points', count, 'a whole number of at least 1');
  }
}

function checkDistance(distance: number, i: number, j: number): void {
  if (distance >= 0) return;
  const what = `distance (${i}, ${j})`;
  if (Number.isNaN(distance)) {
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', what, distance, 'a number of at least 0; Infinity means never');
  }
  throw new TopologyError('TOPOLOGY_NEGATIVE_DISTANCE', what, distance, 'a number of at least 0');
}
