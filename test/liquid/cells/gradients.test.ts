/** Backward passes against central differences, over several irregular steps, so that the gradient through the state counts too. */
import { expect, test } from 'vitest';
import { cellOf } from '../../../src/liquid/architecture.ts';
import { applyMasks, initialParameters } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';
import { smallCells } from './cells.ts';

const steps = 4;
const rows = 3;
const inputs = 3;

test.each(smallCells(inputs, 4))('the gradient of %s is that of its forward pass', (_, architecture) => {
  const cell = cellOf(architecture);
  const random = mulberry32(7);
  // Away from where training starts, so that parameters that start at 0 or at a bound are tried too.
  const theta = initialParameters(cell.layout, random).map((value) => value + 0.2 * (random() - 0.5));
  applyMasks(cell.layout, theta);
  const x = Array.from({ length: steps }, () => uniform(random, rows * inputs));
  const spans = Array.from({ length: steps }, () => uniform(random, rows, 0, 3));
  spans[1][0] = 0;
  const first = uniform(random, rows * cell.state, -0.5, 0.5);
  /** The loss is a fixed random weighting of every state on the way, so that every entry of every gradient matters. */
  const weights = Array.from({ length: steps }, () => uniform(random, rows * cell.state));

  const loss = (parameters: Float64Array, start: Float64Array, features = x, elapsed = spans): number => {
    const step = cell.createStep(rows);
    let state = start;
    let sum = 0;
    for (let t = 0; t < steps; t++) {
      const next = new Float64Array(rows * cell.state);
      step.forward(parameters, features[t], state, elapsed[t], rows, next);
      for (let j = 0; j < next.length; j++) sum += weights[t][j] * next[j];
      state = next;
    }
    return sum;
  };

  const taken = x.map(() => cell.createStep(rows));
  let state = first;
  for (let t = 0; t < steps; t++) {
    const next = new Float64Array(rows * cell.state);
    taken[t].forward(theta, x[t], state, spans[t], rows, next);
    state = next;
  }
  const gradTheta = new Float64Array(theta.length);
  const gradX = x.map((features) => new Float64Array(features.length));
  const gradElapsed = spans.map(() => new Float64Array(rows));
  let gradState = new Float64Array(rows * cell.state);
  for (let t = steps - 1; t >= 0; t--) {
    const gradNext = gradState.map((g, j) => g + weights[t][j]);
    gradState = new Float64Array(rows * cell.state);
    taken[t].backward(theta, gradNext, gradTheta, gradState, gradX[t], gradElapsed[t]);
  }

  const numericTheta = numeric((moved) => loss(moved, first), theta);
  applyMasks(cell.layout, numericTheta);
  expect(worst(gradTheta, numericTheta)).toBeLessThan(1e-7);
  expect(
    worst(
      gradState,
      numeric((moved) => loss(theta, moved), first),
    ),
  ).toBeLessThan(1e-7);
  for (let t = 0; t < steps; t++) {
    const at = (all: readonly Float64Array[], moved: Float64Array) => all.map((one, s) => (s === t ? moved : one));
    const numericX = numeric((moved) => loss(theta, first, at(x, moved)), x[t]);
    const numericElapsed = numeric((moved) => loss(theta, first, x, at(spans, moved)), spans[t]);
    expect(worst(gradX[t], numericX)).toBeLessThan(1e-7);
    expect(worst(gradElapsed[t], numericElapsed)).toBeLessThan(1e-7);
  }
});

test.each(smallCells(inputs, 4))(
  '%s gives the same with and without the gradients of its inputs asked for',
  (_, architecture) => {
    const cell = cellOf(architecture);
    const random = mulberry32(9);
    const theta = initialParameters(cell.layout, random);
    const step = cell.createStep(2);
    const next = new Float64Array(2 * cell.state);
    const state = uniform(random, 2 * cell.state);
    step.forward(theta, uniform(random, 2 * inputs), state, uniform(random, 2, 0, 2), 2, next);
    const gradients = [null, new Float64Array(2 * inputs)].map((gradX) => {
      const gradTheta = new Float64Array(theta.length);
      const gradState = new Float64Array(state.length);
      step.backward(theta, next.slice(), gradTheta, gradState, gradX, gradX === null ? null : new Float64Array(2));
      return { gradTheta, gradState };
    });
    expect(gradients[1]).toEqual(gradients[0]);
  },
);

function numeric(f: (at: Float64Array) => number, at: Float64Array): Float64Array {
  const width = 1e-5;
  return at.map((value, i) => {
    const moved = at.slice();
    moved[i] = value + width;
    const above = f(moved);
    moved[i] = value - width;
    return (above - f(moved)) / (2 * width);
  });
}

/** Largest difference relative to the gradient's own size where that is above 1. */
function worst(ours: Float64Array, theirs: Float64Array): number {
  return Math.max(...ours.map((g, i) => Math.abs(g - theirs[i]) / Math.max(1, Math.abs(g))));
}
