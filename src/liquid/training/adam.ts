/** Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019). */
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

export interface Adam {
  /** Moves theta against the gradient, in place. `scale` multiplies the learning rate, for schedules. */
  update(theta: Float64Array, gradient: Float64Array, scale?: number): void;
}

export function createAdam(size: number, options: AdamOptions): Adam {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let steps = 0;
  return {
    update(theta, gradient, scale = 1) {
      steps++;
      const rate = learningRate * scale;
      const correct1 = 1 / (1 - beta1 ** steps);
      const correct2 = 1 / (1 - beta2 ** steps);
      for (let i = 0; i < size; i++) {
        const g = gradient[i];
        first[i] = beta1 * first[i] + (1 - beta1) * g;
        second[i] = beta2 * second[i] + (1 - beta2) * g * g;
        theta[i] -=
          rate * ((first[i] * correct1) / (Math.sqrt(second[i] * correct2) + epsilon) + weightDecay * theta[i]);
      }
    },
  };
}

/** Scales the gradient down to the norm given where it is longer (Pascanu et al. 2013). Returns the norm it had. */
export function clipNorm(gradient: Float64Array, most: number): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  const norm = Math.sqrt(sum);
  if (norm > most) {
    const factor = most / norm;
    for (let i = 0; i < gradient.length; i++) gradient[i] *= factor;
  }
  return norm;
}
