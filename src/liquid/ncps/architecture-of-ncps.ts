import type { Architecture } from '../architecture.ts';
import type { CfcMode } from '../cells/cfc.ts';
import { LiquidError } from '../errors.ts';
import type { WiringSpec } from '../wiring/wiring-spec.ts';
import type { NcpsWeights } from './weights.ts';

/**
 * The architecture that such weights belong to, read off their names, shapes and masks. The readout of an LTC says how many motor neurons
 * it has. `mode` counts for a CfC only.
 */
export function architectureOfNcps(weights: NcpsWeights, mode: CfcMode): Architecture {
  const inner = plainArchitecture(weights, mode);
  return weights.has('lstm.input_map.weight') ? { cell: 'mixed-memory', inner } : inner;
}

type Plain = Exclude<Architecture, { readonly cell: 'mixed-memory' | 'adaptive-time' }>;

function plainArchitecture(weights: NcpsWeights, mode: CfcMode): Plain {
  if (weights.has('gleak')) {
    return { cell: 'ltc', inputs: weights.get('sensory_w').rows, wiring: ltcWiring(weights) };
  }
  if (weights.has('layer_0.ff1.weight')) {
    const { rows, columns } = weights.get('layer_0.ff1.weight');
    return { cell: 'wired-cfc', mode, inputs: columns - rows, wiring: cfcWiring(weights) };
  }
  if (!weights.has('ff1.weight')) {
    throw new LiquidError(
      'weights-shape',
      'no weight rnn_cell.ff1.weight (a CfC), rnn_cell.layer_0.ff1.weight (a wired CfC) or rnn_cell.gleak (an LTC): not an ncps model',
    );
  }
  const units = weights.get('ff1.weight').rows;
  let backboneLayers = 0;
  while (weights.has(`backbone.${2 * backboneLayers}.weight`)) backboneLayers++;
  const { columns: joined } = weights.get(backboneLayers === 0 ? 'ff1.weight' : 'backbone.0.weight');
  const backboneUnits = backboneLayers === 0 ? 0 : weights.get('backbone.0.weight').rows;
  return { cell: 'cfc', mode, inputs: joined - units, units, backboneUnits, backboneLayers };
}

function ltcWiring(weights: NcpsWeights): WiringSpec {
  const units = weights.get('gleak').columns;
  const inputs = weights.get('sensory_w').rows;
  const outputs = weights.has('output_w') ? weights.get('output_w').columns : units;
  const signs = (prefix: string, rows: number): readonly string[] => {
    const mask = masked(weights, `${prefix}sparsity_mask`, rows, units);
    const erev = weights.get(`${prefix}erev`).values;
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: units }, (_, k) =>
        mask[i * units + k] === 0 ? '.' : erev[i * units + k] < 0 ? '-' : '+',
      ).join(''),
    );
  };
  return {
    kind: 'explicit',
    outputs,
    layers: [Array.from({ length: units }, (_, i) => i)],
    adjacency: signs('', units),
    sensory: signs('sensory_', inputs),
  };
}

/** Neurons are numbered from the last layer up to the first, so that the motor neurons are 0 to outputs - 1. */
function cfcWiring(weights: NcpsWeights): WiringSpec {
  const sizes: number[] = [];
  while (weights.has(`layer_${sizes.length}.ff1.weight`))
    sizes.push(weights.get(`layer_${sizes.length}.ff1.weight`).rows);
  const units = sizes.reduce((sum, size) => sum + size, 0);
  let end = units;
  const layers = sizes.map((size) => {
    end -= size;
    return Array.from({ length: size }, (_, i) => end + i);
  });
  const inputs = weights.get('layer_0.ff1.weight').columns - sizes[0];
  const adjacency = Array.from({ length: units }, () => Array.from({ length: units }, () => '.'));
  const sensory = Array.from({ length: inputs }, () => Array.from({ length: units }, () => '.'));
  for (const [l, layer] of layers.entries()) {
    const sources = l === 0 ? Array.from({ length: inputs }, (_, i) => i) : layers[l - 1];
    const synapses = l === 0 ? sensory : adjacency;
    const width = sources.length + layer.length;
    const name = `layer_${l}.sparsity_mask`;
    const mask = masked(weights, name, layer.length, width);
    for (const [row, to] of layer.entries()) {
      for (const [column, from] of sources.entries()) if (mask[row * width + column] === 1) synapses[from][to] = '+';
      const cut = mask.slice(row * width + sources.length, (row + 1) * width).indexOf(0);
      if (cut >= 0) {
        throw new LiquidError(
          'weights-shape',
          `weight '${name}' is 0 at row ${row}, column ${sources.length + cut}; a layer of a wired CfC reads all of itself, so 1 is valid there`,
        );
      }
    }
  }
  return {
    kind: 'explicit',
    outputs: sizes[sizes.length - 1],
    layers,
    adjacency: adjacency.map((row) => row.join('')),
    sensory: sensory.map((row) => row.join('')),
  };
}

function masked(weights: NcpsWeights, name: string, rows: number, columns: number): readonly number[] {
  const mask = weights.take(name, rows, columns);
  const wrong = mask.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0)
    throw new LiquidError('weights-shape', `weight '${name}' holds ${mask[wrong]} at ${wrong}; valid are 0 and 1`);
  return mask;
}
