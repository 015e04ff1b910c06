/** Training on P outputs: losses and gradients against finite differences, for every kind of cell. */
import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../../src/liquid/architecture.ts';
import { networkOf } from '../../../src/liquid/network.ts';
import { applyMasks, initialParameters } from '../../../src/liquid/parameters.ts';
import { createUnroll } from '../../../src/liquid/training/bptt.ts';
import {
  crossEntropyLoss,
  LOSS_NAMES,
  type Loss,
  lossOf,
  squaredErrorLoss,
} from '../../../src/liquid/training/loss.ts';
import { predictLogits, predictOutputs } from '../../../src/liquid/training/predict.ts';
import { batchOf, type Sequence } from '../../../src/liquid/training/sequence.ts';
import { train } from '../../../src/liquid/training/train.ts';
import { smallCells } from '../cells/cells.ts';
import { mulberry32, uniform } from '../random.ts';

const inputs = 3;
const outputs = 2;

const sequences = (seed: number, loss: string, lengths: readonly number[] = [5, 3]): readonly Sequence[] => {
  const random = mulberry32(seed);
  return lengths.map((steps) => ({
    steps,
    features: Float32Array.from(uniform(random, steps * inputs)),
    elapsed: Float32Array.from(uniform(random, steps, 0, 2)),
    labels: Float32Array.from(uniform(random, steps * outputs), (u) => (loss === 'squared-error' ? u : u > 0 ? 1 : 0)),
    weights: Float32Array.from({ length: steps }, (_, t) => (t === 1 ? 0 : 1 + t)),
  }));
};

function worstGradientError(architecture: Architecture, loss: Loss, name: string): number {
  const network = networkOf(architecture, outputs);
  const random = mulberry32(5);
  const theta = initialParameters(network.layout, random).map((value) => value + 0.1 * (random() - 0.5));
  applyMasks(network.layout, theta);
  const batch = batchOf(sequences(2, name));
  const unroll = createUnroll(network, 2, 5, loss);
  const at = (parameters: Float64Array, into: Float64Array) =>
    unroll.lossAndGradient(parameters, batch, 0, 5, new Float64Array(2 * network.cell.state), into);
  const gradient = new Float64Array(theta.length);
  const scratch = new Float64Array(theta.length);
  at(theta, gradient);
  const mask = new Float64Array(theta.length).fill(1);
  applyMasks(network.layout, mask);
  let worst = 0;
  for (let i = 0; i < theta.length; i++) {
    if (mask[i] === 0) continue;
    const moved = theta.slice();
    moved[i] = theta[i] + 1e-5;
    const above = at(moved, scratch);
    moved[i] = theta[i] - 1e-5;
    worst = Math.max(worst, Math.abs((above - at(moved, scratch)) / 2e-5 - gradient[i]));
  }
  return worst;
}

describe.each(LOSS_NAMES)('%s over several outputs', (name) => {
  test.each(smallCells(inputs, 4))('has the gradient of its value for %s', (_, architecture) => {
    expect(worstGradientError(architecture, lossOf(name, outputs, 2.5), name)).toBeLessThan(1e-7);
  });
});

test('squared error is the mean over the outputs, times the weight', () => {
  const gradient = new Float64Array(4);
  const loss = squaredErrorLoss(2).weighed(3, Float64Array.of(9, 9, 1, 4), 2, Float32Array.of(0, 2, 1), 1, gradient);
  expect(loss).toBeCloseTo((3 * (1 + 9)) / 2, 12);
  expect([...gradient]).toEqual([0, 0, -3, 9]);
});

test('cross-entropy of two outputs is the mean of that of each', () => {
  const one = crossEntropyLoss(1, 2.5);
  const [logits, labels] = [Float64Array.of(0.3, -1.2), Float32Array.of(1, 0)];
  const apart = one.weighed(0.3, logits, 0, labels, 0, null) + one.weighed(0.3, logits, 1, labels, 1, null);
  expect(crossEntropyLoss(2, 2.5).weighed(0.3, logits, 0, labels, 0, null)).toBeCloseTo(apart / 2, 14);
});

const options = {
  loss: 'squared-error',
  learningRate: 0.02,
  weightDecay: 0,
  gradientNormMax: 1,
  batchRows: 16,
  span: 12,
  averaging: 0.9,
  epochsMax: 40,
  patience: 40,
} as const;

/** To say: the first input of the step before, and the running mean of the second. */
const memories = (seed: number, count: number): readonly Sequence[] => {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const features = Float32Array.from(uniform(random, 24));
    const labels = new Float32Array(24);
    let sum = 0;
    for (let t = 0; t < 12; t++) {
      sum += features[2 * t + 1];
      labels[2 * t] = t === 0 ? 0 : features[2 * t - 2];
      labels[2 * t + 1] = sum / (t + 1);
    }
    const ones = new Float32Array(12).fill(1);
    return { steps: 12, features, labels, elapsed: ones, weights: ones };
  });
};

test('training learns two numbers at once that only the past tells', () => {
  const network = networkOf(
    { cell: 'cfc', mode: 'default', inputs: 2, units: 12, backboneUnits: 12, backboneLayers: 1 },
    2,
  );
  const { theta, epochs } = train(network, memories(1, 120), memories(2, 30), options, mulberry32(3));
  const held = memories(4, 30);
  const said = predictOutputs(network, theta, held);
  for (const p of [0, 1]) {
    let error = 0;
    let variance = 0;
    for (const [i, { labels }] of held.entries()) {
      for (let j = p; j < 24; j += 2) {
        error += (said[i][j] - labels[j]) ** 2;
        variance += labels[j] ** 2;
      }
    }
    expect(error / variance).toBeLessThan(0.1);
  }
  expect(epochs.some(({ best }) => best)).toBe(true);
});

test('labels of the wrong width, nothing that counts and logits of several outputs are refused by name', () => {
  const network = networkOf({ cell: 'gru', inputs: 2, units: 4 }, 2);
  const good = memories(1, 4);
  const run = (change: Partial<Sequence>) => () =>
    train(
      network,
      good.map((one) => ({ ...one, ...change })),
      good,
      options,
      mulberry32(1),
    );
  expect(run({ labels: new Float32Array(12) })).toThrow(/sequence 0: labels holds 12 numbers; 24 are due/);
  expect(run({ weights: new Float32Array(12) })).toThrow(
    expect.objectContaining({ code: 'data-insufficient', message: expect.stringContaining('no step that counts') }),
  );
  expect(() => predictLogits(network, initialParameters(network.layout, mulberry32(1)), good)).toThrow(
    expect.objectContaining({ code: 'architecture-invalid' }),
  );
});
