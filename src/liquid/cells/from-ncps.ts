import { LiquidError } from '../errors.ts';
import { type Layout, viewOf } from '../parameters.ts';
import { type CfcArchitecture, type CfcMode, cfcCell } from './cfc.ts';

/** Weights as ncps names them in a torch state dictionary: vectors or matrices of numbers by name. */
export type NcpsWeights = Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;

/**
 * Fills a flat parameter vector from ncps weights (mlech26l/ncps, torch): every block of the layout must be there under its own name or
 * that name after `rnn_cell.`, in its own shape, and no weight may be left over. Throws weights-shape or not-finite.
 */
export function parametersFromNcps(layout: Layout, weights: NcpsWeights): Float64Array {
  const theta = new Float64Array(layout.size);
  const unused = new Set(Object.keys(weights));
  for (const block of layout.blocks) {
    const name = [block.name, `rnn_cell.${block.name}`].find((candidate) => unused.delete(candidate));
    const values = name === undefined ? undefined : weights[name]?.flat();
    if (values?.length !== block.rows * block.columns) {
      const found = values === undefined ? 'it is missing' : `it holds ${values.length} numbers`;
      throw new LiquidError(
        'weights-shape',
        `weight '${block.name}' must be ${block.rows} x ${block.columns}; ${found}`,
      );
    }
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new LiquidError('not-finite', `weight '${block.name}' holds ${bad}`);
    viewOf(layout, theta, block.name).set(values);
  }
  if (unused.size > 0) throw new LiquidError('weights-shape', `no place for the weights ${[...unused].join(', ')}`);
  return theta;
}

/** The fully connected CfC that such weights belong to; its sizes are read off their shapes. */
export function cfcArchitectureOfNcps(weights: NcpsWeights): CfcArchitecture {
  const shape = (name: string): readonly [number, number] | null => {
    const value = weights[`rnn_cell.${name}`];
    if (value === undefined) return null;
    const first: unknown = value[0];
    return [value.length, Array.isArray(first) ? first.length : 1];
  };
  const ff1 = shape('ff1.weight');
  if (ff1 === null) {
    throw new LiquidError(
      'weights-shape',
      `no 'rnn_cell.ff1.weight': not a fully connected CfC; there are ${Object.keys(weights)}`,
    );
  }
  const units = ff1[0];
  let backboneLayers = 0;
  while (shape(`backbone.${2 * backboneLayers}.weight`) !== null) backboneLayers++;
  const [backboneUnits, joined] = shape('backbone.0.weight') ?? [0, ff1[1]];
  return { cell: 'cfc', mode: ncpsMode(weights), inputs: joined - units, units, backboneUnits, backboneLayers };
}

/** 'no-gate' has the very weights of 'default': a state dictionary does not tell them apart, and default is meant. */
function ncpsMode(weights: NcpsWeights): CfcMode {
  return weights['rnn_cell.w_tau'] === undefined ? 'default' : 'pure';
}

/** Layout and parameters of such a cell in one call. */
export function cfcFromNcps(weights: NcpsWeights, mode: CfcMode = ncpsMode(weights)) {
  const architecture: CfcArchitecture = { ...cfcArchitectureOfNcps(weights), mode };
  const cell = cfcCell(architecture);
  return { architecture, cell, theta: parametersFromNcps(cell.layout, weights) };
}
