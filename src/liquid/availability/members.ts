import { LiquidError } from '../errors.ts';
import { type Network, networkOf } from '../network.ts';
import { blockOf } from '../parameters.ts';

export interface MemberSize {
  readonly units: number;
  readonly backboneUnits: number;
  /** What its logit is multiplied by in the sum. */
  readonly share: number;
}

/**
 * The CfCs that `averagedCfc` put side by side, taken apart again; sizes in the order in which they stand, and what stands behind them is left out.
 * Each has the bias of the whole. Throws architecture-invalid where the sizes do not fit.
 */
export function membersOf(
  whole: Network,
  from: Float64Array,
  sizes: readonly MemberSize[],
): readonly { readonly network: Network; readonly theta: Float64Array }[] {
  const { architecture } = whole;
  if (architecture.cell !== 'cfc') {
    throw new LiquidError('architecture-invalid', `the cell is '${architecture.cell}'; valid is an averaged cfc`);
  }
  let units = 0;
  let backbone = 0;
  return sizes.map((size) => {
    const network = networkOf({ ...architecture, units: size.units, backboneUnits: size.backboneUnits });
    const theta = new Float64Array(network.layout.size);
    for (const { name, rows, columns, offset } of network.layout.blocks) {
      const wide = blockOf(whole.layout, name);
      const top = name === 'backbone.0.weight' ? backbone : /^(ff|time).*weight$/.test(name) ? units : 0;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const column = columnIn(name, c, architecture.inputs, units, backbone);
          if (top + r >= wide.rows || column >= wide.columns) {
            throw new LiquidError('architecture-invalid', `${name} of the whole has no place for ${units} units more`);
          }
          const value = from[wide.offset + (top + r) * wide.columns + column];
          theta[offset + r * columns + c] = name === 'readout.weight' ? value / size.share : value;
        }
      }
    }
    units += size.units;
    backbone += size.backboneUnits;
    return { network, theta };
  });
}

function columnIn(name: string, c: number, inputs: number, units: number, backbone: number): number {
  if (name === 'readout.bias') return c;
  if (name === 'readout.weight') return units + c;
  if (name === 'backbone.0.weight') return c < inputs ? c : units + c;
  if (name === 'backbone.0.bias') return backbone + c;
  return name.endsWith('.bias') ? units + c : backbone + c;
}
