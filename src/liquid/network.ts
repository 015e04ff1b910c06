import { type Architecture, cellOf } from './architecture.ts';
import type { Cell } from './cells/cell.ts';
import { checkSizes } from './cells/sizes.ts';
import { affine } from './dense.ts';
import { blockOf, joinLayouts, type Layout, layoutOf } from './parameters.ts';

/** A cell and a linear readout of its output: one logit a row, or as many outputs as are asked for. */
export interface Network {
  readonly architecture: Architecture;
  readonly cell: Cell;
  /** Numbers that the readout gives a row, P. */
  readonly outputs: number;
  /** The cell's parameters, then readout.weight [P, outputs of the cell] and readout.bias [1, P]. */
  readonly layout: Layout;
}

export function networkOf(architecture: Architecture, outputs = 1): Network {
  checkSizes('network', { outputs });
  const cell = cellOf(architecture);
  const readout = layoutOf(
    [
      { name: 'readout.weight', rows: outputs, columns: cell.output.size },
      { name: 'readout.bias', rows: 1, columns: outputs },
    ],
    { prefix: '', offset: cell.layout.size },
  );
  return { architecture, cell, outputs, layout: joinLayouts(cell.layout, readout) };
}

/** out [n, P] = readout of n rows of states [n, H]. */
export function readOut(
  { cell, layout, outputs }: Network,
  theta: Float64Array,
  states: Float64Array,
  n: number,
  out: Float64Array,
): void {
  const { state, output } = cell;
  const weight = blockOf(layout, 'readout.weight').offset;
  const bias = blockOf(layout, 'readout.bias').offset;
  if (output.offset === 0 && output.size === state) {
    affine(theta, weight, bias, states, n, state, outputs, out);
    return;
  }
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < outputs; p++) {
      let sum = theta[bias + p];
      const row = weight + p * output.size;
      for (let k = 0; k < output.size; k++) sum += theta[row + k] * states[i * state + output.offset + k];
      out[i * outputs + p] = sum;
    }
  }
}

/** logits[i] = readout of states[i] of a network with one output. */
export function readLogits(
  network: Network,
  theta: Float64Array,
  states: Float64Array,
  n: number,
  logits: Float64Array,
): void {
  readOut(network, theta, states, n, logits);
}
