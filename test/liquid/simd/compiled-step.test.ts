import { describe, expect, test } from 'vitest';
import { cellOf } from '../../../src/liquid/architecture.ts';
import { networkOf, readOut } from '../../../src/liquid/network.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { compileStep } from '../../../src/liquid/simd/compiled-step.ts';
import { smallCells } from '../cells/cells.ts';
import { mulberry32, uniform } from '../random.ts';

const inputs = 5;
const floats = (random: () => number, count: number, low = -1, high = 1) =>
  Float32Array.from(uniform(random, count, low, high));

describe.each([1, 7, 32])('with %i units', (units) => {
  const cells = smallCells(inputs, units).filter(([, { cell }]) => cell === 'cfc' || cell === 'wired-cfc');

  test.each(cells)('%s: a compiled step equals the cell to 1e-5 over ten steps', (_, architecture) => {
    const random = mulberry32(4);
    const network = networkOf(architecture, 2);
    const theta = initialParameters(network.layout, random).map((w) => Math.fround(1.5 * w));
    const n = 9;
    const compiled = compileStep(network, theta, n);
    if (compiled === null) throw new Error('no WebAssembly SIMD here');
    const { cell } = network;
    const step = cell.createStep(n);
    let state = new Float32Array(n * cell.state);
    for (let t = 0; t < 10; t++) {
      const x = floats(random, n * inputs, -3, 3);
      const elapsed = floats(random, n, 0, 5);
      elapsed[0] = t === 5 ? 1e9 : 0;
      const expected = new Float64Array(n * cell.state);
      step.forward(theta, Float64Array.from(x), Float64Array.from(state), Float64Array.from(elapsed), n, expected);
      const next = new Float32Array(n * cell.state);
      compiled.forward(x, state, elapsed, n, next);
      const [ours, theirs] = [new Float64Array(2 * n), new Float64Array(2 * n)];
      compiled.readOut(next, n, ours);
      readOut(network, theta, expected, n, theirs);
      expect(furthest(next, expected)).toBeLessThan(1e-5);
      expect(furthest(ours, theirs)).toBeLessThan(3e-5);
      state = next;
    }
  });

  test.each(cells)('%s: a row has the same bits whoever shares its batch', (_, architecture) => {
    const random = mulberry32(3);
    const network = networkOf(architecture);
    const theta = initialParameters(network.layout, random);
    const { state: width } = network.cell;
    const compiled = compileStep(network, theta, 5);
    const x = floats(random, 5 * inputs);
    const state = floats(random, 5 * width);
    const elapsed = floats(random, 5, 0, 3);
    const together = new Float32Array(5 * width);
    compiled?.forward(x, state, elapsed, 5, together);
    for (let i = 0; i < 5; i++) {
      const alone = new Float32Array(width);
      compiled?.forward(x.slice(i * inputs), state.slice(i * width), elapsed.slice(i), 1, alone);
      expect(alone).toEqual(together.slice(i * width, (i + 1) * width));
    }
  });
});

test('a cell without a kernel has no compiled step', () => {
  const network = networkOf({ cell: 'gru', inputs: 2, units: 2 });
  expect(compileStep(network, new Float64Array(network.layout.size), 1)).toBeNull();
  expect(cellOf(network.architecture).state).toBe(2);
});

function furthest(ours: ArrayLike<number>, theirs: Float64Array): number {
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
}
