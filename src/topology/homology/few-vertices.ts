import type { FlagFiltration } from '../filtrations/flag.ts';
import { FEW_VERTICES, fewVerticesKernel } from '../wasm/few-vertices.ts';
import { hasKernels } from '../wasm/kernel.ts';
import type { CohomologyOptions } from './cohomology.ts';

export interface BarsOfFew {
  /** As connectedComponents() gives it. */
  readonly forest: Int32Array;
  /** Those of dimension 0 that end with an edge of the forest, in its order: the vertex that each began with. */
  readonly younger: Int32Array;
  /** Of dimension 1, three entries each: the edge that it begins with, last and second last edge of the triangle that ends it, or -1. */
  readonly loops: Int32Array;
}

/**
 * H0 and H1 over Z/2 of a flag complex on so few vertices that a kernel takes it, all of which enter at 0; to the same cells as
 * connectedComponents() and loops(). Undefined where the kernel can't, or leaves it to them, as their columns grow large.
 */
export function barsOfFew(filtration: FlagFiltration): BarsOfFew | undefined {
  const { vertexCount, edgeCount } = filtration;
  if (vertexCount > FEW_VERTICES || !filtration.beginsAtZero || !hasKernels()) return undefined;
  const pairs = filtration.packedEdges();
  const kernel = fewVerticesKernel();
  kernel.pairs.set(pairs);
  const loops = kernel.reduce(vertexCount, edgeCount);
  if (loops < 0) return undefined;
  const merges = kernel.mergeCount();
  return {
    forest: kernel.forest.slice(0, merges),
    younger: kernel.younger.slice(0, merges),
    loops: kernel.bars.slice(0, 3 * loops),
  };
}

/** Reports the bars of dimension 0. */
export function componentsOfFew(
  filtration: FlagFiltration,
  { forest, younger }: BarsOfFew,
  onBar: CohomologyOptions['onBar'],
): void {
  const lives = new Uint8Array(filtration.vertexCount).fill(1);
  for (let k = 0; k < forest.length; k++) {
    lives[younger[k]] = 0;
    onBar(0, 0, filtration.edgeValue(forest[k]), younger[k], forest[k]);
  }
  for (let v = 0; v < lives.length; v++) if (lives[v] === 1) onBar(0, 0, Number.POSITIVE_INFINITY, v, -1);
}

/** Reports the bars of dimension 1. */
export function loopsOfFew(filtration: FlagFiltration, { loops }: BarsOfFew, onBar: CohomologyOptions['onBar']): void {
  for (let k = 0; k < loops.length; k += 3) {
    const birth = loops[k];
    const last = loops[k + 1];
    if (last < 0) onBar(1, filtration.edgeValue(birth), Number.POSITIVE_INFINITY, birth, -1);
    else
      onBar(
        1,
        filtration.edgeValue(birth),
        filtration.edgeValue(last),
        birth,
        last * filtration.edgeCount + loops[k + 2],
      );
  }
}
