import { sigmoid } from './dense.ts';
import { FEATURE_COUNT } from './features.ts';
import { logisticLogOdds } from './logistic.ts';
import type { Model } from './model.ts';
import type { StepFunction } from './scoring.ts';

/** The no-liquid ablation: the model's logistic regression in the place of its network. It reads the same inputs and keeps no state. */
export function memorylessStep({ memoryless }: Model): StepFunction {
  return async (features, hidden, _elapsed, n) => {
    const logOdds = Float32Array.from({ length: n }, (_, i) =>
      logisticLogOdds(memoryless, features, i * FEATURE_COUNT),
    );
    return { logOdds, failure: logOdds.map(sigmoid), hidden: hidden.slice() };
  };
}
