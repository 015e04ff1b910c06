import { calibrate } from './calibration.ts';
import { sigmoid } from './dense.ts';
import { FEATURE_NAMES } from './features.ts';
import type { Model } from './model.ts';
import { readLogits } from './network.ts';
import type { StepFunction } from './scoring.ts';
import { checkStepInputs } from './step-inputs.ts';

/** The model's step in TypeScript, float64 inside: what the exported step is checked against, and what training's figures are taken with. */
export function networkStep({ network, theta, calibration }: Model): StepFunction {
  return async (features, hidden, elapsed, n) => {
    checkStepInputs(features, hidden, elapsed, n, network.cell, FEATURE_NAMES);
    const next = new Float64Array(n * network.cell.state);
    network.cell
      .createStep(n)
      .forward(theta, Float64Array.from(features), Float64Array.from(hidden), Float64Array.from(elapsed), n, next);
    const logits = new Float64Array(n);
    readLogits(network, theta, next, n, logits);
    const logOdds = Float32Array.from(logits, (logit) => calibrate(calibration, logit));
    return { logOdds, failure: logOdds.map(sigmoid), hidden: Float32Array.from(next) };
  };
}
