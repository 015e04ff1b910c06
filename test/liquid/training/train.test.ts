import { describe, expect, test } from 'vitest';
import { networkOf } from '../../../src/liquid/network.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { createUnroll } from '../../../src/liquid/training/bptt.ts';
import { crossEntropyLoss } from '../../../src/liquid/training/loss.ts';
import { rocAuc } from '../../../src/liquid/training/metrics.ts';
import { predictLogits } from '../../../src/liquid/training/predict.ts';
import { batchOf, type Sequence } from '../../../src/liquid/training/sequence.ts';
import { train } from '../../../src/liquid/training/train.ts';
import { mulberry32 } from '../random.ts';
import { recentPulse } from './recent-pulse.ts';

const network = networkOf({ cell: 'cfc', mode: 'default', inputs: 2, units: 8, backboneUnits: 8, backboneLayers: 1 });

const options = {
  learningRate: 0.01,
  weightDecay: 0,
  gradientNormMax: 1,
  batchRows: 16,
  span: 16,
  positiveWeight: 1,
  averaging: 0.9,
  epochsMax: 40,
  patience: 10,
};

describe('training', () => {
  test('learns what only the time spans tell', () => {
    const { theta, epochs } = train(network, recentPulse(1, 160), recentPulse(2, 60), options, mulberry32(3));
    const held = recentPulse(4, 100);
    const scores = Float64Array.from(predictLogits(network, theta, held).flatMap((logits) => [...logits]));
    const labels = held.flatMap((sequence) => [...sequence.labels]);
    expect(rocAuc(scores, labels)).toBeGreaterThan(0.97);

    // With every span set to the mean the same network does worse: it did read them.
    const blind = held.map((sequence) => ({ ...sequence, elapsed: sequence.elapsed.map(() => 1.35) }));
    const blindScores = Float64Array.from(predictLogits(network, theta, blind).flatMap((logits) => [...logits]));
    expect(rocAuc(blindScores, labels)).toBeLessThan(rocAuc(scores, labels) - 0.02);
    expect(epochs.filter((epoch) => epoch.best).length).toBeGreaterThan(1);
  });

  test('gives the same parameters for the same seed, and others for another', () => {
    const short = { ...options, epochsMax: 2 };
    const run = (seed: number) => train(network, recentPulse(1, 20), recentPulse(2, 10), short, mulberry32(seed)).theta;
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  test('stops when the validation loss has not fallen for as long as its patience', () => {
    const { epochs } = train(
      network,
      recentPulse(1, 20),
      recentPulse(2, 10),
      { ...options, learningRate: 0, patience: 3 },
      mulberry32(1),
    );
    expect(epochs.map((epoch) => epoch.best)).toEqual([true, false, false, false]);
  });

  test('refuses one class, a wrong length and NaN by name', () => {
    const good = recentPulse(1, 4);
    const bad = (change: Partial<Sequence>) => () =>
      train(network, [{ ...good[0], ...change }], good, options, mulberry32(1));
    expect(bad({ labels: new Float32Array(good[0].steps) })).toThrow(/labels \{0\}/);
    expect(bad({ elapsed: new Float32Array(1) })).toThrow(/elapsed holds 1 numbers/);
    expect(bad({ features: good[0].features.map(() => Number.NaN) })).toThrow(/features\[0\] is NaN/);
  });
});

describe('backpropagation through time', () => {
  const batch = batchOf(
    recentPulse(9, 3).map((sequence, i) => ({
      ...sequence,
      weights: sequence.weights.map((_, t) => (t % (i + 2) === 0 ? 0 : 1 + i)),
    })),
  );

  test('gives the gradient of its loss, class weight, step weights and rows that end early included', () => {
    const theta = initialParameters(network.layout, mulberry32(2));
    const unroll = createUnroll(network, 3, batch.steps, crossEntropyLoss(1, 2.5));
    const gradient = new Float64Array(theta.length);
    const scratch = new Float64Array(theta.length);
    const loss = (at: Float64Array, into: Float64Array) =>
      unroll.lossAndGradient(at, batch, 0, batch.steps, new Float64Array(3 * 8), into);
    loss(theta, gradient);
    for (let i = 0; i < theta.length; i += 3) {
      const moved = theta.slice();
      moved[i] = theta[i] + 1e-5;
      const above = loss(moved, scratch);
      moved[i] = theta[i] - 1e-5;
      const numeric = (above - loss(moved, scratch)) / 2e-5;
      expect(Math.abs(numeric - gradient[i])).toBeLessThan(1e-8);
    }
  });

  test('carries the state, so that spans in a row see what one long span sees', () => {
    const theta = initialParameters(network.layout, mulberry32(2));
    const whole = new Float64Array(3 * 8);
    createUnroll(network, 3, batch.steps, crossEntropyLoss(1, 1)).lossAndGradient(
      theta,
      batch,
      0,
      batch.steps,
      whole,
      theta.slice(),
    );
    const pieces = new Float64Array(3 * 8);
    const unroll = createUnroll(network, 3, 7, crossEntropyLoss(1, 1));
    for (let t = 0; t < batch.steps; t += 7) {
      unroll.lossAndGradient(theta, batch, t, Math.min(t + 7, batch.steps), pieces, theta.slice());
    }
    expect(pieces).toEqual(whole);
  });
});
