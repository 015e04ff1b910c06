import { incircle, orient2d } from 'robust-predicates';
import { circleSign, cross } from './exact-signs.ts';

/** The predicates are exact where nothing underflows: what they add up are products of up to four coordinates' sizes and four roundings. */
const SIZE_MIN = 1e-60;
/** An answer beyond this is right all the same. */
const CERTAIN = 1e-290;

/** A triangulation by half-edges: 3 t, 3 t + 1, 3 t + 2 run counter-clockwise around triangle t. */
export interface Triangulation {
  /** The point at which each half-edge begins. */
  readonly origins: Int32Array;
  /** The half-edge of the neighbour that runs the other way, or -1 on the hull. */
  readonly twins: Int32Array;
}

/**
 * The Delaunay triangulation of points in the plane, none given twice, by increasing x with flips (Lawson 1977); exact for any input, as every
 * decision is taken by exact predicates (Shewchuk 1997). Of points on one circle any triangulation may come out. No triangle
 * where all points lie on one line.
 *
 * @param points x and y in turn, of sizes up to 1e70 so that no predicate overflows
 * @param order the points by x, then y
 */
export function delaunay(points: Float64Array, order: Uint32Array): Triangulation {
  const builder = new Builder(points, order.length);
  let apex = 2;
  while (apex < order.length && builder.turn(order[0], order[1], order[apex]) === 0) apex += 1;
  if (apex < order.length) {
    builder.fan(order.subarray(0, apex), order[apex]);
    for (let k = apex + 1; k < order.length; k++) builder.append(order[k], order[k - 1]);
  }
  return builder.triangulation();
}

export function nextInTriangle(halfEdge: number): number {
  return halfEdge % 3 === 2 ? halfEdge - 2 : halfEdge + 1;
}

/** Positive where d lies inside of the circle through a, b, c, which run counter-clockwise; 0 where it lies on it. */
export function insideCircle(points: Float64Array, a: number, b: number, c: number, d: number): number {
  const [ax, ay] = [points[2 * a], points[2 * a + 1]];
  const [bx, by] = [points[2 * b], points[2 * b + 1]];
  const [cx, cy] = [points[2 * c], points[2 * c + 1]];
  const [dx, dy] = [points[2 * d], points[2 * d + 1]];
  const found = incircle(ax, ay, bx, by, cx, cy, dx, dy);
  const isRight =
    Math.abs(found) > CERTAIN || (isSizeable(ax, ay) && isSizeable(bx, by) && isSizeable(cx, cy) && isSizeable(dx, dy));
  return isRight ? found : circleSign(ax, ay, bx, by, cx, cy, dx, dy);
}

/** True if both coordinates are large enough for the predicates, or 0. */
function isSizeable(x: number, y: number): boolean {
  return (Math.abs(x) >= SIZE_MIN || x === 0) && (Math.abs(y) >= SIZE_MIN || y === 0);
}

class Builder {
  readonly #points: Float64Array;
  readonly #origins: Int32Array;
  readonly #twins: Int32Array;
  #size = 0;
  // The hull, counter-clockwise: the next and previous point, and the half-edge that begins at a point.
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  readonly #hullEdge: Int32Array;
  readonly #suspects: number[] = [];

  constructor(points: Float64Array, count: number) {
    const most = 3 * Math.max(0, 2 * count - 5);
    this.#points = points;
    this.#origins = new Int32Array(most);
    this.#twins = new Int32Array(most);
    const pointCount = points.length / 2;
    this.#after = new Int32Array(pointCount);
    this.#before = new Int32Array(pointCount);
    this.#hullEdge = new Int32Array(pointCount);
  }

  triangulation(): Triangulation {
    return { origins: this.#origins.slice(0, this.#size), twins: this.#twins.slice(0, this.#size) };
  }

  /** Positive where a, b, c turn left, 0 where they lie on a line. */
  turn(a: number, b: number, c: number): number {
    const points = this.#points;
    const [ax, ay] = [points[2 * a], points[2 * a + 1]];
    const [bx, by] = [points[2 * b], points[2 * b + 1]];
    const [cx, cy] = [points[2 * c], points[2 * c + 1]];
    const found = -orient2d(ax, ay, bx, by, cx, cy);
    const isRight = Math.abs(found) > CERTAIN || (isSizeable(ax, ay) && isSizeable(bx, by) && isSizeable(cx, cy));
    return isRight ? found : cross(ax, ay, bx, by, cx, cy);
  }

  /** Joins points in a row on a line with one beside it: the only triangulation there is. */
  fan(row: Uint32Array, apex: number): void {
    const line = this.turn(row[0], row[1], apex) > 0 ? row : row.slice().reverse();
    let joined = -1;
    for (let k = 0; k + 1 < line.length; k++) {
      const first = this.#addTriangle(line[k], line[k + 1], apex, -1, -1, joined);
      joined = first + 1;
      this.#joinHull(line[k], line[k + 1]);
    }
    this.#joinHull(line[line.length - 1], apex);
    this.#joinHull(apex, line[0]);
  }

  /** Adds a point to the right of all (or above, where x ties): it sees a run of hull edges that begins or ends at the last point. */
  append(point: number, last: number): void {
    let from = last;
    while (this.turn(this.#before[from], from, point) < 0) from = this.#before[from];
    let to = last;
    while (this.turn(to, this.#after[to], point) < 0) to = this.#after[to];
    let joined = -1;
    for (let at = from; at !== to; ) {
      const next = this.#after[at];
      const first = this.#addTriangle(at, point, next, joined, -1, this.#hullEdge[at]);
      joined = first + 1;
      this.#suspects.push(first + 2);
      at = next;
    }
    this.#joinHull(from, point);
    this.#joinHull(point, to);
    this.#flipSuspects();
  }

  #joinHull(from: number, to: number): void {
    this.#after[from] = to;
    this.#before[to] = from;
  }

  #addTriangle(a: number, b: number, c: number, twinA: number, twinB: number, twinC: number): number {
    const first = this.#size;
    this.#origins[first] = a;
    this.#origins[first + 1] = b;
    this.#origins[first + 2] = c;
    this.#size += 3;
    this.#link(first, twinA);
    this.#link(first + 1, twinB);
    this.#link(first + 2, twinC);
    return first;
  }

  #link(edge: number, twin: number): void {
    this.#twins[edge] = twin;
    if (twin < 0) this.#hullEdge[this.#origins[edge]] = edge;
    else this.#twins[twin] = edge;
  }

  /** Flips every edge opposite the new point whose other triangle has that point inside of its circle, and so on outward. */
  #flipSuspects(): void {
    const origins = this.#origins;
    const twins = this.#twins;
    for (let edge = this.#suspects.pop(); edge !== undefined; edge = this.#suspects.pop()) {
      const twin = twins[edge];
      if (twin < 0) continue;
      const afterEdge = nextInTriangle(edge);
      const beforeEdge = nextInTriangle(afterEdge);
      const afterTwin = nextInTriangle(twin);
      const beforeTwin = nextInTriangle(afterTwin);
      const near = origins[beforeEdge];
      const far = origins[beforeTwin];
      if (!(insideCircle(this.#points, origins[edge], origins[afterEdge], near, far) > 0)) continue;
      // The edge turns to join near and far: each triangle gives up one corner and one side to the other.
      const sideOfTwin = twins[beforeTwin];
      const sideOfEdge = twins[beforeEdge];
      origins[edge] = far;
      origins[twin] = near;
      this.#link(edge, sideOfTwin);
      this.#link(twin, sideOfEdge);
      this.#link(beforeEdge, beforeTwin);
      this.#suspects.push(edge, afterTwin);
    }
  }
}
