import { LiquidError } from './errors.ts';

/**
 * All parameters of a network lie in one flat vector, so that an optimizer, a norm or a finite difference is one loop. A layout says
 * which part of the vector is which named matrix; a matrix is row-major [rows, columns], a bias is one row.
 */
export interface Block extends Shape {
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
  /** [rows x columns]: entries where it is 0 are no parameters. They are 0 in every parameter vector, and so is their gradient. */
  readonly mask?: Uint8Array;
  /** Where training starts, if not where `initialParameters` says. */
  readonly start?: Start;
}

export type Start =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'values'; readonly values: ArrayLike<number> };

/** Where a part of a network finds its parameters: behind which prefix and from which index on. */
export interface Placement {
  readonly prefix: string;
  readonly offset: number;
}

export const ALONE: Placement = { prefix: '', offset: 0 };

export function layoutOf(shapes: readonly Shape[], { prefix, offset }: Placement = ALONE): Layout {
  let size = 0;
  const blocks = shapes.map((shape) => {
    const block = { ...shape, name: prefix + shape.name, offset: offset + size };
    size += shape.rows * shape.columns;
    return block;
  });
  return { blocks, size };
}

/** Layouts placed one after the other, as one. */
export function joinLayouts(...layouts: readonly Layout[]): Layout {
  return {
    blocks: layouts.flatMap(({ blocks }) => blocks),
    size: layouts.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Sets what is no parameter to 0, in a parameter vector or a gradient. */
export function applyMasks(layout: Layout, vector: Float64Array): void {
  for (const { mask, offset } of layout.blocks) {
    if (mask === undefined) continue;
    for (let i = 0; i < mask.length; i++) if (mask[i] === 0) vector[offset + i] = 0;
  }
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
 * them), as ncps starts its cells, unless a block says otherwise.
 */
export function initialParameters(layout: Layout, random: Random): Float64Array {
  const theta = new Float64Array(layout.size);
  let fanIn = 1;
  for (const { rows, columns, offset, name, start } of layout.blocks) {
    const isBias = name.endsWith('bias');
    if (!isBias) fanIn = columns;
    const bound = isBias ? 1 / Math.sqrt(fanIn) : Math.sqrt(6 / (rows + columns));
    for (let i = 0; i < rows * columns; i++) {
      if (start?.kind === 'values') theta[offset + i] = start.values[i];
      else if (start?.kind === 'uniform') theta[offset + i] = start.low + (start.high - start.low) * random();
      else theta[offset + i] = (2 * random() - 1) * bound;
    }
  }
  applyMasks(layout, theta);
  return theta;
}
