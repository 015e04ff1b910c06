/// <reference types="@webgpu/types" />
import { ComputeError } from '../errors.ts';
import type { Chunk } from './chunks.ts';
import { TILE, WORDS_PER_CELL } from './shaders.ts';

// WebGPU, sections 5.1.2 (GPUBufferUsage) and 5.2 (GPUMapMode): Dawn for Node puts the names for them on an object of its own.
const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 } as const;
const MAP_READ = 0x1;

/**
 * One compute shader over a chunk of cells: buffers 0 (the cells), 1 (input, read only) and 2 (output), a workgroup a tile of a cell's
 * matrix. Buffers are kept and grow as needed, so runs must come one after the other.
 */
export class CellProgram {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #buffers = new Map<string, GPUBuffer>();

  private constructor(device: GPUDevice, pipeline: GPUComputePipeline) {
    this.#device = device;
    this.#pipeline = pipeline;
  }

  static async compile(device: GPUDevice, name: string, code: string): Promise<CellProgram> {
    const module = device.createShaderModule({ label: name, code });
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      const [{ lineNum, message }] = errors;
      throw new ComputeError('program-invalid', `shader '${name}', line ${lineNum}: ${message}`);
    }
    const pipeline = await device.createComputePipelineAsync({
      label: name,
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    return new CellProgram(device, pipeline);
  }

  /**
   * @param cells WORDS_PER_CELL words for each cell of the chunk, in its order
   * @param tilesMax tiles along a side of the largest cell's matrix
   * @returns the output buffer's first chunk.outputLength numbers, as bytes of the caller's own
   */
  async run(
    chunk: Chunk,
    cells: Uint32Array<ArrayBuffer>,
    input: Float32Array<ArrayBuffer>,
    tilesMax: number,
  ): Promise<ArrayBuffer> {
    const device = this.#device;
    const outputBytes = 4 * Math.max(1, chunk.outputLength);
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('internal');
    device.pushErrorScope('validation');
    const cellsBuffer = this.#buffer('cells', cells.byteLength, USAGE.storage | USAGE.copyTarget);
    const inputBuffer = this.#buffer('input', Math.max(4, input.byteLength), USAGE.storage | USAGE.copyTarget);
    const outputBuffer = this.#buffer('output', outputBytes, USAGE.storage | USAGE.copySource);
    const readBuffer = this.#buffer('read', outputBytes, USAGE.mapRead | USAGE.copyTarget);
    device.queue.writeBuffer(cellsBuffer, 0, cells);
    device.queue.writeBuffer(inputBuffer, 0, input);
    const bindings = device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [cellsBuffer, inputBuffer, outputBuffer].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(tilesMax, tilesMax, chunk.cells.length);
    pass.end();
    encoder.copyBufferToBuffer(outputBuffer, 0, readBuffer, 0, outputBytes);
    device.queue.submit([encoder.finish()]);
    const failures = await Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
    for (const failure of failures) {
      if (failure !== null) throw new ComputeError('device-unavailable', `WebGPU refused a batch: ${failure.message}`);
    }
    await readBuffer.mapAsync(MAP_READ, 0, outputBytes);
    const output = readBuffer.getMappedRange(0, outputBytes).slice(0);
    readBuffer.unmap();
    return output;
  }

  #buffer(name: string, bytes: number, usage: number): GPUBuffer {
    const kept = this.#buffers.get(name);
    if (kept !== undefined && kept.size >= bytes) return kept;
    kept?.destroy();
    const made = this.#device.createBuffer({ label: name, size: bytes, usage });
    this.#buffers.set(name, made);
    return made;
  }
}

/** The tiles along a side of the matrix of `count` points. */
export function tilesOf(count: number): number {
  return Math.ceil(count / TILE);
}

/** The words that describe one cell to the shaders (struct Cell). */
export function writeCell(
  cells: Uint32Array,
  at: number,
  cell: { readonly count: number; readonly dimension: number; readonly points: number; readonly pairs: number },
): void {
  cells.set([cell.count, cell.dimension, cell.points, cell.pairs], at * WORDS_PER_CELL);
}
