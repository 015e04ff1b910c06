import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/fleet/reference/index.ts';
import { LearningNetwork } from '../../../src/liquid/availability/learning-network.ts';
import { membersOf } from '../../../src/liquid/availability/members.ts';
import { OnlineLogistic } from '../../../src/liquid/availability/online-logistic.ts';
import { averagedCfc } from '../../../src/liquid/averaged-cfc.ts';
import { fitLogistic } from '../../../src/liquid/logistic.ts';
import { networkOf } from '../../../src/liquid/network.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';

const OPTIONS = {
  learningRate: 0.01,
  weightDecay: 0,
  following: 0.2,
  gradientNormMax: 1,
  batchRows: 4,
  span: 8,
};

function cfc(units: number, seed: number) {
  const network = networkOf({
    cell: 'cfc',
    mode: 'default',
    inputs: 2,
    units,
    backboneUnits: units + 1,
    backboneLayers: 1,
  });
  const random = new Random(seed, 'weights');
  return { network, theta: initialParameters(network.layout, () => random.uniform()) };
}

/** Says 1 where the first feature is above 0. */
function sequences(random: Random, count: number) {
  return Array.from({ length: count }, () => {
    const features = Float32Array.from({ length: 16 }, () => random.normal());
    return {
      steps: 8,
      features,
      elapsed: new Float32Array(8).fill(1),
      labels: Float32Array.from({ length: 8 }, (_, t) => (features[2 * t] > 0 ? 1 : 0)),
      weights: new Float32Array(8).fill(1),
    };
  });
}

describe('a logistic regression that goes on learning', () => {
  it('comes to what one fitted to all cases at once says, where nothing is forgotten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const random = new Random(seed, 'cases');
        const online = new OnlineLogistic(3, { halfLife: 1e12, ridge: 1, bias: 0 });
        const all: number[] = [];
        const targets: number[] = [];
        for (let batch = 0; batch < 400; batch++) {
          const x = Array.from({ length: 10 }, () => [random.normal(), random.normal(), 1]);
          const labels = x.map(([a, b]) => (random.uniform() < 1 / (1 + Math.exp(1 - a + 0.5 * b)) ? 1 : 0));
          online.learn(x.flat(), labels, new Float64Array(10).fill(1));
          all.push(...x.flatMap((row) => row.slice(0, 2)));
          targets.push(...labels);
        }
        const { weights, bias } = fitLogistic(all, targets, 2, 1);
        for (const [k, weight] of [...weights, bias].entries()) expect(online.weights[k]).toBeCloseTo(weight, 1);
      }),
      { numRuns: 5 },
    );
  });

  it('follows a world that turns round, the sooner the more it forgets', () => {
    const said = [20, 400].map((halfLife) => {
      const random = new Random(1, 'turn');
      const online = new OnlineLogistic(2, { halfLife, ridge: 1, bias: 0 });
      for (let batch = 0; batch < 400; batch++) {
        const x = Array.from({ length: 10 }, () => [random.normal(), 1]);
        const sign = batch < 300 ? 2 : -2;
        const labels = x.map(([a]) => (random.uniform() < 1 / (1 + Math.exp(-sign * a)) ? 1 : 0));
        online.learn(x.flat(), labels, new Float64Array(10).fill(1));
      }
      return online.logOdds([1, 1], 0);
    });
    expect(said[0]).toBeLessThan(-1);
    expect(said[0]).toBeLessThan(said[1]);
  });
});

describe('the members of an averaged network', () => {
  it('are what was put into it', () => {
    const parts = [cfc(3, 1), cfc(5, 2)].map((part) => ({ ...part, share: 0.5 }));
    const whole = averagedCfc(parts);
    const sizes = [3, 5].map((units) => ({ units, backboneUnits: units + 1, share: 0.5 }));
    for (const [m, { network, theta }] of membersOf(whole.network, whole.theta, sizes).entries()) {
      expect(network.architecture).toEqual(parts[m].network.architecture);
      // The bias is that of the whole.
      expect([...theta.slice(0, -1)]).toEqual([...parts[m].theta.slice(0, -1)]);
    }
    expect(() => membersOf(whole.network, whole.theta, [{ units: 9, backboneUnits: 10, share: 1 }])).toThrow(
      /no place/,
    );
  });
});

describe('a network that goes on learning', () => {
  it('says more of what it is asked the longer it learns, and scores the same way twice', () => {
    const random = new Random(4, 'sequences');
    const { network, theta } = cfc(4, 3);
    const [learner, twin] = [0, 1].map(() => new LearningNetwork(network, theta, 2, OPTIONS));
    const x = Float32Array.from([2, 0, -2, 0]);
    const before = new LearningNetwork(network, theta, 2, OPTIONS).score(x, [0, 1], 1);
    const given = sequences(random, 400);
    for (const one of [learner, twin]) {
      one.fitBias(given.slice(0, 40));
      one.learn(given);
    }
    const after = learner.score(x, [0, 1], 1);
    expect(after[0] - after[1]).toBeGreaterThan(before[0] - before[1] + 1);
    expect(after[0]).toBeGreaterThan(0);
    expect(after[1]).toBeLessThan(0);
    expect([...twin.score(x, [0, 1], 1)]).toEqual([...after]);
  });
});
