import { FEW_COORDINATES, FEW_VERTICES, fewVerticesKernel } from '../wasm/few-vertices.ts';
import { hasKernels } from '../wasm/kernel.ts';
import { checkPoints, type Distances, distanceBetween } from './distances.ts';
import type { EdgeStretch, EdgeSupply } from './edge-supply.ts';

const FIRST_PART = 8;

/** True if there is a kernel that takes so many points. */
export function areFew(count: number, dimension = 1): boolean {
  return count <= FEW_VERTICES && count * dimension <= FEW_COORDINATES && hasKernels();
}

/**
 * All pairs of so few points that sorting them at once, by a kernel, costs less than finding out which can be left alone. To the same order
 * and the same last bits as DistanceEdges has them.
 */
export class FewPointsEdges implements EdgeSupply {
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;
  readonly births = undefined;
  readonly open = undefined;
  readonly isSimple = true;
  /** By rank: higher point << 8 | lower point. */
  readonly pairs: Uint16Array;
  readonly #distance: (u: number, v: number) => number;
  #handedOver = 0;

  private constructor(count: number, distance: (u: number, v: number) => number, wanted: number) {
    const kernel = fewVerticesKernel();
    this.vertexCount = count;
    this.threshold = Math.min(wanted, kernel.enclosingRadius(count));
    this.edgeCount = kernel.sortWithin(count, Math.min(this.threshold, Number.MAX_VALUE));
    this.pairs = kernel.pairs.slice(0, this.edgeCount);
    this.#distance = distance;
  }

  /**
   * @param wanted the threshold, unless the enclosing radius is less
   * @throws TopologyError as euclidean() does
   */
  static ofPoints(points: Float64Array, dimension: number, wanted: number): FewPointsEdges {
    checkPoints(points, dimension);
    const count = points.length / dimension;
    const kernel = fewVerticesKernel();
    kernel.points.set(points);
    kernel.measure(count, dimension);
    // Few distances are ever asked for: keeping the points takes less than keeping what was measured.
    const kept = points.slice();
    return new FewPointsEdges(count, (u, v) => distanceBetween(kept, dimension, u, v), wanted);
  }

  /** The distances have been checked; they are kept, not copied. */
  static ofDistances({ count, lower }: Distances, wanted: number): FewPointsEdges {
    fewVerticesKernel().lower.set(lower);
    const distance = (u: number, v: number): number => lower[u > v ? (u * (u - 1)) / 2 + v : (v * (v - 1)) / 2 + u];
    return new FewPointsEdges(count, distance, wanted);
  }

  /** At first an eighth of all, then each time as many as before: who looks for a ring asks for the first edges only. */
  next(): EdgeStretch {
    const first = this.#handedOver;
    const count = Math.min(this.edgeCount - first, Math.max(first, Math.ceil(this.edgeCount / FIRST_PART)));
    const tails = new Int32Array(count);
    const heads = new Int32Array(count);
    const values = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const pair = this.pairs[first + k];
      tails[k] = pair & 255;
      heads[k] = pair >>> 8;
      values[k] = this.#distance(heads[k], tails[k]);
    }
    this.#handedOver = first + count;
    return { tails, heads, values };
  }

  valueAt(rank: number): number {
    return this.#distance(this.pairs[rank] >>> 8, this.pairs[rank] & 255);
  }

  valueBetween(u: number, v: number): number {
    if (u === v) return Number.POSITIVE_INFINITY;
    const value = this.#distance(u, v);
    return value <= this.threshold ? value : Number.POSITIVE_INFINITY;
  }
}
