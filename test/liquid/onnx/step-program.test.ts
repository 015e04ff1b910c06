import { describe, expect, test } from 'vitest';
import { createStepRunner } from '../../../src/compute/step-runner.ts';
import type { CfcMode } from '../../../src/liquid/cells/cfc.ts';
import { type Network, networkOf, readLogits } from '../../../src/liquid/network.ts';
import { stepProgram } from '../../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';

const inputs = 9;
const units = 32;
const calibration = { slope: 1.3, intercept: -0.4 };

function network(mode: CfcMode, backboneLayers: number): Network {
  return networkOf({ cell: 'cfc', mode, inputs, units, backboneUnits: backboneLayers === 0 ? 0 : 24, backboneLayers });
}

/** float32 in and out of the float64 cell, as the runner's caller sees it. */
function reference(
  net: Network,
  theta: Float64Array,
  x: Float32Array,
  h: Float32Array,
  dt: Float32Array,
  n: number,
): { logOdds: Float64Array; hidden: Float64Array } {
  const next = new Float64Array(n * units);
  net.cell.createStep(n).forward(theta, Float64Array.from(x), Float64Array.from(h), Float64Array.from(dt), n, next);
  const logits = new Float64Array(n);
  readLogits(net, theta, next, n, logits);
  return { logOdds: logits.map((l) => calibration.slope * l + calibration.intercept), hidden: next };
}

describe('an exported step equals the TypeScript cell', () => {
  test.each([
    { mode: 'default', layers: 1 },
    { mode: 'default', layers: 0 },
    { mode: 'default', layers: 2 },
    { mode: 'no-gate', layers: 1 },
    { mode: 'pure', layers: 1 },
  ] as const)('$mode, $layers backbone layers, to 1e-5 over ten steps', async ({ mode, layers }) => {
    const random = mulberry32(11);
    const net = network(mode, layers);
    const theta = initialParameters(net.layout, random).map(Math.fround);
    const runner = await createStepRunner(stepProgram(net, theta, { name: 'test', tile: 64, calibration }));
    const n = 100;
    let hidden = new Float32Array(n * units);
    for (let t = 0; t < 10; t++) {
      const x = Float32Array.from(uniform(random, n * inputs));
      const dt = Float32Array.from(uniform(random, n, 0, 5));
      const expected = reference(net, theta, x, hidden, dt, n);
      const actual = await runner.step(x, hidden, dt, n);
      expect(furthest(actual.hidden, expected.hidden)).toBeLessThan(1e-5);
      expect(furthest(actual.logOdds, expected.logOdds)).toBeLessThan(1e-5);
      expect(
        furthest(
          actual.failure,
          expected.logOdds.map((l) => 1 / (1 + Math.exp(-l))),
        ),
      ).toBeLessThan(1e-5);
      hidden = Float32Array.from(actual.hidden);
    }
    await runner.close();
  });
});

function furthest(ours: Float32Array, theirs: Float64Array): number {
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
}
