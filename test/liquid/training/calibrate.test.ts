import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStepRunner } from '../../../src/compute/step-runner.ts';
import { type Calibration, calibrate, plattScaling, smoothedTargets } from '../../../src/liquid/calibration.ts';
import { sigmoid } from '../../../src/liquid/dense.ts';
import { readModel, serializeModel } from '../../../src/liquid/model.ts';
import { networkStep } from '../../../src/liquid/network-step.ts';
import { stepProgram } from '../../../src/liquid/onnx/step-program.ts';
import { chooseCalibration, isotonicScaling, poolAdjacentViolators } from '../../../src/liquid/training/calibrate.ts';
import { crossEntropy } from '../../../src/liquid/training/loss.ts';
import { randomModelParts } from '../models.ts';
import { mulberry32, uniform } from '../random.ts';

/** Logits and labels of which both classes occur. */
const cases = fc
  .array(fc.tuple(fc.double({ min: -8, max: 8, noNaN: true }), fc.boolean()), {
    minLength: 4,
    maxLength: 120,
    size: 'max',
  })
  .filter((list) => list.some(([, label]) => label) && list.some(([, label]) => !label))
  .map((list) => ({
    logits: Float64Array.from(list, ([logit]) => logit),
    labels: Uint8Array.from(list, ([, label]) => (label ? 1 : 0)),
  }));

function loss(calibration: Calibration, logits: Float64Array, labels: Uint8Array): number {
  const targets = smoothedTargets(labels, labels.length);
  return logits.reduce((sum, logit, i) => sum + crossEntropy(calibrate(calibration, logit), targets[i]), 0);
}

const asItIs: Calibration = { slope: 1, intercept: 0 };

describe.each([
  ['Platt scaling', plattScaling],
  ['isotonic scaling', isotonicScaling],
] as const)('%s', (name, scaling) => {
  test('never falls where the logits tell the classes the right way round, and stays within [0, 1]', () => {
    fc.assert(
      fc.property(cases, ({ logits, labels }) => {
        const calibration = scaling(logits, labels);
        fc.pre(plattScaling(logits, labels).slope > 0);
        let before = Number.NEGATIVE_INFINITY;
        for (let logit = -12; logit <= 12; logit += 0.05) {
          const logOdds = calibrate(calibration, logit);
          expect(logOdds).toBeGreaterThanOrEqual(before - 1e-9 * Math.max(1, Math.abs(logOdds)));
          const p = sigmoid(logOdds);
          expect(p >= 0 && p <= 1).toBe(true);
          before = logOdds;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never has a higher log-loss on the cases that it was fitted on than the logits as they are', () => {
    fc.assert(
      fc.property(cases, ({ logits, labels }) => {
        const calibration = scaling(logits, labels);
        expect(loss(calibration, logits, labels)).toBeLessThanOrEqual(loss(asItIs, logits, labels) + 1e-6);
        if (name === 'isotonic scaling') {
          const platt = loss(plattScaling(logits, labels), logits, labels);
          expect(loss(calibration, logits, labels)).toBeLessThanOrEqual(platt + 1e-9);
        }
      }),
      { numRuns: 100 },
    );
  });
});

test('blocks are the isotonic fit, by the formula of its greatest lower and least upper means', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 25,
        size: 'max',
      }),
      (list) => {
        const lines = Float64Array.from(list, ([line]) => line);
        const targets = Float64Array.from(list, ([, target]) => target);
        const blocks = poolAdjacentViolators(lines, targets);
        expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
        // Barlow et al. 1972: the fit at x is the largest, over what begins at or before x, of the smallest means over what ends at or after x.
        const levels = [...new Set(lines)].sort((a, b) => a - b);
        const meanOver = (from: number, to: number): number => {
          const inside = list.filter(([line]) => line >= levels[from] && line <= levels[to]);
          return inside.reduce((sum, [, target]) => sum + target, 0) / inside.length;
        };
        const fitted = levels.map((_, i) =>
          Math.max(
            ...levels
              .slice(0, i + 1)
              .map((_from, from) => Math.min(...levels.slice(i).map((_to, k) => meanOver(from, i + k)))),
          ),
        );
        let at = 0;
        for (const { target, count } of blocks) {
          for (let seen = 0; seen < count; at++) {
            expect(fitted[at]).toBeCloseTo(target / count, 9);
            seen += list.filter(([line]) => line === levels[at]).length;
          }
        }
        expect(at).toBe(levels.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('cases that are all of one class are one block, however many: an isotonic line has no level piece, and keeps the order of all scores', () => {
  const random = mulberry32(5);
  let bent = 0;
  for (let trial = 0; trial < 40; trial++) {
    const logits = uniform(random, 200, -8, 4).sort();
    const labels = Uint8Array.from(logits, (logit) => (random() < sigmoid(2 * logit) ? 1 : 0));
    const calibration = isotonicScaling(logits, labels);
    bent += calibration.bends === undefined ? 0 : 1;
    const calibrated = logits.map((logit) => calibrate(calibration, logit));
    for (let i = 1; i < logits.length; i++) {
      const rise = calibrated[i] - calibrated[i - 1];
      expect(rise).toBeGreaterThan(1e-6 * (logits[i] - logits[i - 1]));
    }
  }
  expect(bent).toBeGreaterThan(20);
});

describe('the choice', () => {
  /** Cases of which every other one is in the other half; what happens follows `truth` of the logit. */
  function drawn(truth: (logit: number) => number, n: number) {
    const random = mulberry32(7);
    const logits = uniform(random, n, -5, 5);
    const labels = Uint8Array.from(logits, (logit) => (random() < truth(logit) ? 1 : 0));
    return [{ logits, labels }, Uint8Array.from(labels, (_, i) => i % 2)] as const;
  }

  test('is the line where a line is the truth, and then it is nearly that line', () => {
    const [cases, half] = drawn((logit) => sigmoid(0.7 * logit - 0.5), 12_000);
    const { chosen, calibration, heldBack } = chooseCalibration(cases, half);
    expect(heldBack?.platt).toBeLessThan(heldBack?.uncalibrated ?? 0);
    expect(chosen).toBe('platt');
    expect(calibration.slope).toBeCloseTo(0.7, 1);
    expect(calibration.intercept).toBeCloseTo(-0.5, 1);
  });

  test('is the bent one where probabilities rise in steps, by the Brier score on the other half', () => {
    const [cases, half] = drawn((logit) => (logit < -1 ? 0.02 : logit < 2 ? 0.4 : 0.6), 6000);
    const { chosen, calibration, heldBack } = chooseCalibration(cases, half);
    expect(chosen).toBe('isotonic');
    expect(heldBack?.isotonic).toBeLessThan(heldBack?.platt ?? 0);
    expect(calibration.bends?.length).toBeGreaterThan(1);
    expect(calibration.bends?.length).toBeLessThanOrEqual(16);
    expect(Math.abs(sigmoid(calibrate(calibration, 0)) - 0.4)).toBeLessThan(0.1);
    expect(sigmoid(calibrate(calibration, -4))).toBeLessThan(0.1);
  });

  test('is Platt’s without a comparison where a half holds one class alone', () => {
    const cases = { logits: Float64Array.of(0, 1, 0, 1), labels: Uint8Array.of(0, 1, 0, 0) };
    expect(chooseCalibration(cases, Uint8Array.of(0, 0, 1, 1))).toMatchObject({ chosen: 'platt', heldBack: null });
  });
});

test('a bent calibration is kept by a model file, and runs in ONNX as in TypeScript, to 1e-5', async () => {
  const bends = [
    { at: -2, by: 0.8 },
    { at: 0.1, by: -1.5 },
    { at: 1, by: 0.9 },
  ];
  const parts = { ...randomModelParts(3), calibration: { slope: 1.4, intercept: -0.2, bends } };
  const model = readModel(JSON.parse(serializeModel(parts)));
  expect(model.calibration).toEqual(parts.calibration);
  const { network, theta, calibration, name } = model;
  const runner = await createStepRunner(stepProgram(network, theta, { name, tile: 64, calibration }));
  const n = 200;
  const random = mulberry32(5);
  const features = Float32Array.from(uniform(random, n * network.cell.inputs));
  const hidden = Float32Array.from(uniform(random, n * network.cell.state));
  const elapsed = new Float32Array(n).fill(1);
  const ours = await networkStep(model)(features, hidden, elapsed, n);
  const theirs = await runner.step(features, hidden, elapsed, n);
  for (let i = 0; i < n; i++) {
    expect(Math.abs(theirs.logOdds[i] - ours.logOdds[i])).toBeLessThan(1e-5);
    expect(Math.abs(theirs.failure[i] - ours.failure[i])).toBeLessThan(1e-5);
  }
  await runner.close();
});
