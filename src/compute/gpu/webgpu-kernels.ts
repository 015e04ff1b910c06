/// <reference types="@webgpu/types" />
import type { CellDistances, PointCloud } from './cell-kernels.ts';
import { CellProgram, tilesOf, writeCell } from './cell-program.ts';
import { pairsOf } from './check-cells.ts';
import { type ChunkLimits, chunksOf, type Sizes } from './chunks.ts';
import { apparentWitnesses, cloudDistances } from './cpu-kernels.ts';
import { APPARENT_PAIRS_WGSL, DISTANCES_WGSL, WORDS_PER_CELL } from './shaders.ts';

/** A chunk's buffers are not larger than this, whatever the device would take: 32 Mi numbers hold 1,000 cells of 256 agents. */
const NUMBERS_MAX = 32 * 2 ** 20;

/** The kernels on a WebGPU device. Inputs have been checked. Calls must come one after the other. */
export class WebGpuKernels {
  readonly #distances: CellProgram;
  readonly #apparentPairs: CellProgram;
  readonly #limits: ChunkLimits & { readonly countMax: number };

  private constructor(device: GPUDevice, distances: CellProgram, apparentPairs: CellProgram) {
    const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } = device.limits;
    this.#distances = distances;
    this.#apparentPairs = apparentPairs;
    this.#limits = {
      numbersMax: Math.min(NUMBERS_MAX, Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4)),
      cellsMax: maxComputeWorkgroupsPerDimension,
      countMax: maxComputeWorkgroupsPerDimension,
    };
  }

  static async open(device: GPUDevice): Promise<WebGpuKernels> {
    const distances = await CellProgram.compile(device, 'distances', DISTANCES_WGSL);
    const apparentPairs = await CellProgram.compile(device, 'apparent pairs', APPARENT_PAIRS_WGSL);
    return new WebGpuKernels(device, distances, apparentPairs);
  }

  /** See CellKernels.distances. A cloud too large for the device's buffers is computed here. */
  async distances(clouds: readonly PointCloud[]): Promise<readonly CellDistances[]> {
    const sizes = clouds.map(({ count, dimension }): Sizes => ({ input: count * dimension, output: pairsOf(count) }));
    const { chunks, tooLarge } = chunksOf(sizes, this.#limits);
    const results = new Array<CellDistances>(clouds.length);
    for (const cell of tooLarge) results[cell] = cloudDistances(clouds[cell]);
    for (const chunk of chunks) {
      const cells = new Uint32Array(chunk.cells.length * WORDS_PER_CELL);
      const input = new Float32Array(chunk.inputLength);
      const extents = chunk.cells.map((cell) => extentsOf(clouds[cell]));
      const scales = extents.map(scaleOf);
      let tilesMax = 0;
      for (const [at, cell] of chunk.cells.entries()) {
        const { count, dimension, points } = clouds[cell];
        const start = chunk.inputStarts[at];
        // A power of two: nothing is rounded but what is 2^-126 of the extent. A coordinate that all points share may be any times as large, and adds nothing.
        for (let k = 0; k < points.length; k++)
          input[start + k] = extents[at][k % dimension] === 0 ? 0 : points[k] / scales[at];
        writeCell(cells, at, { count, dimension, points: start, pairs: chunk.outputStarts[at] });
        tilesMax = Math.max(tilesMax, tilesOf(count));
      }
      const output = new Float32Array(await this.#distances.run(chunk, cells, input, tilesMax));
      for (const [at, cell] of chunk.cells.entries()) {
        const start = chunk.outputStarts[at];
        const lower = output.slice(start, start + sizes[cell].output);
        for (let k = 0; k < lower.length; k++) lower[k] *= scales[at];
        results[cell] = { count: clouds[cell].count, lower };
      }
    }
    return results;
  }

  /** See CellKernels.apparentPairs. */
  async apparentPairs(given: readonly CellDistances[]): Promise<readonly Int32Array[]> {
    const sizes = given.map(({ lower }): Sizes => ({ input: lower.length, output: lower.length }));
    const { chunks, tooLarge } = chunksOf(sizes, this.#limits);
    const results = new Array<Int32Array>(given.length);
    for (const cell of tooLarge) results[cell] = apparentWitnesses(given[cell]);
    for (const chunk of chunks) {
      const cells = new Uint32Array(chunk.cells.length * WORDS_PER_CELL);
      const input = new Float32Array(chunk.inputLength);
      let tilesMax = 0;
      for (const [at, cell] of chunk.cells.entries()) {
        const { count, lower } = given[cell];
        const start = chunk.inputStarts[at];
        // -0 + 0 is 0: as bits, the shader would take -0 for the greatest number of all.
        for (let k = 0; k < lower.length; k++) input[start + k] = lower[k] + 0;
        writeCell(cells, at, { count, dimension: 0, points: 0, pairs: start });
        tilesMax = Math.max(tilesMax, tilesOf(count));
      }
      const output = new Int32Array(await this.#apparentPairs.run(chunk, cells, input, tilesMax));
      for (const [at, cell] of chunk.cells.entries()) {
        const start = chunk.outputStarts[at];
        results[cell] = output.slice(start, start + sizes[cell].output);
      }
    }
    return results;
  }
}

/** The largest difference in each coordinate. */
function extentsOf({ count, dimension, points }: PointCloud): Float64Array {
  const extents = new Float64Array(dimension);
  for (let k = 0; k < dimension; k++) {
    let least = points[k];
    let most = points[k];
    for (let row = 1; row < count; row++) {
      const coordinate = points[row * dimension + k];
      if (coordinate < least) least = coordinate;
      if (coordinate > most) most = coordinate;
    }
    extents[k] = most - least;
  }
  return extents;
}

/**
 * A power of two near the cloud's extent, the largest of these. Squares of differences neither overflow nor vanish in single precision once they are
 * divided by it.
 */
function scaleOf(extents: Float64Array): number {
  const extent = extents.reduce((most, one) => Math.max(most, one), 0);
  return extent === 0 ? 1 : 2 ** Math.round(Math.log2(extent));
}
