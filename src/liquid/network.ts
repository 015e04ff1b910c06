import type { Cell } from './cells/cell.ts';
import { type CfcArchitecture, cfcCell } from './cells/cfc.ts';
import { affine } from './dense.ts';
import { LiquidError } from './errors.ts';
import { blockOf, type Layout, layoutOf } from './parameters.ts';

/** Every cell that a model file may name. A further kind is one more member here and one more case in cellOf. */
export type Architecture = CfcArchitecture;

/** A cell and a linear readout of its output: one logit a row. */
export interface Network {
  readonly architecture: Architecture;
  readonly cell: Cell;
  /** The cell's parameters, then readout.weight [1, outputs] and readout.bias [1, 1]. */
  readonly layout: Layout;
}

export function cellOf(architecture: Architecture): Cell {
  switch (architecture.cell) {
    case 'cfc':
      return cfcCell(architecture);
    default:
      throw new LiquidError('architecture-invalid', `no cell of kind '${architecture.cell}'; there is cfc`);
  }
}

export function networkOf(architecture: Architecture): Network {
  const cell = cellOf(architecture);
  const readout = [
    { name: 'readout.weight', rows: 1, columns: cell.output.size },
    { name: 'readout.bias', rows: 1, columns: 1 },
  ];
  return { architecture, cell, layout: layoutOf([...cell.layout.blocks, ...readout]) };
}

/** logits[i] = readout of states[i], for n rows of states [n, H]. */
export function readLogits(
  network: Network,
  theta: Float64Array,
  states: Float64Array,
  n: number,
  logits: Float64Array,
): void {
  const { state, output } = network.cell;
  const weight = blockOf(network.layout, 'readout.weight').offset;
  const bias = blockOf(network.layout, 'readout.bias').offset;
  if (output.offset === 0 && output.size === state) {
    affine(theta, weight, bias, states, n, state, 1, logits);
    return;
  }
  for (let i = 0; i < n; i++) {
    let sum = theta[bias];
    for (let k = 0; k < output.size; k++) sum += theta[weight + k] * states[i * state + output.offset + k];
    logits[i] = sum;
  }
}
