import { WASM_BASE64 } from './few-vertices.wasm.ts';
import { openKernel } from './kernel.ts';

/** Limits of few-vertices.as. */
export const FEW_VERTICES = 256;
export const FEW_COORDINATES = 16_384;

/** What few-vertices.as exports; addresses are bytes from the start of its memory. */
interface Exports {
  bytes(): number;
  pointsAt(): number;
  lowerAt(): number;
  pairsAt(): number;
  forestAt(): number;
  youngerAt(): number;
  barsAt(): number;
  measure(count: number, dimension: number): void;
  enclosingRadius(count: number): number;
  sortWithin(count: number, limit: number): number;
  reduce(count: number, edgeCount: number): number;
  mergeCount(): number;
}

/** The kernel with its arrays. */
export interface FewVerticesKernel
  extends Pick<Exports, 'measure' | 'enclosingRadius' | 'sortWithin' | 'reduce' | 'mergeCount'> {
  /** Coordinates, point by point. */
  readonly points: Float64Array;
  /** A lower triangle of distances; see Distances. */
  readonly lower: Float64Array;
  /** Edges by rank: higher vertex << 8 | lower vertex. */
  readonly pairs: Uint16Array;
  /** The edges that merge components, and for each the root of the component that it ends. */
  readonly forest: Int32Array;
  readonly younger: Int32Array;
  /** Three entries a bar of dimension 1: its edge, and the last and the second last edge of the triangle that ends it, or -1. */
  readonly bars: Int32Array;
}

let kernel: FewVerticesKernel | undefined;

/**
 * The kernel for at most FEW_VERTICES vertices, one for all computations of a thread: its memory is scratch space, of which no call reads what
 * another has left there. Whoever uses it fills in, calls and copies out without calling anything else in between.
 */
export function fewVerticesKernel(): FewVerticesKernel {
  kernel ??= open();
  return kernel;
}

function open(): FewVerticesKernel {
  const { exports, memory } = openKernel<Exports>(WASM_BASE64, ({ bytes }) => bytes());
  const { buffer } = memory;
  const pairs = (FEW_VERTICES * (FEW_VERTICES - 1)) / 2;
  return {
    measure: exports.measure,
    enclosingRadius: exports.enclosingRadius,
    sortWithin: exports.sortWithin,
    reduce: exports.reduce,
    mergeCount: exports.mergeCount,
    points: new Float64Array(buffer, exports.pointsAt(), FEW_COORDINATES),
    lower: new Float64Array(buffer, exports.lowerAt(), pairs),
    pairs: new Uint16Array(buffer, exports.pairsAt(), pairs),
    forest: new Int32Array(buffer, exports.forestAt(), FEW_VERTICES),
    younger: new Int32Array(buffer, exports.youngerAt(), FEW_VERTICES),
    bars: new Int32Array(buffer, exports.barsAt(), 3 * pairs),
  };
}
