/** Backward passes against central differences, over several irregular steps, so that the gradient through the state counts too. */
import { expect, test } from 'vitest';
import type { Cell } from '../../../src/liquid/cells/cell.ts';
import { type CfcMode, cfcCell } from '../../../src/liquid/cells/cfc.ts';
import { withMixedMemory } from '../../../src/liquid/cells/mixed-memory.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';

const steps = 4;
const rows = 3;
const inputs = 3;

const cfc = (mode: CfcMode, backboneLayers: number): Cell =>
  cfcCell({ cell: 'cfc', mode, inputs, units: 4, backboneUnits: backboneLayers === 0 ? 0 : 5, backboneLayers });

const cases: readonly { name: string; cell: Cell }[] = [
  { name: 'default', cell: cfc('default', 1) },
  { name: 'default, two backbone layers', cell: cfc('default', 2) },
  { name: 'default, no backbone', cell: cfc('default', 0) },
  { name: 'no-gate', cell: cfc('no-gate', 1) },
  { name: 'pure', cell: cfc('pure', 1) },
  { name: 'mixed memory over default', cell: withMixedMemory(cfc('default', 1)) },
];

test.each(cases)('the gradient of a $name CfC is that of its forward pass', ({ cell }) => {
  const random = mulberry32(7);
  const theta = initialParameters(cell.layout, random);
  const x = Array.from({ length: steps }, () => uniform(random, rows * inputs));
  const spans = Array.from({ length: steps }, () => uniform(random, rows, 0, 3));
  const first = uniform(random, rows * cell.state, -0.5, 0.5);
  /** The loss is a fixed random weighting of every state on the way, so that every entry of every gradient matters. */
  const weights = Array.from({ length: steps }, () => uniform(random, rows * cell.state));

  const loss = (parameters: Float64Array, start: Float64Array): number => {
    const step = cell.createStep(rows);
    let state = start;
    let sum = 0;
    for (let t = 0; t < steps; t++) {
      const next = new Float64Array(rows * cell.state);
      step.forward(parameters, x[t], state, spans[t], rows, next);
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
  let gradState = new Float64Array(rows * cell.state);
  for (let t = steps - 1; t >= 0; t--) {
    const gradNext = gradState.map((g, j) => g + weights[t][j]);
    gradState = new Float64Array(rows * cell.state);
    taken[t].backward(theta, gradNext, gradTheta, gradState);
  }

  expect(
    worst(
      gradTheta,
      numeric((moved) => loss(moved, first), theta),
    ),
  ).toBeLessThan(1e-7);
  expect(
    worst(
      gradState,
      numeric((moved) => loss(theta, moved), first),
    ),
  ).toBeLessThan(1e-7);
});

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
