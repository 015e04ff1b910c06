/**
 * Conditional logit: which of a case's alternatives is chosen, P(i) = exp(w . x_i) / sum_j exp(w . x_j) (McFadden 1974). Alternatives are a
 * run's steps; features may differ from step to step and the number of steps from run to run.
 */
import { solveSymmetric } from '../cholesky.ts';
import { LiquidError } from '../errors.ts';

/** One case: `rows` alternatives, `x` [rows, width] row-major. */
export interface ChoiceSet {
  readonly rows: number;
  readonly x: Float64Array;
}

export interface ChosenSet extends ChoiceSet {
  /** The alternative that was chosen, from 0. */
  readonly chosen: number;
}

/** Probabilities of a case's alternatives; they add up to 1. */
export function choiceProbabilities(weights: ArrayLike<number>, { rows, x }: ChoiceSet): Float64Array {
  const width = weights.length;
  const p = new Float64Array(rows);
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    let u = 0;
    for (let k = 0; k < width; k++) u += weights[k] * x[i * width + k];
    p[i] = u;
    largest = Math.max(largest, u);
  }
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    p[i] = Math.exp(p[i] - largest);
    sum += p[i];
  }
  for (let i = 0; i < rows; i++) p[i] /= sum;
  return p;
}

/**
 * Minimises sum of -log P(chosen) + ridge / 2 x |weights|^2 by Newton's method with halved steps where a step does not lower the loss; the loss is
 * convex, so there is one minimum. Features should be of like scale. Throws data-insufficient without cases, batch-shape where x does not
 * fit `width` or the chosen alternative is none.
 */
export function fitChoice(cases: readonly ChosenSet[], width: number, ridge: number): Float64Array {
  if (cases.length === 0) throw new LiquidError('data-insufficient', 'a choice model on no cases');
  for (const [i, { rows, x, chosen }] of cases.entries()) {
    if (x.length !== rows * width || !(chosen >= 0 && chosen < rows)) {
      throw new LiquidError(
        'batch-shape',
        `case ${i}: ${x.length} features and choice ${chosen}; valid is ${rows} x ${width} and 0 to ${rows - 1}`,
      );
    }
  }
  let weights = new Float64Array(width);
  let loss = choiceLoss(cases, weights, ridge);
  for (let iteration = 0; iteration < 100; iteration++) {
    const { gradient, hessian } = derivatives(cases, weights, ridge);
    const direction = solveSymmetric(hessian, gradient, width);
    let improved = false;
    for (let scale = 1; scale > 1e-6; scale /= 2) {
      const moved = weights.map((w, k) => w - scale * direction[k]);
      const movedLoss = choiceLoss(cases, moved, ridge);
      if (movedLoss < loss) {
        improved = loss - movedLoss > 1e-10 * Math.max(1, loss);
        weights = moved;
        loss = movedLoss;
        break;
      }
    }
    if (!improved) break;
  }
  return weights;
}

/** What `fitChoice` minimises. */
export function choiceLoss(cases: readonly ChosenSet[], weights: Float64Array, ridge: number): number {
  let sum = 0;
  for (const one of cases) sum -= Math.log(Math.max(choiceProbabilities(weights, one)[one.chosen], 1e-300));
  for (const w of weights) sum += 0.5 * ridge * w * w;
  return sum;
}

function derivatives(cases: readonly ChosenSet[], weights: Float64Array, ridge: number) {
  const width = weights.length;
  const gradient = weights.map((w) => ridge * w);
  const hessian = new Float64Array(width * width);
  const mean = new Float64Array(width);
  for (const one of cases) {
    const { rows, x, chosen } = one;
    const p = choiceProbabilities(weights, one);
    mean.fill(0);
    for (let i = 0; i < rows; i++) for (let k = 0; k < width; k++) mean[k] += p[i] * x[i * width + k];
    for (let k = 0; k < width; k++) gradient[k] += mean[k] - x[chosen * width + k];
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < width; k++) {
        const c = p[i] * (x[i * width + k] - mean[k]);
        for (let l = 0; l <= k; l++) hessian[k * width + l] += c * (x[i * width + l] - mean[l]);
      }
    }
  }
  // A feature that never varies within a case leaves no curvature where the ridge is 0.
  for (let k = 0; k < width; k++) hessian[k * width + k] += ridge + 1e-9;
  return { gradient, hessian };
}
