import { LiquidError } from './errors.ts';
import type { Logistic } from './logistic.ts';
import { type Network, networkOf } from './network.ts';
import { blockOf } from './parameters.ts';

export interface Member {
  readonly network: Network;
  readonly theta: Float64Array;
  /** What its logit is multiplied by in the sum. */
  readonly share: number;
}

/**
 * Several CfCs that read the same inputs as a single network that gives the weighted sum of their logits: their units stand side by side, and what would
 * join one's units with another's is 0. Such a mean varies less with the random start of training than any of them (Hansen and Salamon 1990).
 * Throws architecture-invalid for other cells, for a CfC without exactly one backbone layer, for other inputs or modes than the first one's, and for none.
 */
export function averagedCfc(members: readonly Member[]): { readonly network: Network; readonly theta: Float64Array } {
  const parts = members.map((member) => ({ ...member, architecture: plainCfc(member.network) }));
  const first = parts.at(0)?.architecture;
  if (
    first === undefined ||
    parts.some(({ architecture: { inputs, mode } }) => inputs !== first.inputs || mode !== first.mode)
  ) {
    throw new LiquidError(
      'architecture-invalid',
      `${members.length} networks; valid are one or more that read the same inputs in the same mode`,
    );
  }
  const total = (size: 'units' | 'backboneUnits') =>
    parts.reduce((sum, { architecture }) => sum + architecture[size], 0);
  const network = networkOf({ ...first, units: total('units'), backboneUnits: total('backboneUnits') });
  const theta = new Float64Array(network.layout.size);
  let units = 0;
  let backbone = 0;
  for (const { network: own, theta: from, share, architecture } of parts) {
    for (const { name, rows, columns, offset } of own.layout.blocks) {
      const wide = blockOf(network.layout, name);
      // Where this member's part of the block begins.
      const [top, left] = cornerOf(name, units, backbone);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const value = from[offset + r * columns + c];
          // The inputs are everybody's, and so is the readout's bias.
          const column = name === 'backbone.0.weight' ? (c < first.inputs ? c : units + c) : left + c;
          const to = wide.offset + (top + r) * wide.columns + column;
          if (name === 'readout.bias') theta[to] += share * value;
          else theta[to] = name === 'readout.weight' ? share * value : value;
        }
      }
    }
    units += architecture.units;
    backbone += architecture.backboneUnits;
  }
  return { network, theta };
}

function cornerOf(name: string, units: number, backbone: number): readonly [top: number, left: number] {
  if (name === 'backbone.0.weight') return [backbone, 0];
  if (name === 'backbone.0.bias') return [0, backbone];
  if (name === 'readout.weight') return [0, units];
  if (name === 'readout.bias') return [0, 0];
  return name.endsWith('.bias') ? [0, units] : [units, backbone];
}

/** Far within the linear range of the two tanh on the way; small enough for a logit of 20 to come out within 0.21 %. */
const SMALL = 0.003;

/**
 * A logistic regression as a CfC of one unit: it reads the inputs in the linear range of its tanh, and as both of its heads say the same, neither the gate
 * nor time nor its state matter. So a linear part can stand beside others in `averagedCfc`. Its logit is that of the regression, within 0.21 % for logits up to 20.
 */
export function linearCfc({ weights, bias }: Logistic): { readonly network: Network; readonly theta: Float64Array } {
  const network = networkOf({
    cell: 'cfc',
    mode: 'default',
    inputs: weights.length,
    units: 1,
    backboneUnits: 1,
    backboneLayers: 1,
  });
  const theta = new Float64Array(network.layout.size);
  const at = (name: string) => blockOf(network.layout, name).offset;
  for (const [k, weight] of weights.entries()) theta[at('backbone.0.weight') + k] = SMALL * weight;
  theta[at('backbone.0.bias')] = SMALL * bias;
  theta[at('ff1.weight')] = 1;
  theta[at('ff2.weight')] = 1;
  // lecun_tanh(u) is close to 1.7159 x 0.666 u.
  theta[at('readout.weight')] = 1 / (SMALL * 1.7159 * 0.666);
  return { network, theta };
}

function plainCfc({ architecture }: Network) {
  if (architecture.cell === 'cfc' && architecture.backboneLayers === 1 && architecture.mode !== 'pure')
    return architecture;
  throw new LiquidError(
    'architecture-invalid',
    `a network of cell '${architecture.cell}' is to be averaged; valid is a CfC with one backbone layer that is not 'pure'`,
  );
}
