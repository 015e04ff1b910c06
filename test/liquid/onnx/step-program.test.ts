import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { createStepRunner } from '../../../src/compute/step-runner.ts';
import { LiquidError } from '../../../src/liquid/errors.ts';
import { type Network, networkOf, readLogits, readOut } from '../../../src/liquid/network.ts';
import { scoresFile, stepProgram } from '../../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { smallCells } from '../cells/cells.ts';
import { mulberry32, uniform } from '../random.ts';

const inputs = 9;
const calibration = { slope: 1.3, intercept: -0.4 };

/** float32 in and out of the float64 cell, as the runner's caller sees it. */
function reference(net: Network, theta: Float64Array, x: Float32Array, h: Float32Array, dt: Float32Array, n: number) {
  const next = new Float64Array(n * net.cell.state);
  net.cell.createStep(n).forward(theta, Float64Array.from(x), Float64Array.from(h), Float64Array.from(dt), n, next);
  return next;
}

describe('an exported step equals the TypeScript cell to 1e-5 over ten steps', () => {
  test.each(smallCells(inputs, 32))('%s', async (_, architecture) => {
    const random = mulberry32(11);
    const net = networkOf(architecture);
    const theta = initialParameters(net.layout, random).map(Math.fround);
    const runner = await createStepRunner(stepProgram(net, theta, { name: 'test', tile: 64, calibration }));
    const n = 100;
    let hidden = new Float32Array(n * net.cell.state);
    for (let t = 0; t < 10; t++) {
      const x = Float32Array.from(uniform(random, n * inputs));
      const dt = Float32Array.from(uniform(random, n, 0, 5));
      dt[0] = 0;
      const expected = reference(net, theta, x, hidden, dt, n);
      const logits = new Float64Array(n);
      readLogits(net, theta, expected, n, logits);
      const logOdds = logits.map((l) => calibration.slope * l + calibration.intercept);
      const actual = await runner.step(x, hidden, dt, n);
      expect(furthest(actual.hidden, expected)).toBeLessThan(1e-5);
      expect(furthest(actual.logOdds, logOdds)).toBeLessThan(1e-5);
      expect(
        furthest(
          actual.failure,
          logOdds.map((l) => 1 / (1 + Math.exp(-l))),
        ),
      ).toBeLessThan(1e-5);
      hidden = Float32Array.from(actual.hidden);
    }
    await runner.close();
  });
});

test('a file of scores takes any number of rows and gives every output', async () => {
  const random = mulberry32(12);
  for (const [, architecture] of smallCells(4, 6)) {
    const net = networkOf(architecture, 3);
    const theta = initialParameters(net.layout, random).map(Math.fround);
    const session = await InferenceSession.create(scoresFile(net, theta, { name: 'any', rows: null }));
    for (const n of [1, 5]) {
      const features = Float32Array.from(uniform(random, n * 4));
      const hidden = Float32Array.from(uniform(random, n * net.cell.state));
      const elapsed = Float32Array.from(uniform(random, n, 0, 2));
      const found = await session.run({
        features: new Tensor('float32', features, [n, 4]),
        hidden: new Tensor('float32', hidden, [n, net.cell.state]),
        elapsed: new Tensor('float32', elapsed, [n]),
      });
      const expected = reference(net, theta, features, hidden, elapsed, n);
      const scores = new Float64Array(3 * n);
      readOut(net, theta, expected, n, scores);
      expect(found.scores.dims).toEqual([n, 3]);
      expect(furthest(Float32Array.from(found.scores.data as Float32Array), scores)).toBeLessThan(1e-5);
      expect(furthest(Float32Array.from(found.hidden_next.data as Float32Array), expected)).toBeLessThan(1e-5);
    }
    await session.release();
  }
});

test('a network of several outputs makes no failure score', () => {
  const net = networkOf({ cell: 'gru', inputs: 2, units: 2 }, 2);
  const theta = initialParameters(net.layout, mulberry32(1));
  const make = () => stepProgram(net, theta, { name: 'two', tile: 1, calibration });
  expect(make).toThrow(LiquidError);
  expect(make).toThrow(/the readout gives 2 numbers/);
});

function furthest(ours: Float32Array, theirs: Float64Array): number {
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
}
