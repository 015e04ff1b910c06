/** Cells that go to the GPU in one go: their indices, and where the numbers of each begin in the buffers. */
export interface Chunk {
  readonly cells: readonly number[];
  readonly inputStarts: readonly number[];
  readonly outputStarts: readonly number[];
  readonly inputLength: number;
  readonly outputLength: number;
}

export interface Sizes {
  /** Numbers of four bytes that the cell's input and output take. */
  readonly input: number;
  readonly output: number;
}

export interface ChunkLimits {
  /** Of one buffer, in numbers of four bytes. */
  readonly numbersMax: number;
  readonly cellsMax: number;
}

/** Fills chunks in the order of the cells; those that fit in no buffer are `tooLarge`. */
export function chunksOf(
  sizes: readonly Sizes[],
  { numbersMax, cellsMax }: ChunkLimits,
): { readonly chunks: readonly Chunk[]; readonly tooLarge: readonly number[] } {
  const chunks: Chunk[] = [];
  const tooLarge: number[] = [];
  let open = emptyChunk();
  for (const [cell, { input, output }] of sizes.entries()) {
    if (input > numbersMax || output > numbersMax) {
      tooLarge.push(cell);
      continue;
    }
    const isFull =
      open.cells.length === cellsMax ||
      open.inputLength + input > numbersMax ||
      open.outputLength + output > numbersMax;
    if (isFull) {
      chunks.push(open);
      open = emptyChunk();
    }
    open.cells.push(cell);
    open.inputStarts.push(open.inputLength);
    open.outputStarts.push(open.outputLength);
    open.inputLength += input;
    open.outputLength += output;
  }
  if (open.cells.length > 0) chunks.push(open);
  return { chunks, tooLarge };
}

interface OpenChunk extends Chunk {
  readonly cells: number[];
  readonly inputStarts: number[];
  readonly outputStarts: number[];
  inputLength: number;
  outputLength: number;
}

function emptyChunk(): OpenChunk {
  return { cells: [], inputStarts: [], outputStarts: [], inputLength: 0, outputLength: 0 };
}
