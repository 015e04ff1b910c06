import { TopologyError } from '../errors.ts';
import { CellComplex, type Cells } from './cell-complex.ts';
import { delaunay, insideCircle, nextInTriangle, type Triangulation } from './delaunay.ts';
import { cross, dot } from './exact-signs.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from './flag.ts';
import { refuseOverLimit } from './memory-limit.ts';

export interface AlphaOptions {
  /** What values are: squared radii of empty circles (default, as in GUDHI) or the radii themselves. */
  readonly scale?: 'squared-radius' | 'radius';
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

/** At the peak (measured): the triangulation, lists of edges, and some six cells with their incidences. */
const BYTES_PER_POINT = 1150;

/** Larger coordinates could overflow when squared. */
const COORDINATE_MAX = 1e150;
/** Two radii further apart than by this factor are not so by rounding. */
const ROUNDED = 1 + 1e-9;
/** Smaller squares have lost digits: beside a point as far away as that others are that near to each other. */
const SQUARE_MIN = 1e-280;

/**
 * The alpha filtration of points in the plane: a simplex of their Delaunay triangulation enters at the (squared) radius of the smallest circle
 * through its points that has no point inside (Edelsbrunner & Mucke 1994). Its bars are those of the union of balls, that is of the Cech
 * complex, from O(n) cells.
 *
 * What coincides exactly gets exactly one value: triangles on one circle, and a right angle with its hypotenuse; so degenerate inputs
 * (grids, points on a line or a circle) leave no bars of rounding length. Values are otherwise good to a share of 1e-13 of themselves.
 * Differences below 1e-150 of the largest coordinate count for little or nothing.
 * Vertex k is point k; a point given again is joined to its first occurrence at 0.
 *
 * @param points n x 2, row by row
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_OUT_OF_RANGE, TOPOLOGY_TOO_LARGE
 */
export function alpha(points: Float64Array, options: AlphaOptions = {}): CellComplex {
  checkPoints(points);
  const limit = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
  refuseOverLimit(`${points.length / 2} points`, (points.length / 2) * BYTES_PER_POINT, limit);
  const { unit, scaled } = toUnitSize(points);
  const { order, repeats } = distinct(scaled);
  const mesh = delaunay(scaled, order);
  const triangleCount = mesh.origins.length / 3;
  const edges = triangleCount > 0 ? edgesOf(mesh) : edgesOfLine(order);
  const circles = circlesOf(scaled, mesh);
  const edgeValues = edges.from.map((from, k) => {
    return edgeValue(scaled, mesh, circles, from, edges.to[k], edges.halfEdge[k]);
  });
  const toScale = (value: number): number => {
    return options.scale === 'radius' ? Math.sqrt(value) * unit : value * unit * unit;
  };
  const from = [...edges.from, ...repeats.map(([first]) => first)];
  const to = [...edges.to, ...repeats.map(([, again]) => again)];
  const cells: Cells[] = [
    vertices(points.length / 2),
    edgeCells(from, to, Float64Array.from([...edgeValues, ...repeats.map(() => 0)], toScale)),
  ];
  if (triangleCount > 0) cells.push(triangleCells(mesh, edges.nameOf, circles.map(toScale)));
  return new CellComplex('alpha', from.length > 0 ? cells : cells.slice(0, 1));
}

interface Edges {
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** One of the half-edges of each edge, or -1 where there is no triangle. */
  readonly halfEdge: readonly number[];
  /** The edge of each half-edge. */
  readonly nameOf: Int32Array;
}

function edgesOf({ origins, twins }: Triangulation): Edges {
  const from: number[] = [];
  const to: number[] = [];
  const halfEdge: number[] = [];
  const nameOf = new Int32Array(origins.length);
  for (let edge = 0; edge < origins.length; edge++) {
    if (twins[edge] >= 0 && twins[edge] < edge) {
      nameOf[edge] = nameOf[twins[edge]];
      continue;
    }
    nameOf[edge] = from.length;
    from.push(origins[edge]);
    to.push(origins[nextInTriangle(edge)]);
    halfEdge.push(edge);
  }
  return { from, to, halfEdge, nameOf };
}

function edgesOfLine(order: Uint32Array): Edges {
  const from = Array.from(order.subarray(0, Math.max(0, order.length - 1)));
  const to = Array.from(order.subarray(1));
  return { from, to, halfEdge: from.map(() => -1), nameOf: new Int32Array(0) };
}

/** The squared radius of each triangle's circle, the very same number for triangles that share one. */
function circlesOf(points: Float64Array, mesh: Triangulation): Float64Array {
  const { origins, twins } = mesh;
  const count = origins.length / 3;
  const leaders = new Int32Array(count).map((_, t) => t);
  const leaderOf = (triangle: number): number => {
    let at = triangle;
    while (leaders[at] !== at) {
      leaders[at] = leaders[leaders[at]];
      at = leaders[at];
    }
    return at;
  };
  for (let edge = 0; edge < origins.length; edge++) {
    if (twins[edge] < edge) continue;
    const apex = origins[nextInTriangle(nextInTriangle(edge))];
    const beyond = origins[nextInTriangle(nextInTriangle(twins[edge]))];
    if (insideCircle(points, origins[edge], origins[nextInTriangle(edge)], apex, beyond) !== 0) continue;
    leaders[leaderOf(Math.floor(twins[edge] / 3))] = leaderOf(Math.floor(edge / 3));
  }
  const UNKNOWN = -1;
  const values = new Float64Array(count).fill(UNKNOWN);
  // A right angle says that its hypotenuse is a diameter, which is the better number.
  for (let edge = 0; edge < origins.length; edge++) {
    const leader = leaderOf(Math.floor(edge / 3));
    if (values[leader] === UNKNOWN && angleBeyond(points, mesh, edge) === 0) {
      values[leader] = squaredLength(points, origins[edge], origins[nextInTriangle(edge)]) / 4;
    }
  }
  for (let t = 0; t < count; t++) {
    const leader = leaderOf(t);
    if (values[leader] === UNKNOWN) {
      values[leader] = squaredRadius(points, origins[3 * t], origins[3 * t + 1], origins[3 * t + 2]);
    }
  }
  // The circle beyond a hypotenuse is larger than the one that has it for its diameter, but may be rounded to less.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (let edge = 0; edge < origins.length; edge++) {
      if (twins[edge] < 0) continue;
      const own = values[leaderOf(Math.floor(edge / 3))];
      const beyond = leaderOf(Math.floor(twins[edge] / 3));
      if (!(values[beyond] < own && own < values[beyond] * ROUNDED)) continue;
      if (angleBeyond(points, mesh, edge) !== 0) continue;
      values[beyond] = own;
      isSettled = false;
    }
  }
  return values.map((_, t) => values[leaderOf(t)]);
}

/** Negative where the corner opposite to a half-edge lies inside of the edge's smallest circle, 0 where it lies on it. */
function angleBeyond(points: Float64Array, { origins }: Triangulation, edge: number): number {
  const a = origins[edge];
  const b = origins[nextInTriangle(edge)];
  const c = origins[nextInTriangle(nextInTriangle(edge))];
  return dot(points[2 * a], points[2 * a + 1], points[2 * b], points[2 * b + 1], points[2 * c], points[2 * c + 1]);
}

function edgeValue(
  points: Float64Array,
  mesh: Triangulation,
  circles: Float64Array,
  from: number,
  to: number,
  halfEdge: number,
): number {
  const own = squaredLength(points, from, to) / 4;
  if (halfEdge < 0) return own;
  const twin = mesh.twins[halfEdge];
  const angle = angleBeyond(points, mesh, halfEdge);
  const angleOfTwin = twin < 0 ? 1 : angleBeyond(points, mesh, twin);
  const circle = circles[Math.floor(halfEdge / 3)];
  const circleOfTwin = twin < 0 ? Number.POSITIVE_INFINITY : circles[Math.floor(twin / 3)];
  const first = Math.min(circle, circleOfTwin);
  // With a point inside its own circle an edge enters only with a triangle; with one on it, at that triangle's very value.
  if (angle < 0 || angleOfTwin < 0) return first;
  if (angle === 0) return circle;
  return angleOfTwin === 0 ? circleOfTwin : Math.min(own, first);
}

function squaredLength(points: Float64Array, a: number, b: number): number {
  const x = points[2 * a] - points[2 * b];
  const y = points[2 * a + 1] - points[2 * b + 1];
  return x * x + y * y;
}

/** Of the circle through three points: the product of the squared sides over 4 times the square of twice the area. */
function squaredRadius(points: Float64Array, a: number, b: number, c: number): number {
  const area = cross(
    points[2 * a],
    points[2 * a + 1],
    points[2 * b],
    points[2 * b + 1],
    points[2 * c],
    points[2 * c + 1],
  );
  const sides = [squaredLength(points, a, b), squaredLength(points, b, c), squaredLength(points, c, a)];
  if (Math.min(...sides) > SQUARE_MIN) return ((sides[0] / area) * (sides[1] / area) * sides[2]) / 4;
  const length = (u: number, v: number): number =>
    Math.hypot(points[2 * u] - points[2 * v], points[2 * u + 1] - points[2 * v + 1]);
  const [shortest, ...others] = [length(a, b), length(b, c), length(c, a)].sort((x, y) => x - y);
  return (((shortest / area) * others[0] * others[1]) / 2) ** 2;
}

function vertices(count: number): Cells {
  return {
    values: new Float64Array(count),
    facetStart: new Int32Array(count + 1),
    facets: new Int32Array(0),
    signs: new Int8Array(0),
  };
}

function edgeCells(from: readonly number[], to: readonly number[], values: Float64Array): Cells {
  const facets = new Int32Array(2 * from.length);
  const signs = new Int8Array(2 * from.length);
  for (let k = 0; k < from.length; k++) {
    facets[2 * k] = Math.max(from[k], to[k]);
    facets[2 * k + 1] = Math.min(from[k], to[k]);
    signs[2 * k] = 1;
    signs[2 * k + 1] = -1;
  }
  return { values, facetStart: Int32Array.from({ length: from.length + 1 }, (_, k) => 2 * k), facets, signs };
}

/** Signs as of the ascending vertices: the side between the first and the last counts the other way. */
function triangleCells({ origins }: Triangulation, nameOf: Int32Array, values: Float64Array): Cells {
  const signs = new Int8Array(origins.length);
  for (let edge = 0; edge < origins.length; edge++) {
    const opposite = origins[nextInTriangle(nextInTriangle(edge))];
    const a = origins[edge];
    const b = origins[nextInTriangle(edge)];
    signs[edge] = (opposite > a && opposite < b) || (opposite > b && opposite < a) ? -1 : 1;
  }
  const facetStart = Int32Array.from({ length: values.length + 1 }, (_, k) => 3 * k);
  return { values, facetStart, facets: nameOf, signs };
}

/** Scales by a power of two, which loses nothing, so that no predicate overflows. */
function toUnitSize(points: Float64Array): { readonly unit: number; readonly scaled: Float64Array } {
  let largest = 0;
  for (const coordinate of points) largest = Math.max(largest, Math.abs(coordinate));
  const unit = largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
  return { unit, scaled: points.map((coordinate) => coordinate / unit) };
}

/** The points by x, then y, repeats left out; and for each repeat the first point at its place. */
function distinct(points: Float64Array): {
  readonly order: Uint32Array;
  readonly repeats: readonly (readonly [first: number, again: number])[];
} {
  const all = new Uint32Array(points.length / 2).map((_, k) => k);
  all.sort((a, b) => points[2 * a] - points[2 * b] || points[2 * a + 1] - points[2 * b + 1] || a - b);
  const repeats: [number, number][] = [];
  let first = -1;
  const order = all.filter((at) => {
    const isNew = first < 0 || points[2 * at] !== points[2 * first] || points[2 * at + 1] !== points[2 * first + 1];
    if (isNew) first = at;
    else repeats.push([first, at]);
    return isNew;
  });
  return { order, repeats };
}

function checkPoints(points: Float64Array): void {
  if (points.length === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of points', 0, 'at least 1');
  if (points.length % 2 !== 0) {
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'number of coordinates', points.length, 'a multiple of 2');
  }
  points.forEach((coordinate, k) => {
    if (Math.abs(coordinate) <= COORDINATE_MAX) return;
    const what = `coordinate ${k % 2} of point ${Math.floor(k / 2)}`;
    if (Number.isNaN(coordinate)) {
      throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', what, coordinate, 'a finite number');
    }
    const valid = `between -${COORDINATE_MAX} and ${COORDINATE_MAX}`;
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', what, coordinate, valid);
  });
}
