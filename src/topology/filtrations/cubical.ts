import { TopologyError } from '../errors.ts';
import { END, type Filtration, type Incidence, type Sign } from './filtration.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from './flag.ts';
import { refuseOverLimit } from './memory-limit.ts';
import { ascendingOrder } from './order.ts';

export interface CubicalOptions {
  /**
   * What the values stand on. 'cells' (default): the cubes of the highest dimension, whose faces enter with the first of them (GUDHI's
   * CubicalComplex; neighbours across a corner are joined). 'vertices': the corners, a cube entering with the last of them (the lower star;
   * only neighbours along an axis are joined).
   */
  readonly values?: 'cells' | 'vertices';
  /** By axis: the last value is next to the first. Default none. */
  readonly periodic?: readonly boolean[];
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

const AXES_MAX = 3;
/** Per cube at the peak: its value, its rank, its place in the list of its dimension, and 20 while that is sorted. */
const BYTES_PER_CUBE = 8 + 4 + 4 + 20;
const CUBES_MAX = 2 ** 31 - 1;

/**
 * The sublevel filtration of a function on a grid of 1, 2 or 3 axes, by its cubical complex (Wagner, Chen & Vucini 2012).
 *
 * A cube is named by its place in a bitmap that has, along each axis, the grid points at even places and the intervals between them at
 * odd ones; only values, ranks and places are stored, neighbours are computed.
 *
 * @param values row by row, the last axis running fastest; any numbers, Infinity means never
 * @param shape number of values along each axis
 * @throws TopologyError TOPOLOGY_BAD_DIMENSION, TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_OUT_OF_RANGE,
 * TOPOLOGY_TOO_LARGE
 */
export function cubical(
  values: Float64Array,
  shape: readonly number[],
  options: CubicalOptions = {},
): CubicalFiltration {
  const periodic = checkedPeriodic(shape, options.periodic);
  const expected = shape.reduce((product, length) => product * length, 1);
  if (values.length !== expected) {
    const valid = `${expected} for a grid of ${shape.join(' x ')}`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'number of values', values.length, valid);
  }
  values.forEach((value, k) => {
    if (!Number.isNaN(value)) return;
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `value ${k} of the grid`, value, 'a number; Infinity means never');
  });
  const onVertices = options.values === 'vertices';
  const lengths = shape.map((length, axis) =>
    periodic[axis] ? 2 * length : onVertices ? 2 * length - 1 : 2 * length + 1,
  );
  refuseTooLarge(
    lengths.reduce((product, length) => product * length, 1),
    options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES,
  );
  const bitmap = new Bitmap(lengths, periodic);
  return new CubicalFiltration(bitmap, spread(values, shape, bitmap, onVertices));
}

export class CubicalFiltration implements Filtration {
  readonly kind = 'cubical';
  readonly dimension: number;
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold = Number.POSITIVE_INFINITY;
  readonly #bitmap: Bitmap;
  readonly #values: Float64Array;
  /** By place in the bitmap: the name of the cube there among those of its dimension. */
  readonly #names: Uint32Array;
  /** By dimension and name: the place in the bitmap. */
  readonly #places: readonly Uint32Array[];

  /** @param values of every cube, by place in the bitmap, monotone */
  constructor(bitmap: Bitmap, values: Float64Array) {
    this.#bitmap = bitmap;
    this.#values = values;
    this.#names = new Uint32Array(bitmap.size);
    this.#places = rankedPlaces(bitmap, values);
    for (const places of this.#places) {
      for (let name = 0; name < places.length; name++) this.#names[places[name]] = name;
    }
    // One more than the cubes have, so that the homology of the highest dimension is computed too.
    this.dimension = bitmap.axes + 1;
    this.vertexCount = this.#places[0].length;
    this.edgeCount = this.#places[1].length;
  }

  /** Where a cube lies: along each axis twice the grid point's number, or one more for the interval that follows it. */
  coordinates(dimension: number, cell: number): number[] {
    return this.#bitmap.coordinates(this.#places[dimension][cell]);
  }

  cellCount(dimension: number): number {
    return dimension < this.#places.length ? this.#places[dimension].length : 0;
  }

  vertexValue(vertex: number): number {
    return this.#values[this.#places[0][vertex]];
  }

  edgeValue(edge: number): number {
    return this.#values[this.#places[1][edge]];
  }

  edgeTail(edge: number): number {
    const [a, b] = this.#ends(edge);
    return Math.min(a, b);
  }

  edgeHead(edge: number): number {
    const [a, b] = this.#ends(edge);
    return Math.max(a, b);
  }

  cellValue(dimension: number, cell: number): number {
    return this.#values[this.#places[dimension][cell]];
  }

  cellVertices(dimension: number, cell: number): readonly number[] {
    const bitmap = this.#bitmap;
    let corners = [this.#places[dimension][cell]];
    for (let axis = 0; axis < bitmap.axes; axis++) {
      if (!bitmap.isInterval(corners[0], axis)) continue;
      corners = corners.flatMap((place) => [bitmap.step(place, axis, -1), bitmap.step(place, axis, 1)]);
    }
    return [...new Set(corners.map((place) => this.#names[place]))].sort((a, b) => a - b);
  }

  boundary(dimension: number, cell: number): readonly Incidence[] {
    const bitmap = this.#bitmap;
    const place = this.#places[dimension][cell];
    const incidences: Incidence[] = [];
    let sign: Sign = 1;
    for (let axis = 0; axis < bitmap.axes; axis++) {
      if (!bitmap.isInterval(place, axis)) continue;
      incidences.push({ cell: this.#names[bitmap.step(place, axis, 1)], sign });
      sign = -sign as Sign;
      incidences.push({ cell: this.#names[bitmap.step(place, axis, -1)], sign });
    }
    return incidences;
  }

  youngestFacet(dimension: number, cell: number): number {
    const bitmap = this.#bitmap;
    const place = this.#places[dimension][cell];
    let youngest = 0;
    for (let axis = 0; axis < bitmap.axes; axis++) {
      if (!bitmap.isInterval(place, axis)) continue;
      const above = this.#names[bitmap.step(place, axis, 1)];
      const below = this.#names[bitmap.step(place, axis, -1)];
      if (above > youngest) youngest = above;
      if (below > youngest) youngest = below;
    }
    return youngest;
  }

  /** A cursor is one more than the name of the cofacet it stands on: there are at most four, so the next one is looked for anew. */
  nextCofacet(dimension: number, cell: number, cursor: number): number {
    if (dimension >= this.#bitmap.axes) return END;
    const bitmap = this.#bitmap;
    const place = this.#places[dimension][cell];
    let next = Number.POSITIVE_INFINITY;
    for (let axis = 0; axis < bitmap.axes; axis++) {
      if (bitmap.isInterval(place, axis)) continue;
      const above = bitmap.step(place, axis, 1);
      if (above >= 0 && this.#names[above] >= cursor && this.#names[above] < next) next = this.#names[above];
      const below = bitmap.step(place, axis, -1);
      if (below >= 0 && this.#names[below] >= cursor && this.#names[below] < next) next = this.#names[below];
    }
    return next === Number.POSITIVE_INFINITY ? END : next + 1;
  }

  cofacet(_dimension: number, _cell: number, cursor: number): number {
    return cursor - 1;
  }

  cofacetSign(dimension: number, cell: number, cursor: number): Sign {
    const bitmap = this.#bitmap;
    const own = this.#places[dimension][cell];
    const place = this.#places[dimension + 1][cursor - 1];
    let sign: Sign = 1;
    for (let axis = 0; axis < bitmap.axes; axis++) {
      if (!bitmap.isInterval(place, axis)) continue;
      if (bitmap.step(place, axis, 1) === own) return sign;
      sign = -sign as Sign;
      if (bitmap.step(place, axis, -1) === own) return sign;
    }
    return sign;
  }

  #ends(edge: number): readonly [number, number] {
    const bitmap = this.#bitmap;
    const place = this.#places[1][edge];
    let axis = 0;
    while (!bitmap.isInterval(place, axis)) axis += 1;
    return [this.#names[bitmap.step(place, axis, -1)], this.#names[bitmap.step(place, axis, 1)]];
  }
}

/** Places of cubes, row by row, the last axis running fastest. */
class Bitmap {
  readonly axes: number;
  readonly size: number;
  readonly #lengths: readonly number[];
  readonly #strides: readonly number[];
  readonly #periodic: readonly boolean[];

  constructor(lengths: readonly number[], periodic: readonly boolean[]) {
    this.axes = lengths.length;
    this.#lengths = lengths;
    this.#periodic = periodic;
    this.#strides = lengths.map((_, axis) => lengths.slice(axis + 1).reduce((product, length) => product * length, 1));
    this.size = lengths[0] * this.#strides[0];
  }

  at(coordinates: readonly number[]): number {
    return coordinates.reduce((place, coordinate, axis) => place + coordinate * this.#strides[axis], 0);
  }

  coordinates(place: number): number[] {
    return this.#lengths.map((_, axis) => this.#coordinate(place, axis));
  }

  /** True if the cube extends along the axis. */
  isInterval(place: number, axis: number): boolean {
    return (this.#coordinate(place, axis) & 1) === 1;
  }

  dimensionOf(place: number): number {
    let dimension = 0;
    for (let axis = 0; axis < this.axes; axis++) dimension += this.#coordinate(place, axis) & 1;
    return dimension;
  }

  /** The place next to one along an axis, or -1 past the end. */
  step(place: number, axis: number, by: Sign): number {
    const length = this.#lengths[axis];
    const coordinate = this.#coordinate(place, axis) + by;
    const moved = place + by * this.#strides[axis];
    if (coordinate >= 0 && coordinate < length) return moved;
    return this.#periodic[axis] ? moved - by * length * this.#strides[axis] : -1;
  }

  #coordinate(place: number, axis: number): number {
    return Math.floor(place / this.#strides[axis]) % this.#lengths[axis];
  }
}

/** The values of all cubes from those that the function is given on. */
function spread(values: Float64Array, shape: readonly number[], bitmap: Bitmap, onVertices: boolean): Float64Array {
  const all = new Float64Array(bitmap.size).fill(onVertices ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  const odd = onVertices ? 0 : 1;
  const point = shape.map(() => 0);
  for (let k = 0; k < values.length; k++) {
    all[bitmap.at(point.map((coordinate) => 2 * coordinate + odd))] = values[k];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      point[axis] += 1;
      if (point[axis] < shape[axis]) break;
      point[axis] = 0;
    }
  }
  // Axis by axis: what was known along the axes before is spread to the places between.
  for (let axis = 0; axis < bitmap.axes; axis++) {
    for (let place = 0; place < bitmap.size; place++) {
      if (bitmap.isInterval(place, axis) !== onVertices) continue;
      const below = bitmap.step(place, axis, -1);
      const above = bitmap.step(place, axis, 1);
      const a = below < 0 ? all[above] : all[below];
      const b = above < 0 ? all[below] : all[above];
      all[place] = onVertices ? Math.max(a, b) : Math.min(a, b);
    }
  }
  return all;
}

function rankedPlaces(bitmap: Bitmap, values: Float64Array): Uint32Array[] {
  const counts = new Uint32Array(bitmap.axes + 1);
  const dimensions = new Uint8Array(bitmap.size);
  for (let place = 0; place < bitmap.size; place++) {
    dimensions[place] = bitmap.dimensionOf(place);
    counts[dimensions[place]] += 1;
  }
  return Array.from(counts, (count, dimension) => {
    const places = new Uint32Array(count);
    let at = 0;
    for (let place = 0; place < bitmap.size; place++) if (dimensions[place] === dimension) places[at++] = place;
    // Vertices keep the order of the grid.
    if (dimension === 0) return places;
    const own = new Float64Array(count);
    for (let k = 0; k < count; k++) own[k] = values[places[k]];
    return ascendingOrder(own).map((k) => places[k]);
  });
}

function checkedPeriodic(shape: readonly number[], given: readonly boolean[] | undefined): readonly boolean[] {
  if (shape.length < 1 || shape.length > AXES_MAX) {
    throw new TopologyError('TOPOLOGY_BAD_DIMENSION', 'number of axes of the grid', shape.length, `1..${AXES_MAX}`);
  }
  const periodic = given ?? shape.map(() => false);
  if (periodic.length !== shape.length) {
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'axes in periodic', periodic.length, `${shape.length}`);
  }
  shape.forEach((length, axis) => {
    if (length === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', `length of axis ${axis}`, 0, 'at least 1');
    // A periodic axis of length 1 would have an edge from a vertex to itself.
    const least = periodic[axis] ? 2 : 1;
    if (Number.isInteger(length) && length >= least) return;
    const what = `length of ${periodic[axis] ? 'periodic ' : ''}axis ${axis}`;
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', what, length, `a whole number of at least ${least}`);
  });
  return periodic;
}

function refuseTooLarge(cubes: number, limit: number): void {
  refuseOverLimit(`${cubes} cubes`, cubes * BYTES_PER_CUBE, limit);
  if (cubes > CUBES_MAX) {
    throw new TopologyError('TOPOLOGY_TOO_LARGE', 'number of cubes', cubes, `at most ${CUBES_MAX}`);
  }
}
