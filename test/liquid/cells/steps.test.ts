/** What holds of a step of every kind of cell. */
import { describe, expect, test } from 'vitest';
import { cellOf } from '../../../src/liquid/architecture.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';
import { smallCells } from './cells.ts';

const inputs = 3;

describe.each(smallCells(inputs, 4))('%s', (_, architecture) => {
  const cell = cellOf(architecture);
  const theta = initialParameters(cell.layout, mulberry32(5));
  const run = (x: Float64Array, state: Float64Array, elapsed: Float64Array, n: number): Float64Array => {
    const next = new Float64Array(n * cell.state);
    cell.createStep(n).forward(theta, x, state, elapsed, n, next);
    return next;
  };

  test('gives a row the same bits whoever shares its batch', () => {
    const random = mulberry32(6);
    const n = 7;
    const x = uniform(random, n * inputs);
    const state = uniform(random, n * cell.state);
    const elapsed = uniform(random, n, 0, 3);
    const together = run(x, state, elapsed, n);
    for (let i = 0; i < n; i++) {
      const alone = run(
        x.slice(i * inputs, (i + 1) * inputs),
        state.slice(i * cell.state, (i + 1) * cell.state),
        elapsed.slice(i, i + 1),
        1,
      );
      expect(together.slice(i * cell.state, (i + 1) * cell.state)).toEqual(alone);
    }
  });

  test('stays finite after no time at all, a week and ten years between heartbeats', () => {
    const random = mulberry32(8);
    const seconds = Float64Array.of(0, 7 * 86_400, 3650 * 86_400);
    let state = uniform(random, 3 * cell.state);
    for (let t = 0; t < 5; t++) {
      state = run(uniform(random, 3 * inputs), state, seconds, 3);
      expect(state.every((value) => Number.isFinite(value) && Math.abs(value) < 100)).toBe(true);
    }
  });
});

test.each(smallCells(inputs, 4).filter(([name]) => /^(LTC|LTC wired as an NCP|CT-RNN)$/.test(name)))(
  '%s keeps its state when no time passes',
  (_, architecture) => {
    const cell = cellOf(architecture);
    const random = mulberry32(5);
    const theta = initialParameters(cell.layout, random);
    const state = uniform(random, cell.state);
    const next = new Float64Array(cell.state);
    cell.createStep(1).forward(theta, uniform(random, inputs), state, new Float64Array(1), 1, next);
    expect(next).toEqual(state);
  },
);
