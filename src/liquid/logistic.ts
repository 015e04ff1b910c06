import { solveSymmetric } from './cholesky.ts';
import { sigmoid } from './dense.ts';
import { LiquidError } from './errors.ts';

/** log-odds = bias + weights . x */
export interface Logistic {
  readonly weights: readonly number[];
  readonly bias: number;
}

export function logisticLogOdds({ weights, bias }: Logistic, x: ArrayLike<number>, offset = 0): number {
  let sum = bias;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * x[offset + k];
  return sum;
}

/**
 * Logistic regression by Newton's method with halved steps where a step does not lower the loss. x is [n, width] row-major, targets are in [0, 1].
 * Minimises the sum of cross-entropies + ridge / 2 x |weights|^2 (the bias is free). Throws data-insufficient without rows.
 */
export function fitLogistic(x: ArrayLike<number>, targets: ArrayLike<number>, width: number, ridge: number): Logistic {
  const n = targets.length;
  if (n === 0) throw new LiquidError('data-insufficient', 'logistic regression on no rows');
  const size = width + 1;
  let beta = new Float64Array(size);
  let loss = objective(x, targets, width, ridge, beta);
  for (let iteration = 0; iteration < 100; iteration++) {
    const { gradient, hessian } = derivatives(x, targets, width, ridge, beta);
    const direction = solveSymmetric(hessian, gradient, size);
    let improved = false;
    for (let scale = 1; scale > 1e-6; scale /= 2) {
      const moved = beta.map((b, k) => b - scale * direction[k]);
      const movedLoss = objective(x, targets, width, ridge, moved);
      if (movedLoss < loss) {
        improved = loss - movedLoss > 1e-12 * Math.max(1, loss);
        beta = moved;
        loss = movedLoss;
        break;
      }
    }
    if (!improved) break;
  }
  return { weights: Array.from(beta.subarray(0, width)), bias: beta[width] };
}

function objective(
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  width: number,
  ridge: number,
  beta: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) {
    let u = beta[width];
    for (let k = 0; k < width; k++) u += beta[k] * x[i * width + k];
    sum += Math.max(u, 0) - u * targets[i] + Math.log1p(Math.exp(-Math.abs(u)));
  }
  for (let k = 0; k < width; k++) sum += 0.5 * ridge * beta[k] * beta[k];
  return sum;
}

function derivatives(
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  width: number,
  ridge: number,
  beta: Float64Array,
) {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  const row = new Float64Array(size);
  row[width] = 1;
  for (let i = 0; i < targets.length; i++) {
    let u = beta[width];
    for (let k = 0; k < width; k++) {
      row[k] = x[i * width + k];
      u += beta[k] * row[k];
    }
    const p = sigmoid(u);
    const curvature = p * (1 - p);
    for (let k = 0; k < size; k++) {
      gradient[k] += (p - targets[i]) * row[k];
      const c = curvature * row[k];
      for (let l = 0; l <= k; l++) hessian[k * size + l] += c * row[l];
    }
  }
  for (let k = 0; k < width; k++) {
    gradient[k] += ridge * beta[k];
    hessian[k * size + k] += ridge;
  }
  // A column that never varies, or classes far apart, leave no curvature; this keeps the system solvable.
  for (let k = 0; k < size; k++) hessian[k * size + k] += 1e-9;
  return { gradient, hessian };
}
