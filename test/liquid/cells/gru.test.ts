/** Golden steps of torch.nn.GRUCell in float64 (../golden/gru.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gruCell } from '../../../src/liquid/cells/gru.ts';
import { viewOf } from '../../../src/liquid/parameters.ts';

const golden: {
  readonly program: string;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly (readonly number[])[];
  readonly elapsed: readonly number[];
  readonly states: readonly (readonly number[])[];
} = JSON.parse(readFileSync(new URL('../golden/gru.json', import.meta.url), 'utf8'));

test(`a GRU whose last input is the time is that of ${golden.program}`, () => {
  const cell = gruCell({ cell: 'gru', inputs: 3, units: 5 });
  const theta = new Float64Array(cell.layout.size);
  for (const [name, values] of Object.entries(golden.weights)) viewOf(cell.layout, theta, name).set(values);
  const step = cell.createStep(1);
  let state = new Float64Array(5);
  for (const [t, expected] of golden.states.entries()) {
    const next = new Float64Array(5);
    step.forward(theta, Float64Array.from(golden.input[t]), state, Float64Array.of(golden.elapsed[t]), 1, next);
    for (const [u, value] of expected.entries()) expect(next[u]).toBeCloseTo(value, 12);
    state = next;
  }
});
