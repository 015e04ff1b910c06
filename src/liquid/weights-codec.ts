import { z } from 'zod';
import { LiquidError } from './errors.ts';
import { applyMasks, type Layout, viewOf } from './parameters.ts';

/** Parameters in a model file: by name and shape, as base64 of little-endian float32. */
export const weightsSchema = z.array(
  z.strictObject({ name: z.string(), rows: z.int(), columns: z.int(), values: z.base64() }),
);

export type EncodedWeights = z.infer<typeof weightsSchema>;

/** Parameters are rounded to float32. */
export function encodeWeights(layout: Layout, theta: Float64Array): EncodedWeights {
  return layout.blocks.map(({ name, rows, columns }) => {
    const values = viewOf(layout, theta, name);
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
    return { name, rows, columns, values: bytes.toString('base64') };
  });
}

/** Throws weights-shape where a parameter is missing, unknown, out of order or of another shape, and not-finite. */
export function decodeWeights(layout: Layout, weights: EncodedWeights): Float64Array {
  const theta = new Float64Array(layout.size);
  const length = Math.max(layout.blocks.length, weights.length);
  for (let index = 0; index < length; index++) {
    const given = weights[index];
    const block = layout.blocks[index];
    if (given?.name !== block?.name) {
      throw new LiquidError(
        'weights-shape',
        `model file: weights[${index}] is ${given?.name ?? 'missing'}; valid is ${block?.name ?? 'no more'}`,
      );
    }
    const { name, rows, columns } = block;
    const bytes = Buffer.from(given.values, 'base64');
    const count = bytes.length / 4;
    if (given.rows !== rows || given.columns !== columns || count !== rows * columns) {
      throw new LiquidError(
        'weights-shape',
        `weight '${name}' is ${given.rows} x ${given.columns} with ${count} numbers; it must be ${rows} x ${columns}`,
      );
    }
    const view = viewOf(layout, theta, name);
    for (let i = 0; i < count; i++) {
      view[i] = bytes.readFloatLE(4 * i);
      if (!Number.isFinite(view[i])) throw new LiquidError('not-finite', `weight '${name}' holds ${view[i]} at ${i}`);
    }
  }
  applyMasks(layout, theta);
  return theta;
}
