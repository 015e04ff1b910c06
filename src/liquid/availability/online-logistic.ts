import { solveSymmetric } from '../cholesky.ts';
import { sigmoid } from '../dense.ts';

export interface OnlineLogisticOptions {
  /** Updates after which what was learned counts half. */
  readonly halfLife: number;
  /** Keeps weights small until there are cases that say otherwise. */
  readonly ridge: number;
  /** Log-odds before anything was learned. */
  readonly bias: number;
}

/**
 * Logistic regression that goes on learning, by one step of Newton's method a batch over the curvature of all batches, faded: recursive least squares with
 * forgetting (Ljung and Söderström 1983) for log-odds. The last column is taken for the bias: it must be 1.
 */
export class OnlineLogistic {
  readonly width: number;
  readonly weights: Float64Array;
  readonly #options: OnlineLogisticOptions;
  readonly #kept: number;
  readonly #curvature: Float64Array;

  constructor(width: number, options: OnlineLogisticOptions) {
    this.width = width;
    this.#options = options;
    this.#kept = 0.5 ** (1 / options.halfLife);
    this.weights = new Float64Array(width);
    this.weights[width - 1] = options.bias;
    this.#curvature = new Float64Array(width * width);
  }

  /** Log-odds of the row of x that begins at `offset`. */
  logOdds(x: ArrayLike<number>, offset: number): number {
    let sum = 0;
    for (let k = 0; k < this.width; k++) sum += this.weights[k] * x[offset + k];
    return sum;
  }

  /** x: [n, width]; labels 0 or 1; counts: how many cases each row stands for. */
  learn(x: ArrayLike<number>, labels: ArrayLike<number>, counts: ArrayLike<number>): void {
    const { width } = this;
    const curvature = this.#curvature;
    for (let i = 0; i < curvature.length; i++) curvature[i] *= this.#kept;
    const gradient = new Float64Array(width);
    for (let i = 0; i < labels.length; i++) {
      const at = i * width;
      const p = sigmoid(this.logOdds(x, at));
      const error = counts[i] * (p - labels[i]);
      const bend = counts[i] * p * (1 - p);
      for (let k = 0; k < width; k++) {
        gradient[k] += error * x[at + k];
        const c = bend * x[at + k];
        if (c === 0) continue;
        for (let l = 0; l <= k; l++) curvature[k * width + l] += c * x[at + l];
      }
    }
    const damped = curvature.slice();
    for (let k = 0; k < width; k++) damped[k * width + k] += this.#options.ridge;
    const step = solveSymmetric(damped, gradient, width);
    for (let k = 0; k < width; k++) this.weights[k] -= step[k];
  }
}
