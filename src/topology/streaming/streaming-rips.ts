import { TopologyError } from '../errors.ts';
import { checkPoints, distanceBetween } from '../filtrations/distances.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from '../filtrations/flag.ts';
import type { PersistenceDiagram } from '../homology/diagram.ts';
import { checkCapacity } from './capacity.ts';
import { endsOf } from './pair-values.ts';
import { StreamingFlag } from './streaming-flag.ts';

export interface StreamingRipsOptions {
  /** No distance above it is part of the complex. Default: none is left out. */
  readonly threshold?: number;
  /** Refuse before allocating more than this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
}

/** What becomes of a point. */
export interface PointChange {
  /** Its number: 0.. in the order of the first points, or as insert() gave it. */
  readonly point: number;
  /** Where it is now; undefined if it goes. Its number may then be given to a later one. */
  readonly coordinates: ArrayLike<number> | undefined;
}

/**
 * The Vietoris-Rips filtration of points that move, come and go, with its diagrams in dimensions 0 and 1 kept up to date: the same bars
 * as ripsOfPoints() and persistence() give for the points as they are, without starting over. See StreamingFlag for how.
 */
export class StreamingRips {
  readonly #dimension: number;
  readonly #threshold: number;
  readonly #memoryLimitBytes: number;
  readonly #flag: StreamingFlag;
  #points: Float64Array;
  readonly #free: number[] = [];

  /**
   * @param points n x dimension, row by row
   * @throws TopologyError as ripsOfPoints() does
   */
  constructor(points: Float64Array, dimension: number, options: StreamingRipsOptions = {}) {
    checkPoints(points, dimension);
    this.#dimension = dimension;
    this.#threshold = options.threshold ?? Number.POSITIVE_INFINITY;
    if (!(this.#threshold >= 0)) {
      throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'threshold', this.#threshold, 'a number of at least 0');
    }
    this.#memoryLimitBytes = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
    const count = points.length / dimension;
    checkCapacity(count, this.#memoryLimitBytes);
    this.#points = points.slice();
    this.#flag = new StreamingFlag(count);
    for (let point = 0; point < count; point++) this.#flag.setPresent(point, true);
    this.#update(Int32Array.from({ length: count }, (_, point) => point));
  }

  get pointCount(): number {
    return this.#flag.vertexCount;
  }

  /** True if a point has this number. */
  has(point: number): boolean {
    return this.#flag.isPresent(point);
  }

  /** Dimensions 0 and 1. Points are named by number, edges and triangles by names of their own. */
  get diagrams(): readonly [PersistenceDiagram, PersistenceDiagram] {
    return this.#flag.diagrams;
  }

  /** The edges of a minimum spanning tree, or forest below a threshold, each as its two points. */
  get forest(): readonly (readonly [number, number])[] {
    return this.#flag.forest.map(endsOf);
  }

  /** Columns that the last change had to reduce: the part of the work that starting over would have done in full. */
  get columnsReduced(): number {
    return this.#flag.columnsReduced;
  }

  /** The enclosing radius, or the threshold where that is less: nothing is born or dies above it. */
  get radius(): number {
    return Math.min(this.#threshold, this.#flag.enclosingRadius());
  }

  /** The distance of two points; Infinity above the threshold. */
  distance(a: number, b: number): number {
    return this.#flag.valueBetween(a, b);
  }

  /**
   * Moves points and takes points away.
   *
   * @throws TopologyError TOPOLOGY_BAD_VERTEX for a point that is not there or is named twice, and as ripsOfPoints() does; then nothing has changed
   */
  change(changes: readonly PointChange[]): void {
    this.#check(changes);
    for (const { point, coordinates } of changes) this.#set(point, coordinates);
    this.#update(Int32Array.from(changes, ({ point }) => point));
  }

  /**
   * Adds points.
   *
   * @returns their numbers
   * @throws TopologyError as ripsOfPoints() does; then nothing has changed
   */
  insert(points: readonly ArrayLike<number>[]): readonly number[] {
    for (const coordinates of points) this.#checkCoordinates(coordinates);
    const needed = this.#flag.vertexCount + points.length;
    if (needed > this.#flag.capacity) this.#grow(needed);
    const numbers = points.map((coordinates) => {
      const point = this.#free.pop() ?? this.#firstUnused();
      this.#set(point, coordinates);
      return point;
    });
    this.#update(Int32Array.from(numbers));
    return numbers;
  }

  #set(point: number, coordinates: ArrayLike<number> | undefined): void {
    this.#flag.setPresent(point, coordinates !== undefined);
    if (coordinates === undefined) this.#free.push(point);
    else this.#points.set(coordinates, point * this.#dimension);
  }

  #firstUnused(): number {
    let point = this.#flag.vertexCount;
    while (this.#flag.isPresent(point)) point += 1;
    return point;
  }

  #grow(needed: number): void {
    const before = this.#flag.capacity;
    let capacity = Math.max(needed, Math.ceil(1.25 * before));
    if (capacity > needed) {
      try {
        checkCapacity(capacity, this.#memoryLimitBytes);
      } catch (error) {
        if (!(error instanceof TopologyError)) throw error;
        capacity = needed;
      }
    }
    checkCapacity(capacity, this.#memoryLimitBytes);
    this.#flag.grow(capacity);
    const points = new Float64Array(capacity * this.#dimension);
    points.set(this.#points);
    this.#points = points;
  }

  #update(touched: Int32Array): void {
    const points = this.#points;
    const dimension = this.#dimension;
    this.#flag.update(touched, (u, v) => {
      const distance = distanceBetween(points, dimension, u, v);
      return distance <= this.#threshold ? distance : Number.POSITIVE_INFINITY;
    });
  }

  #check(changes: readonly PointChange[]): void {
    const seen = new Set<number>();
    for (const { point, coordinates } of changes) {
      if (!(point >= 0 && point < this.#flag.capacity && this.#flag.isPresent(point)) || seen.has(point)) {
        throw new TopologyError('TOPOLOGY_BAD_VERTEX', 'point to change', point, 'the number of a point, each once');
      }
      seen.add(point);
      if (coordinates !== undefined) this.#checkCoordinates(coordinates);
    }
  }

  #checkCoordinates(coordinates: ArrayLike<number>): void {
    if (coordinates.length !== this.#dimension) {
      const valid = String(this.#dimension);
      throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'coordinates of a point', coordinates.length, valid);
    }
    checkPoints(Float64Array.from(coordinates), this.#dimension);
  }
}
