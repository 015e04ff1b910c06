/** Against scikit-learn on the same rows (../golden/baselines.py); the rest are properties. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boostedLogOdds,
  fitBoostedTrees,
  type LabelledRows,
} from '../../../src/liquid/baselines/gradient-boosted-trees.ts';
import { averagePath, fitIsolationForest, isolationScore } from '../../../src/liquid/baselines/isolation-forest.ts';
import { fitRobustThreshold, robustDeviation } from '../../../src/liquid/baselines/robust-threshold.ts';
import { crossEntropy } from '../../../src/liquid/training/loss.ts';
import { rocAuc } from '../../../src/liquid/training/metrics.ts';
import { mulberry32, uniform } from '../random.ts';
import { labelledRows, rowsWithOutliers, WIDTH } from './rows.ts';

const golden: {
  readonly program: string;
  readonly boosting: { readonly auc: number; readonly logLoss: number };
  readonly isolation: { readonly aucs: readonly number[] };
} = JSON.parse(readFileSync(new URL('../golden/baselines.json', import.meta.url), 'utf8'));

describe('gradient-boosted trees', () => {
  const options = { trees: 100, depthMax: 4, learningRate: 0.1 };
  const training = labelledRows(1, 3000);
  const unseen = labelledRows(2, 3000);
  const scores = (model: ReturnType<typeof fitBoostedTrees>, { x, labels }: LabelledRows) =>
    Float64Array.from({ length: labels.length }, (_, i) => boostedLogOdds(model, x, i * WIDTH));

  test(`are as good on unseen rows as those of ${golden.program}`, () => {
    const logOdds = scores(fitBoostedTrees(training, WIDTH, options), unseen);
    const loss = logOdds.reduce((sum, u, i) => sum + crossEntropy(u, unseen.labels[i]), 0) / logOdds.length;
    expect(Math.abs(rocAuc(logOdds, unseen.labels) - golden.boosting.auc)).toBeLessThan(0.01);
    expect(Math.abs(loss - golden.boosting.logLoss)).toBeLessThan(0.01);
  });

  test('do not get worse by more trees where a validation set stops them', () => {
    const many = fitBoostedTrees(training, WIDTH, { ...options, trees: 600, patience: 15 }, unseen);
    expect(many.trees.length).toBeLessThan(300);
    expect(rocAuc(scores(many, unseen), unseen.labels)).toBeGreaterThan(golden.boosting.auc - 0.01);
  });

  test('give what they gave, and do not depend on the scale of a column', () => {
    const scaled = training.x.map((value, j) => (j % WIDTH === 3 ? 1e6 * value + 5 : value));
    const [plain, again, wide] = [training.x, training.x, scaled].map((x) =>
      fitBoostedTrees({ x, labels: training.labels }, WIDTH, { trees: 10 }),
    );
    expect(again).toEqual(plain);
    for (let i = 0; i < 50; i++) {
      expect(boostedLogOdds(wide, scaled, i * WIDTH)).toBeCloseTo(boostedLogOdds(plain, training.x, i * WIDTH), 9);
    }
  });

  test('refuse one class, a wrong length and NaN', () => {
    expect(() => fitBoostedTrees({ x: [1, 2], labels: [1, 1] }, 1)).toThrow(/2 rows with 2 positives/);
    expect(() => fitBoostedTrees({ x: [1, 2, 3], labels: [0, 1] }, 1)).toThrow(/x holds 3 numbers; 2 rows of 1 need 2/);
    expect(() => fitBoostedTrees({ x: [1, Number.NaN], labels: [0, 1] }, 1)).toThrow(/x\[1, 0\] is NaN/);
  });
});

describe('an isolation forest', () => {
  const { x, labels } = rowsWithOutliers(3, 2000);

  test(`finds outliers as well as that of ${golden.program}`, () => {
    const { aucs } = golden.isolation;
    const ours = Array.from({ length: 5 }, (_, seed) => {
      const forest = fitIsolationForest(x, WIDTH, mulberry32(seed));
      return rocAuc(
        Float64Array.from(labels, (_, i) => isolationScore(forest, x, i * WIDTH)),
        labels,
      );
    });
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean(ours) - mean(aucs))).toBeLessThan(0.015);
  });

  test('gives 0 to 1, the same for the same seed, and copes with rows that are all alike', () => {
    const forests = [7, 7].map((seed) => fitIsolationForest(x, WIDTH, mulberry32(seed), { trees: 10, sample: 64 }));
    expect(forests[1]).toEqual(forests[0]);
    for (let i = 0; i < 100; i++) {
      const score = isolationScore(forests[0], x, i * WIDTH);
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThan(1);
    }
    const alike = new Float64Array(40).fill(3);
    expect(isolationScore(fitIsolationForest(alike, 2, mulberry32(1)), alike)).toBeCloseTo(0.5, 9);
  });

  test('has paths as long as an unsuccessful search in a binary search tree', () => {
    // c(n) = 2 H(n - 1) - 2 (n - 1) / n, here with the harmonic number summed up.
    for (const n of [5, 50, 256]) {
      let harmonic = 0;
      for (let k = 1; k < n; k++) harmonic += 1 / k;
      expect(Math.abs(averagePath(n) - (2 * harmonic - (2 * (n - 1)) / n))).toBeLessThan(1.5 / n);
    }
  });
});

describe('a robust threshold', () => {
  test('measures by median and deviation, whatever a third of the rows may be', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = mulberry32(seed);
        const x = uniform(random, 300);
        const spoiled = x.map((value, i) => (i % 3 === 0 ? 1e6 : value));
        const { medians, scales } = fitRobustThreshold(spoiled, 1);
        expect(Math.abs(medians[0])).toBeLessThan(1);
        expect(scales[0]).toBeLessThan(3);
        expect(robustDeviation({ medians, scales }, [1e6])).toBeGreaterThan(1e5);
      }),
    );
  });

  test('of a normal sample is its mean and standard deviation', () => {
    const random = mulberry32(1);
    const normal = Float64Array.from(
      { length: 20_000 },
      () => 5 + 2 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    );
    const { medians, scales } = fitRobustThreshold(normal, 1);
    expect(medians[0]).toBeCloseTo(5, 1);
    expect(scales[0]).toBeCloseTo(2, 1);
    expect(robustDeviation({ medians, scales }, [0, 11], 1)).toBeCloseTo(3, 1);
  });
});
