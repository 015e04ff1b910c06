import { LiquidError } from './errors.ts';

/**
 * All parameters of a network lie in one flat vector, so that an optimizer, a norm or a finite difference is one loop. A layout says
 * which part of the vector is which named matrix; a matrix is row-major [rows, columns], a bias is one row.
 */
export interface Block {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Index of its first entry in the flat vector. */
  readonly offset: number;
}

export interface Layout {
  readonly blocks: readonly Block[];
  /** Length of the flat vector. */
  readonly size: number;
}

export interface Shape {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

export function layoutOf(shapes: readonly Shape[]): Layout {
  let size = 0;
  const blocks = shapes.map((shape) => {
    const block = { ...shape, offset: size };
    size += shape.rows * shape.columns;
    return block;
  });
  return { blocks, size };
}

/** The block of that name. Throws weights-shape where the layout has none. */
export function blockOf(layout: Layout, name: string): Block {
  const found = layout.blocks.find((block) => block.name === name);
  if (found === undefined) {
    const valid = layout.blocks.map((block) => block.name).join(', ');
    throw new LiquidError('weights-shape', `no parameter named '${name}'; there are ${valid}`);
  }
  return found;
}

/** A view, not a copy, of one block of the flat vector. */
export function viewOf(layout: Layout, theta: Float64Array, name: string): Float64Array {
  const block = blockOf(layout, name);
  return theta.subarray(block.offset, block.offset + block.rows * block.columns);
}

/** A source of uniform numbers in [0, 1); the caller owns its seed. */
export type Random = () => number;

/**
 * Weights uniform in +-sqrt(6 / (rows + columns)) (Glorot and Bengio 2010), biases uniform in +-1 / sqrt(fan-in of the weight before
 * them), as ncps starts its cells.
 */
export function initialParameters(layout: Layout, random: Random): Float64Array {
  const theta = new Float64Array(layout.size);
  let fanIn = 1;
  for (const { rows, columns, offset, name } of layout.blocks) {
    const isBias = name.endsWith('bias');
    if (!isBias) fanIn = columns;
    const bound = isBias ? 1 / Math.sqrt(fanIn) : Math.sqrt(6 / (rows + columns));
    for (let i = 0; i < rows * columns; i++) theta[offset + i] = (2 * random() - 1) * bound;
  }
  return theta;
}
