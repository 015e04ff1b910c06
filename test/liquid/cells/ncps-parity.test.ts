/** Golden values of ncps 695ec22 in torch 1.13 (float32): ncps_parity.json of the recorded data. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../src/liquid/cells/cell.ts';
import { type CfcMode, cfcCell } from '../../../src/liquid/cells/cfc.ts';
import { cfcArchitectureOfNcps, type NcpsWeights, parametersFromNcps } from '../../../src/liquid/cells/from-ncps.ts';
import { withMixedMemory } from '../../../src/liquid/cells/mixed-memory.ts';

interface Golden {
  readonly weights: NcpsWeights;
  /** [1, steps, inputs], [1, steps, 1], [1, steps, outputs] */
  readonly input: readonly (readonly (readonly number[])[])[];
  readonly timespans: readonly (readonly (readonly number[])[])[];
  readonly output: readonly (readonly (readonly number[])[])[];
  /** [1, units], or [2, 1, units] with the memory second. */
  readonly state: readonly (readonly number[] | readonly (readonly number[])[])[];
}

const file = `${process.env.AURA_DATA ?? '../shared/data'}/ncps_parity.json`;
const present = existsSync(file);
const models: Readonly<Record<string, Golden>> = present ? JSON.parse(readFileSync(file, 'utf8')) : {};

const cases: readonly { name: string; mode: CfcMode; mixed: boolean }[] = [
  { name: 'cfc_default', mode: 'default', mixed: false },
  { name: 'cfc_pure', mode: 'pure', mixed: false },
  { name: 'cfc_no_gate', mode: 'no-gate', mixed: false },
  { name: 'cfc_mixed', mode: 'default', mixed: true },
];

describe.skipIf(!present)(present ? 'a fully connected CfC equals ncps' : `left out: no ${file}`, () => {
  test.each(cases)('$name, outputs of every step and the last state, to 1e-6', ({ name, mode, mixed }) => {
    const golden = models[name];
    const plain = cfcCell({ ...cfcArchitectureOfNcps(golden.weights), mode });
    const cell: Cell = mixed ? withMixedMemory(plain) : plain;
    const theta = parametersFromNcps(cell.layout, golden.weights);
    const step = cell.createStep(1);
    let state = new Float64Array(cell.state);
    for (let t = 0; t < golden.input[0].length; t++) {
      const next = new Float64Array(cell.state);
      const span = Float64Array.from(golden.timespans[0][t]);
      step.forward(theta, Float64Array.from(golden.input[0][t]), state, span, 1, next);
      state = next;
      const output = state.subarray(cell.output.offset, cell.output.offset + cell.output.size);
      expect(furthest(output, golden.output[0][t])).toBeLessThan(1e-6);
    }
    expect(furthest(state, golden.state.flat(2))).toBeLessThan(1e-6);
  });
});

function furthest(ours: Float64Array, theirs: readonly number[]): number {
  expect(ours.length).toBe(theirs.length);
  return Math.max(...theirs.map((value, i) => Math.abs(value - ours[i])));
}
