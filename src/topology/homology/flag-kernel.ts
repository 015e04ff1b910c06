import type { EdgeFiltration } from '../filtrations/filtration.ts';
import { lastEdgeOf } from '../filtrations/flag-simplices.ts';
import { WASM_BASE64 } from '../wasm/flag-cohomology.wasm.ts';
import { runKernel } from '../wasm/kernel.ts';
import type { Cocycle } from './cochain-sum.ts';
import type { CohomologyOptions } from './cohomology.ts';

/** A dense matrix of ranks beyond this is left to the TypeScript version, whose table of edges is sparse. */
const MATRIX_BYTES_MAX = 2 ** 28;

/** What src/topology/wasm/flag-cohomology.as exports; addresses are bytes from the start of its memory. */
interface Kernel {
  allocate(vertexCount: number, edgeCount: number, modulus: number): void;
  tailsAt(): number;
  headsAt(): number;
  valuesAt(): number;
  inForestAt(): number;
  build(): void;
  reduce(dimension: number, withCocycles: boolean): void;
  barsAt(): number;
  barCount(): number;
  cocycleStartsAt(): number;
  cocycleCellsAt(): number;
  cocycleCoefficientsAt(): number;
  cocycleCellCount(): number;
}

/** True if the kernel takes such a complex: it keeps a matrix of ranks, and a simplex as one rank a dimension in 64 bits. */
export function fitsFlagKernel({ vertexCount, edgeCount }: EdgeFiltration, maxDimension: number): boolean {
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(1, edgeCount))));
  return 4 * vertexCount * vertexCount <= MATRIX_BYTES_MAX && bits * (maxDimension + 1) <= 64;
}

/** Estimated bytes of the kernel's memory, less the columns that the reduction saves, which are as many as the data make. */
export function flagKernelBytes(vertexCount: number, edgeCount: number): number {
  return 4 * (vertexCount + 3) * vertexCount + 34 * edgeCount + 8 * vertexCount + 65_536;
}

/**
 * The same as cohomology() over FlagSimplices, to the same cells, by the WebAssembly kernel. Every call has an instance and a memory of
 * its own.
 *
 * @throws TopologyError TOPOLOGY_TOO_LARGE if the memory limit is reached
 */
export function flagCohomology(edges: EdgeFiltration, forest: Int32Array, options: CohomologyOptions): void {
  const { maxDimension, modulus, onBar, onCocycle, memoryLimitBytes } = options;
  const { edgeCount } = edges;
  if (edgeCount === 0) return;
  const values = new Float64Array(edgeCount);
  runKernel<Kernel>(WASM_BASE64, memoryLimitBytes, (kernel, memory) => {
    kernel.allocate(edges.vertexCount, edgeCount, modulus);
    fill(kernel, memory, edges, forest, values);
    kernel.build();
    for (let dimension = 1; dimension <= maxDimension; dimension++) {
      kernel.reduce(dimension, onCocycle !== undefined);
      // Copied out, as whoever receives a bar may take long, or ask for more persistence.
      const bars = new Float64Array(memory.buffer, kernel.barsAt(), 2 * kernel.barCount()).slice();
      const cocycles = onCocycle === undefined ? undefined : new SavedCocycles(kernel, memory);
      for (let bar = 0; 2 * bar < bars.length; bar++) {
        const birthCell = bars[2 * bar];
        const deathCell = bars[2 * bar + 1];
        const birth = values[lastEdgeOf(edges, dimension, birthCell)];
        const death = deathCell < 0 ? Number.POSITIVE_INFINITY : values[lastEdgeOf(edges, dimension + 1, deathCell)];
        if (cocycles !== undefined) onCocycle?.(cocycles.at(bar));
        onBar(dimension, birth, death, birthCell, deathCell);
      }
    }
  });
}

function fill(
  kernel: Kernel,
  memory: WebAssembly.Memory,
  edges: EdgeFiltration,
  forest: Int32Array,
  values: Float64Array,
): void {
  const count = edges.edgeCount;
  const tails = new Int32Array(memory.buffer, kernel.tailsAt(), count);
  const heads = new Int32Array(memory.buffer, kernel.headsAt(), count);
  for (let edge = 0; edge < count; edge++) {
    tails[edge] = edges.edgeTail(edge);
    heads[edge] = edges.edgeHead(edge);
    values[edge] = edges.edgeValue(edge);
  }
  new Float64Array(memory.buffer, kernel.valuesAt(), count).set(values);
  const inForest = new Uint8Array(memory.buffer, kernel.inForestAt(), count).fill(0);
  for (const edge of forest) inForest[edge] = 1;
}

class SavedCocycles {
  readonly #starts: Int32Array;
  readonly #cells: Float64Array;
  readonly #coefficients: Int32Array;

  constructor(kernel: Kernel, memory: WebAssembly.Memory) {
    const { buffer } = memory;
    const count = kernel.cocycleCellCount();
    this.#starts = new Int32Array(buffer, kernel.cocycleStartsAt(), kernel.barCount() + 1).slice();
    this.#cells = new Float64Array(buffer, kernel.cocycleCellsAt(), count).slice();
    this.#coefficients = new Int32Array(buffer, kernel.cocycleCoefficientsAt(), count).slice();
  }

  at(bar: number): Cocycle {
    const start = this.#starts[bar];
    const cells = this.#cells.subarray(start, this.#starts[bar + 1]);
    const order = new Uint32Array(cells.length).map((_, k) => k).sort((a, b) => cells[a] - cells[b]);
    return {
      cells: Float64Array.from(order, (k) => cells[k]),
      coefficients: Int32Array.from(order, (k) => this.#coefficients[start + k]),
    };
  }
}
