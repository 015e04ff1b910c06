/** Simple methods in the network's place: they read the same inputs of one window and go through the same ranking and naming. */
import { Random } from '../../../fleet/reference/index.ts';
import { boostedLogOdds, fitBoostedTrees } from '../../../liquid/baselines/gradient-boosted-trees.ts';
import { fitIsolationForest, isolationScore } from '../../../liquid/baselines/isolation-forest.ts';
import { sigmoid } from '../../../liquid/dense.ts';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../../liquid/features.ts';
import { memorylessStep } from '../../../liquid/memoryless-step.ts';
import type { Model } from '../../../liquid/model.ts';
import { elapsedUnits, type StepFunction } from '../../../liquid/scoring.ts';
import {
  type ReferenceRun,
  recordReferenceRun,
  referenceRuns,
  surroundedRuns,
} from '../../../liquid/training/reference-runs.ts';
import { breathe } from '../breathe.ts';

export const baselineNames = [
  'largest robust deviation',
  'logistic regression',
  'boosted trees',
  'isolation forest',
] as const;
export type BaselineName = (typeof baselineNames)[number];

/** Reference runs that trees and forest are fitted on, small fleets alone so that it takes seconds. */
export const fittedOn = { seed: 7, plain: 6, surrounded: 10, agentsMax: 30 };

/** One agent's window in so many is kept: neighbouring windows say much the same. */
const everyOther = 3;

export async function baselineSteps(
  model: Model,
  signal: AbortSignal,
): Promise<Readonly<Record<BaselineName, StepFunction>>> {
  const { seed, plain, surrounded, agentsMax } = fittedOn;
  const none = { validation: 0, test: 0 };
  const runs = [
    ...referenceRuns(seed, { training: plain, ...none }),
    ...surroundedRuns(seed, { training: surrounded, ...none }),
  ].map((run): ReferenceRun => ({ ...run, agents: Math.min(run.agents, agentsMax) }));
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  let seen = 0;
  for (const run of runs) {
    await breathe(signal);
    const { tracks } = recordReferenceRun(run, model.horizonMs, (ms) => elapsedUnits(model, ms));
    for (const track of tracks) {
      for (let t = 0; t < track.steps; t++) {
        if (track.weights[t] === 0 || seen++ % everyOther !== 0) continue;
        rows.push(track.features.subarray(t * FEATURE_COUNT, (t + 1) * FEATURE_COUNT));
        labels.push(track.labels[t]);
      }
    }
  }
  const x = new Float32Array(rows.length * FEATURE_COUNT);
  for (const [i, row] of rows.entries()) x.set(row, i * FEATURE_COUNT);
  const trees = fitBoostedTrees({ x, labels }, FEATURE_COUNT, { trees: 100 });
  const random = new Random(seed, 'isolation forest');
  const forest = fitIsolationForest(x, FEATURE_COUNT, () => random.uniform());
  return {
    'largest robust deviation': stepOf(largestDeviation),
    'logistic regression': memorylessStep(model),
    'boosted trees': stepOf((inputs, offset) => boostedLogOdds(trees, inputs, offset)),
    'isolation forest': stepOf((inputs, offset) => {
      const score = isolationScore(forest, inputs, offset);
      return Math.log(score) - Math.log1p(-score);
    }),
  };
}

/** A method without memory as a step. */
function stepOf(logOddsOf: (inputs: Float32Array, offset: number) => number): StepFunction {
  return async (inputs, hidden, _elapsed, n) => {
    const logOdds = Float32Array.from({ length: n }, (_, i) => logOddsOf(inputs, i * FEATURE_COUNT));
    return { logOdds, failure: logOdds.map(sigmoid), hidden: hidden.slice() };
  };
}

const rising = ['latency.deviation', 'errors.deviation', 'saturation.deviation', 'silence.windows'].map((name) =>
  FEATURE_NAMES.indexOf(name),
);
const eitherWay = FEATURE_NAMES.indexOf('traffic.deviation');
/** Takes the squashed deviation back to asinh of it, so that it ranks as it stands. */
const unsquash = Math.asinh(50);

/** asinh of the largest robust deviation from the agent's own past: latency, errors, saturation and silence upwards, traffic either way. */
function largestDeviation(inputs: Float32Array, offset: number): number {
  let largest = Math.abs(inputs[offset + eitherWay]);
  for (const entry of rising) largest = Math.max(largest, inputs[offset + entry]);
  return unsquash * largest;
}
