import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/fleet/reference/index.ts';
import { folded, standardisationOf, standardised } from '../../../src/liquid/availability/standardisation.ts';
import { type Network, networkOf } from '../../../src/liquid/network.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { predictLogits } from '../../../src/liquid/training/predict.ts';
import type { Sequence } from '../../../src/liquid/training/sequence.ts';

const WIDTH = 4;
const random = new Random(9, 'standardisation');
const sequences = Array.from(
  { length: 5 },
  (): Sequence => ({
    steps: 6,
    // The third column does not vary.
    features: Float32Array.from({ length: 6 * WIDTH }, (_, i) => (i % WIDTH === 2 ? 3 : random.between(5, 5 + i))),
    elapsed: Float32Array.from({ length: 6 }, () => random.between(1, 4)),
    labels: new Float32Array(6),
    weights: new Float32Array(6).fill(random.between(1, 9)),
  }),
);
const scale = standardisationOf(sequences, WIDTH);

describe('standardised inputs', () => {
  it('have mean 0 and deviation 1 by weight; a column that does not vary is 0', () => {
    const columns = [...Array(WIDTH).keys()];
    const again = standardisationOf(standardised(sequences, WIDTH, columns, scale), WIDTH);
    for (const k of columns) {
      expect(again.mean[k]).toBeCloseTo(0, 5);
      expect(again.deviation[k]).toBeCloseTo(1, 5);
    }
  });

  it('know a column that does not vary whatever its value and the weights', () => {
    const constant = Array.from({ length: 50 }, (_, i): Sequence => {
      const weights = new Float32Array(48).fill(i % 5 === 0 ? 1 / 0.3 : 1 / 0.07);
      return { steps: 48, features: new Float32Array(48).fill(0.1), elapsed: weights, labels: weights, weights };
    });
    expect(standardisationOf(constant, 1).deviation[0]).toBe(1);
  });

  const networks: Record<string, Network> = {
    cfc: networkOf({ cell: 'cfc', mode: 'default', inputs: 2, units: 3, backboneUnits: 4, backboneLayers: 1 }),
    gru: networkOf({ cell: 'gru', inputs: 2, units: 3 }),
  };
  for (const [name, network] of Object.entries(networks)) {
    it(`and calibration, folded into a ${name}, give what they gave outside of it`, () => {
      const columns = [3, 1];
      const theta = initialParameters(network.layout, () => random.uniform());
      const calibration = { slope: 1.7, intercept: -2 };
      const outside = predictLogits(network, theta, standardised(sequences, WIDTH, columns, scale));
      const raw = { mean: new Float64Array(WIDTH), deviation: new Float64Array(WIDTH).fill(1) };
      const inside = predictLogits(
        network,
        folded(network, theta, columns, scale, calibration),
        standardised(sequences, WIDTH, columns, raw),
      );
      for (const [s, logits] of inside.entries()) {
        for (const [t, logit] of logits.entries()) expect(logit).toBeCloseTo(1.7 * outside[s][t] - 2, 5);
      }
    });
  }

  it('are folded into no other cell', () => {
    const network = networkOf({ cell: 'ct-rnn', inputs: 2, units: 3 });
    const theta = initialParameters(network.layout, () => random.uniform());
    expect(() => folded(network, theta, [0, 1], scale, { slope: 1, intercept: 0 })).toThrow(/'ct-rnn'/);
  });
});
