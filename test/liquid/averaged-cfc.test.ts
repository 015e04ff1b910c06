import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/fleet/reference/index.ts';
import { averagedCfc, linearCfc } from '../../src/liquid/averaged-cfc.ts';
import { logisticLogOdds } from '../../src/liquid/logistic.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { predictLogits } from '../../src/liquid/training/predict.ts';
import type { Sequence } from '../../src/liquid/training/sequence.ts';

function sequences(random: Random, inputs: number): readonly Sequence[] {
  return Array.from({ length: 3 }, (_, i) => {
    const steps = 4 + i;
    const draw = (n: number, low: number, high: number) =>
      Float32Array.from({ length: n }, () => random.between(low, high));
    return {
      steps,
      features: draw(steps * inputs, -2, 2),
      elapsed: draw(steps, 0, 5),
      labels: new Float32Array(steps),
      weights: new Float32Array(steps).fill(1),
    };
  });
}

const cfc = (inputs: number, units: number, backboneUnits: number) =>
  networkOf({ cell: 'cfc', mode: 'default', inputs, units, backboneUnits, backboneLayers: 1 });

describe('several CfCs as one network', () => {
  it('gives the weighted sum of their logits at every step, whatever their sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.record({ units: fc.integer({ min: 1, max: 5 }), backbone: fc.integer({ min: 1, max: 6 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (seed, sizes) => {
          const random = new Random(seed, 'averaged');
          const given = sequences(random, 3);
          const members = sizes.map(({ units, backbone }) => {
            const network = cfc(3, units, backbone);
            return {
              network,
              theta: initialParameters(network.layout, () => random.uniform()),
              share: random.between(0.1, 2),
            };
          });
          const { network, theta } = averagedCfc(members);
          const one = predictLogits(network, theta, given);
          const each = members.map((member) => predictLogits(member.network, member.theta, given));
          for (const [s, logits] of one.entries()) {
            for (const [t, logit] of logits.entries()) {
              const sum = members.reduce((total, { share }, m) => total + share * each[m][s][t], 0);
              expect(logit).toBeCloseTo(sum, 10);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses networks that are no plain CfCs of the same inputs', () => {
    const gru = networkOf({ cell: 'gru', inputs: 3, units: 2 });
    const member = (network: ReturnType<typeof networkOf>) => ({
      network,
      theta: new Float64Array(network.layout.size),
      share: 1,
    });
    expect(() => averagedCfc([member(gru)])).toThrow(/'gru'/);
    expect(() => averagedCfc([member(cfc(3, 2, 2)), member(cfc(4, 2, 2))])).toThrow(/same inputs/);
    expect(() => averagedCfc([])).toThrow(/one or more/);
  });
});

describe('a logistic regression as a unit', () => {
  it('says what the regression says, at any step and after any time', () => {
    const random = new Random(5, 'linear');
    const regression = { weights: [1.5, -2, 0.25], bias: -3 };
    const given = sequences(random, 3);
    const { network, theta } = linearCfc(regression);
    for (const [s, logits] of predictLogits(network, theta, given).entries()) {
      for (const [t, logit] of logits.entries()) {
        const said = logisticLogOdds(regression, given[s].features, t * 3);
        expect(Math.abs(logit - said)).toBeLessThan(0.002 * Math.max(1, Math.abs(said)));
      }
    }
  });
});
