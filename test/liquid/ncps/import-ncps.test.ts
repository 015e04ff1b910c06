import { describe, expect, test } from 'vitest';
import { LiquidError } from '../../../src/liquid/errors.ts';
import { importNcps } from '../../../src/liquid/ncps/import-ncps.ts';

const matrix = (rows: number, columns: number, value = 0.1) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => value * (i - k)));
const vector = (length: number, value = 0.1) => Array.from({ length }, () => value);

/** A CfC of 2 units on 3 inputs, without backbone. */
const cfc = () => ({
  'rnn_cell.ff1.weight': matrix(2, 5),
  'rnn_cell.ff1.bias': vector(2),
  'rnn_cell.ff2.weight': matrix(2, 5),
  'rnn_cell.ff2.bias': vector(2),
  'rnn_cell.time_a.weight': matrix(2, 5),
  'rnn_cell.time_a.bias': vector(2),
  'rnn_cell.time_b.weight': matrix(2, 5),
  'rnn_cell.time_b.bias': vector(2),
});

const ltc = () => ({
  gleak: vector(2),
  vleak: vector(2),
  cm: vector(2),
  sigma: matrix(2, 2),
  mu: matrix(2, 2),
  w: matrix(2, 2),
  erev: matrix(2, 2),
  sensory_sigma: matrix(1, 2),
  sensory_mu: matrix(1, 2),
  sensory_w: matrix(1, 2),
  sensory_erev: matrix(1, 2),
  sparsity_mask: [
    [0, 1],
    [1, 0],
  ],
  sensory_sparsity_mask: [[1, 1]],
  output_w: [2],
  output_b: [0.5],
});

function problem(json: unknown): string {
  try {
    importNcps(json);
    return 'none';
  } catch (error) {
    return error instanceof LiquidError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('weights without a recorded run', () => {
  test('are imported, unchecked; a CfC is taken for the default mode unless the JSON names another', () => {
    expect(importNcps({ weights: cfc() })).toMatchObject({
      difference: null,
      network: { architecture: { mode: 'default' } },
    });
    expect(importNcps({ weights: cfc(), mode: 'no_gate' }).network.architecture).toMatchObject({ mode: 'no-gate' });
  });

  test('of an LTC without an input map leave the inputs as they are, and its output map becomes the readout', () => {
    const { network, theta } = importNcps({ weights: ltc() });
    expect(network.outputs).toBe(1);
    expect([...theta.slice(-2)]).toEqual([2, 0.5]);
    expect([...theta.slice(-4, -2)]).toEqual([1, 0]);
  });

  test('of a CfC with a projection give its outputs', () => {
    const { network, theta } = importNcps({
      weights: { ...cfc(), 'fc.weight': matrix(3, 2), 'fc.bias': vector(3, 7) },
    });
    expect(network.outputs).toBe(3);
    expect([...theta.slice(-3)]).toEqual([7, 7, 7]);
  });
});

describe('a bad file is refused with the field, its value and what would be valid', () => {
  const { 'rnn_cell.ff2.bias': _bias, ...incomplete } = cfc();
  const { sparsity_mask: _mask, ...unmasked } = ltc();
  test.each([
    ['no object', 7, /^model-malformed: ncps model: the whole is 7; valid/],
    ['no weights', {}, /^model-malformed: ncps model: weights is missing; valid/],
    [
      'a weight of text',
      { weights: { ...cfc(), x: 'y' } },
      /weights\.x is "y"; valid: numbers in one or two levels of lists/,
    ],
    ['an unknown mode', { weights: cfc(), mode: 'fast' }, /mode is "fast"; valid/],
    [
      'another network',
      { weights: { 'lstm.weight': [1] } },
      /^weights-shape: no weight rnn_cell\.ff1\.weight .*not an ncps model/,
    ],
    [
      'a weight missing',
      { weights: incomplete },
      /^weights-shape: weight 'ff2\.bias' is missing; there are ff1\.weight/,
    ],
    [
      'a weight of another shape',
      { weights: { ...cfc(), 'rnn_cell.ff2.weight': matrix(2, 4) } },
      /'ff2\.weight' is 2 x 4; it must be 2 x 5/,
    ],
    [
      'a ragged weight',
      { weights: { ...cfc(), 'rnn_cell.ff2.weight': [[1], [1, 2]] } },
      /row 1 has 2 numbers; the first has 1/,
    ],
    [
      'a weight too many',
      { weights: { ...cfc(), 'rnn_cell.extra': [1] } },
      /^weights-shape: no place for the weights extra/,
    ],
    ['an LTC without mask', { weights: unmasked }, /'sparsity_mask' is missing/],
    [
      'a mask of halves',
      { weights: { ...ltc(), sensory_sparsity_mask: [[1, 0.5]] } },
      /holds 0\.5 at 1; valid are 0 and 1/,
    ],
    [
      'inputs of another width',
      { weights: cfc(), input: [[[1, 2]]], output: [[[0, 0]]] },
      /^batch-shape: input is \[1, 1, 2\].*\[1, 1, 3\]/,
    ],
    [
      'outputs that the weights do not give',
      { weights: cfc(), input: [[[1, 2, 3]]], output: [[[9, 9]]] },
      /^parity-failed: .*output \d of step 0\); valid is up to 0\.0001/,
    ],
  ])('%s', (_, json, expected) => {
    expect(problem(json)).toMatch(expected);
  });

  test('a weight that is no number', () => {
    const weights = { ...cfc(), 'rnn_cell.ff1.bias': [0, Number.POSITIVE_INFINITY] };
    expect(problem({ weights })).toMatch(/ff1\.bias|Infinity/);
  });
});
