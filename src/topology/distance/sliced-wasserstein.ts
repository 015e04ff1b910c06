import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { essentialBirths, finitePoints, type Points } from './points.ts';

/** How many directions where none are given. */
const DIRECTIONS = 50;
/** Sums of larger coordinates could overflow. They are measured in a power of two, which loses nothing. */
const COORDINATE_MAX = 2 ** 900;
const LARGE_UNIT = 2 ** 300;

/**
 * The sliced Wasserstein distance between two diagrams of the same dimension: the mean, over directions in the plane, of the 1-Wasserstein distance
 * between the projections of one diagram with the other's points moved to the diagonal, and the other way round (Carriere, Cuturi & Oudot
 * 2017; its 1 / 2 pi over the circle is this mean). Exact for the directions given; it approaches the integral as they grow in number. It lies
 * between W1 / (2 M) and 2 sqrt(2) W1, with M of the order of the square of the number of points.
 *
 * Bars that never die are matched among themselves by birth and added; Infinity if their numbers differ. O(k log k) for k points.
 *
 * @param directions angles in radians, or how many to space evenly from -pi/2. GUDHI 3.13 makes k directions in the same way, but leaves the
 * last of them out of its mean
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE, for a birth that is not finite too
 */
export function slicedWassersteinDistance(
  one: Diagram,
  other: Diagram,
  directions: number | Float64Array = DIRECTIONS,
): number {
  const angles = anglesOf(directions);
  const essentialA = essentialBirths(one);
  const essentialB = essentialBirths(other);
  if (essentialA.length !== essentialB.length) return Number.POSITIVE_INFINITY;
  const essential = essentialA.reduce((sum, birth, k) => sum + Math.abs(birth - essentialB[k]), 0);
  const a = finitePoints(one);
  const b = finitePoints(other);
  const unit = isLarge(a) || isLarge(b) ? LARGE_UNIT : 1;
  let total = 0;
  for (const angle of angles) {
    const inA = projected(a, b, angle, unit);
    const inB = projected(b, a, angle, unit);
    for (let k = 0; k < inA.length; k++) total += Math.abs(inA[k] - inB[k]);
  }
  return essential + (total / angles.length) * unit;
}

function isLarge({ births, deaths }: Points): boolean {
  const isAbove = (coordinate: number): boolean => Math.abs(coordinate) > COORDINATE_MAX;
  return births.some(isAbove) || deaths.some(isAbove);
}

/** The points of one diagram and those of the other moved to the diagonal, along a direction, ascending; in multiples of the unit. */
function projected(points: Points, onDiagonal: Points, angle: number, unit: number): Float64Array {
  const x = Math.cos(angle) / unit;
  const y = Math.sin(angle) / unit;
  const values = new Float64Array(points.count + onDiagonal.count);
  for (let k = 0; k < points.count; k++) values[k] = points.births[k] * x + points.deaths[k] * y;
  for (let k = 0; k < onDiagonal.count; k++) {
    values[points.count + k] = (onDiagonal.births[k] / 2 + onDiagonal.deaths[k] / 2) * (x + y);
  }
  return values.sort();
}

function anglesOf(directions: number | Float64Array): Float64Array {
  if (typeof directions !== 'number') {
    const bad = directions.findIndex((angle) => !Number.isFinite(angle));
    if (directions.length > 0 && bad < 0) return directions;
    const found = bad < 0 ? 'no angle' : `angle ${bad}: ${directions[bad]}`;
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'directions', found, 'at least one finite angle');
  }
  if (!Number.isInteger(directions) || directions < 1) {
    throw new TopologyError(
      'TOPOLOGY_OUT_OF_RANGE',
      'number of directions',
      directions,
      'a whole number of at least 1',
    );
  }
  return Float64Array.from({ length: directions }, (_, k) => -Math.PI / 2 + (k * Math.PI) / directions);
}
