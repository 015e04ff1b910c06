import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plattScaling } from '../../../src/liquid/calibration.ts';
import { sigmoid } from '../../../src/liquid/dense.ts';
import { fitLogistic } from '../../../src/liquid/logistic.ts';
import { poolAdjacentViolators } from '../../../src/liquid/training/calibrate.ts';
import {
  averagePrecision,
  brierScore,
  expectedCalibrationError,
  reliability,
  rocAuc,
} from '../../../src/liquid/training/metrics.ts';
import { mulberry32 } from '../random.ts';

interface Golden {
  readonly program: string;
  readonly metrics: readonly { labels: number[]; scores: number[]; auc: number; ap: number; brier: number }[];
  readonly logistic: { x: number[]; labels: number[]; width: number; ridge: number; weights: number[]; bias: number };
}
const golden: Golden = JSON.parse(readFileSync(new URL('golden/scores.json', import.meta.url), 'utf8'));

describe(`golden values of ${golden.program}`, () => {
  test.each(golden.metrics.map((m, index) => ({ ...m, index })))('AUC, AP and Brier score of case $index', (m) => {
    const scores = Float64Array.from(m.scores);
    expect(rocAuc(scores, m.labels)).toBeCloseTo(m.auc, 12);
    expect(averagePrecision(scores, m.labels)).toBeCloseTo(m.ap, 12);
    expect(brierScore(scores, m.labels)).toBeCloseTo(m.brier, 12);
  });

  test('logistic regression', () => {
    const { x, labels, width, ridge, weights, bias } = golden.logistic;
    const fit = fitLogistic(x, labels, width, ridge);
    expect(fit.bias).toBeCloseTo(bias, 6);
    for (const [k, weight] of weights.entries()) expect(fit.weights[k]).toBeCloseTo(weight, 6);
  });
});

test('AUC is the share of pairs in the right order', () => {
  const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 2,
    maxLength: 40,
    size: 'max',
  });
  fc.assert(
    fc.property(pairs, (cases) => {
      fc.pre(new Set(cases.map(([, label]) => label)).size === 2);
      const above = cases.filter(([, label]) => label === 1);
      const below = cases.filter(([, label]) => label === 0);
      let right = 0;
      for (const [a] of above) for (const [b] of below) right += a > b ? 1 : a === b ? 0.5 : 0;
      const auc = rocAuc(
        Float64Array.from(cases.map(([score]) => score)),
        cases.map(([, label]) => label),
      );
      expect(auc).toBeCloseTo(right / (above.length * below.length), 12);
    }),
  );
});

test('one class alone has no AUC', () => {
  expect(() => rocAuc(new Float64Array([1, 2]), [0, 0])).toThrow(/0 of 2 labels/);
});

test('logistic regression stays finite on classes that one line separates', () => {
  const fit = fitLogistic([-2, -1, 1, 2], [0, 0, 1, 1], 1, 1e-3);
  expect(Number.isFinite(fit.weights[0]) && Number.isFinite(fit.bias)).toBe(true);
  expect(fit.weights[0]).toBeGreaterThan(1);
});

test('Platt scaling undoes a known distortion of the log-odds', () => {
  const random = mulberry32(5);
  const logits = new Float64Array(20000);
  const labels = new Float64Array(20000);
  for (let i = 0; i < logits.length; i++) {
    const logOdds = 6 * random() - 3;
    labels[i] = random() < sigmoid(logOdds) ? 1 : 0;
    logits[i] = (logOdds + 1) / 0.5;
  }
  const { slope, intercept } = plattScaling(logits, labels);
  expect(slope).toBeCloseTo(0.5, 1);
  expect(intercept).toBeCloseTo(-1, 1);
  const calibrated = logits.map((l) => sigmoid(slope * l + intercept));
  expect(expectedCalibrationError(reliability(calibrated, labels))).toBeLessThan(0.02);
});

test('a score that is no number is refused, where it would have no place in an order', () => {
  const scores = Float64Array.of(1, Number.NaN, 2);
  for (const measure of [rocAuc, averagePrecision, poolAdjacentViolators])
    expect(() => measure(scores, Float64Array.of(0, 1, 1))).toThrow(/score 1 of 3 is NaN/);
});
