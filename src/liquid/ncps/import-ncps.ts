import type { CfcMode } from '../cells/cfc.ts';
import { LiquidError } from '../errors.ts';
import { type Network, networkOf } from '../network.ts';
import { applyMasks, type Layout, viewOf } from '../parameters.ts';
import { architectureOfNcps } from './architecture-of-ncps.ts';
import { type Difference, differenceFrom } from './recorded-run.ts';
import { type NcpsRecord, type NcpsWeights, parseNcps, weightsOf } from './weights.ts';

export interface ImportedNcps {
  readonly network: Network;
  /** Of the network, its readout included. */
  readonly theta: Float64Array;
  /** How far the network's outputs and states are from those recorded with the weights; null where none were. */
  readonly difference: Difference | null;
}

/** float32 in torch against float64 here: what rounding alone makes of some hundred steps. */
const PARITY_MAX = 1e-4;

/**
 * A user's own ncps model (torch, a CfC or LTC by the sequence wrapper) as a network whose outputs are the model's. The
 * output scale of an LTC and the projection of a CfC become the readout. A CfC without gate has the very weights of one with: where the
 * JSON names no mode, the recorded outputs tell, and without these `default` is meant.
 * Throws model-malformed, weights-shape, not-finite, architecture-invalid, wiring-invalid, batch-shape, and parity-failed where the recorded
 * outputs come out different by more than PARITY_MAX.
 */
export function importNcps(json: unknown): ImportedNcps {
  const record = parseNcps(json);
  const candidates = modesOf(record).map((mode) => {
    const weights = weightsOf(record);
    const { network, theta } = networkOfNcps(weights, mode);
    return { mode, network, theta, difference: differenceFrom(network, theta, record) };
  });
  const [best] = candidates.toSorted((a, b) => (a.difference?.largest ?? 0) - (b.difference?.largest ?? 0));
  const { difference } = best;
  if (difference !== null && !(difference.largest <= PARITY_MAX)) {
    throw new LiquidError(
      'parity-failed',
      `the recorded run comes out different by ${difference.largest} (${difference.where}); valid is up to ${PARITY_MAX}`,
    );
  }
  return { network: best.network, theta: best.theta, difference };
}

function modesOf({ mode, weights }: NcpsRecord): readonly CfcMode[] {
  if (mode !== undefined) return [mode === 'no_gate' ? 'no-gate' : mode];
  const isPure = Object.keys(weights).some((name) => name.endsWith('w_tau'));
  return isPure ? ['pure'] : ['default', 'no-gate'];
}

function networkOfNcps(weights: NcpsWeights, mode: CfcMode) {
  const architecture = architectureOfNcps(weights, mode);
  const projection = weights.has('fc.weight') ? weights.get('fc.weight').rows : null;
  const plain = networkOf(architecture);
  const { size } = plain.cell.output;
  const network = networkOf(architecture, projection ?? size);
  const { layout, cell } = network;
  const theta = new Float64Array(layout.size);
  readBlocks(cell.layout, weights, theta);
  const readoutWeight = viewOf(layout, theta, 'readout.weight');
  const readoutBias = viewOf(layout, theta, 'readout.bias');
  if (projection === null) {
    const scale = weights.has('output_w') ? weights.take('output_w', 1, size) : null;
    for (let k = 0; k < size; k++) readoutWeight[k * size + k] = scale === null ? 1 : scale[k];
    if (weights.has('output_b')) readoutBias.set(weights.take('output_b', 1, size));
  } else {
    readoutWeight.set(weights.take('fc.weight', projection, size));
    readoutBias.set(weights.take('fc.bias', 1, projection));
  }
  weights.checkAllUsed();
  return { network, theta };
}

/** Parameters of an LTC's input map that ncps leaves out where it maps nothing. */
const neutral: Readonly<Record<string, number>> = { input_w: 1, input_b: 0 };

function readBlocks(layout: Layout, weights: NcpsWeights, theta: Float64Array): void {
  for (const { name, rows, columns } of layout.blocks) {
    const view = viewOf(layout, theta, name);
    if (name in neutral && !weights.has(name)) view.fill(neutral[name]);
    else view.set(weights.take(name, rows, columns));
  }
  applyMasks(layout, theta);
}
