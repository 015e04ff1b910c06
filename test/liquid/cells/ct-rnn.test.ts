import { expect, test } from 'vitest';
import { ctRnnCell } from '../../../src/liquid/cells/ct-rnn.ts';
import { initialParameters, viewOf } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';

test('a CT-RNN follows its differential equation: close to 100,000 small Euler steps, closer for less time', () => {
  const cell = ctRnnCell({ cell: 'ct-rnn', inputs: 2, units: 3 });
  const random = mulberry32(2);
  const theta = initialParameters(cell.layout, random);
  const x = uniform(random, 2);
  const state = uniform(random, 3);
  const errors = [0.4, 0.2, 0.1].map((dt) => {
    const next = new Float64Array(3);
    cell.createStep(1).forward(theta, x, state, Float64Array.of(dt), 1, next);
    const exact = euler(x, state, dt);
    return Math.max(...exact.map((value, u) => Math.abs(value - next[u])));
  });
  // First order in the length of an unfold, from a state that is off by second order: halving the time quarters the error.
  expect(errors[0]).toBeLessThan(0.01);
  expect(errors[0] / errors[1]).toBeGreaterThan(3);
  expect(errors[1] / errors[2]).toBeGreaterThan(3);

  function euler(input: Float64Array, from: Float64Array, dt: number): Float64Array {
    const weight = viewOf(cell.layout, theta, 'weight');
    const bias = viewOf(cell.layout, theta, 'bias');
    const tau = viewOf(cell.layout, theta, 'tau').map((raw) => Math.log1p(Math.exp(raw)));
    const steps = 100_000;
    let h = from.slice();
    for (let s = 0; s < steps; s++) {
      h = h.map((value, u) => {
        let sum = bias[u];
        for (let k = 0; k < 2; k++) sum += weight[u * 5 + k] * input[k];
        for (let v = 0; v < 3; v++) sum += weight[u * 5 + 2 + v] * h[v];
        return value + ((dt / steps) * (Math.tanh(sum) - value)) / tau[u];
      });
    }
    return h;
  }
});
