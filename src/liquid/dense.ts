/**
 * The two dense kernels under every cell, float64, row-major. They add up four products side by side, or four into one, as one running sum waits
 * for its own last addition and a sum in memory for its own last store. Each output still adds up its inputs in ascending order, so
 * a row's result does not depend on the other rows.
 */

/** out[i, o] = bias[o] + sum over k of weight[o, k] * x[i, k], for n rows. weight and bias are offsets in theta; a null bias is none. */
export function affine(
  theta: Float64Array,
  weight: number,
  bias: number | null,
  x: Float64Array,
  n: number,
  inputs: number,
  outputs: number,
  out: Float64Array,
): void {
  const pairs = n - (n % 2);
  const fours = outputs - (outputs % 4);
  for (let i = 0; i < pairs; i += 2) {
    const a = i * inputs;
    const b = a + inputs;
    const ya = i * outputs;
    const yb = ya + outputs;
    for (let o = 0; o < fours; o += 4) {
      let a0 = bias === null ? 0 : theta[bias + o];
      let a1 = bias === null ? 0 : theta[bias + o + 1];
      let a2 = bias === null ? 0 : theta[bias + o + 2];
      let a3 = bias === null ? 0 : theta[bias + o + 3];
      let b0 = a0;
      let b1 = a1;
      let b2 = a2;
      let b3 = a3;
      const w0 = weight + o * inputs;
      const w1 = w0 + inputs;
      const w2 = w1 + inputs;
      const w3 = w2 + inputs;
      for (let k = 0; k < inputs; k++) {
        const xa = x[a + k];
        const xb = x[b + k];
        const t0 = theta[w0 + k];
        const t1 = theta[w1 + k];
        const t2 = theta[w2 + k];
        const t3 = theta[w3 + k];
        a0 += t0 * xa;
        a1 += t1 * xa;
        a2 += t2 * xa;
        a3 += t3 * xa;
        b0 += t0 * xb;
        b1 += t1 * xb;
        b2 += t2 * xb;
        b3 += t3 * xb;
      }
      out[ya + o] = a0;
      out[ya + o + 1] = a1;
      out[ya + o + 2] = a2;
      out[ya + o + 3] = a3;
      out[yb + o] = b0;
      out[yb + o + 1] = b1;
      out[yb + o + 2] = b2;
      out[yb + o + 3] = b3;
    }
    dotProducts(theta, weight, bias, x, i, inputs, outputs, fours, out);
    dotProducts(theta, weight, bias, x, i + 1, inputs, outputs, fours, out);
  }
  for (let i = pairs; i < n; i++) dotProducts(theta, weight, bias, x, i, inputs, outputs, 0, out);
}

/** Row i of `affine`, from output `first` on. */
function dotProducts(
  theta: Float64Array,
  weight: number,
  bias: number | null,
  x: Float64Array,
  i: number,
  inputs: number,
  outputs: number,
  first: number,
  out: Float64Array,
): void {
  const xi = i * inputs;
  const yi = i * outputs;
  let o = first;
  // A single agent's step is this loop: eight sums side by side keep the adders busy.
  for (; o + 8 <= outputs; o += 8) {
    let s0 = bias === null ? 0 : theta[bias + o];
    let s1 = bias === null ? 0 : theta[bias + o + 1];
    let s2 = bias === null ? 0 : theta[bias + o + 2];
    let s3 = bias === null ? 0 : theta[bias + o + 3];
    let s4 = bias === null ? 0 : theta[bias + o + 4];
    let s5 = bias === null ? 0 : theta[bias + o + 5];
    let s6 = bias === null ? 0 : theta[bias + o + 6];
    let s7 = bias === null ? 0 : theta[bias + o + 7];
    const w0 = weight + o * inputs;
    const w1 = w0 + inputs;
    const w2 = w1 + inputs;
    const w3 = w2 + inputs;
    const w4 = w3 + inputs;
    const w5 = w4 + inputs;
    const w6 = w5 + inputs;
    const w7 = w6 + inputs;
    for (let k = 0; k < inputs; k++) {
      const xk = x[xi + k];
      s0 += theta[w0 + k] * xk;
      s1 += theta[w1 + k] * xk;
      s2 += theta[w2 + k] * xk;
      s3 += theta[w3 + k] * xk;
      s4 += theta[w4 + k] * xk;
      s5 += theta[w5 + k] * xk;
      s6 += theta[w6 + k] * xk;
      s7 += theta[w7 + k] * xk;
    }
    out[yi + o] = s0;
    out[yi + o + 1] = s1;
    out[yi + o + 2] = s2;
    out[yi + o + 3] = s3;
    out[yi + o + 4] = s4;
    out[yi + o + 5] = s5;
    out[yi + o + 6] = s6;
    out[yi + o + 7] = s7;
  }
  for (; o < outputs; o++) {
    let sum = bias === null ? 0 : theta[bias + o];
    const w = weight + o * inputs;
    for (let k = 0; k < inputs; k++) sum += theta[w + k] * x[xi + k];
    out[yi + o] = sum;
  }
}

/** Adds the gradients of `affine` to gradTheta and gradX, given gradOut [n, outputs]. */
export function affineBackward(
  theta: Float64Array,
  weight: number,
  bias: number | null,
  x: Float64Array,
  n: number,
  inputs: number,
  outputs: number,
  gradOut: Float64Array,
  gradTheta: Float64Array,
  gradX: Float64Array,
): void {
  addWeightGradient(weight, bias, x, n, inputs, outputs, gradOut, gradTheta);
  addInputGradient(theta, weight, n, inputs, outputs, gradOut, gradX);
}

function addWeightGradient(
  weight: number,
  bias: number | null,
  x: Float64Array,
  n: number,
  inputs: number,
  outputs: number,
  gradOut: Float64Array,
  gradTheta: Float64Array,
): void {
  const fours = n - (n % 4);
  for (let i = 0; i < fours; i += 4) {
    const x0 = i * inputs;
    const x1 = x0 + inputs;
    const x2 = x1 + inputs;
    const x3 = x2 + inputs;
    for (let o = 0; o < outputs; o++) {
      const g0 = gradOut[i * outputs + o];
      const g1 = gradOut[(i + 1) * outputs + o];
      const g2 = gradOut[(i + 2) * outputs + o];
      const g3 = gradOut[(i + 3) * outputs + o];
      if (bias !== null) gradTheta[bias + o] += g0 + g1 + g2 + g3;
      const w = weight + o * inputs;
      for (let k = 0; k < inputs; k++) {
        gradTheta[w + k] += g0 * x[x0 + k] + g1 * x[x1 + k] + g2 * x[x2 + k] + g3 * x[x3 + k];
      }
    }
  }
  for (let i = fours; i < n; i++) {
    for (let o = 0; o < outputs; o++) {
      const g = gradOut[i * outputs + o];
      if (bias !== null) gradTheta[bias + o] += g;
      const w = weight + o * inputs;
      for (let k = 0; k < inputs; k++) gradTheta[w + k] += g * x[i * inputs + k];
    }
  }
}

function addInputGradient(
  theta: Float64Array,
  weight: number,
  n: number,
  inputs: number,
  outputs: number,
  gradOut: Float64Array,
  gradX: Float64Array,
): void {
  const fours = outputs - (outputs % 4);
  for (let i = 0; i < n; i++) {
    const xi = i * inputs;
    const yi = i * outputs;
    for (let o = 0; o < fours; o += 4) {
      const g0 = gradOut[yi + o];
      const g1 = gradOut[yi + o + 1];
      const g2 = gradOut[yi + o + 2];
      const g3 = gradOut[yi + o + 3];
      const w0 = weight + o * inputs;
      const w1 = w0 + inputs;
      const w2 = w1 + inputs;
      const w3 = w2 + inputs;
      for (let k = 0; k < inputs; k++) {
        gradX[xi + k] += g0 * theta[w0 + k] + g1 * theta[w1 + k] + g2 * theta[w2 + k] + g3 * theta[w3 + k];
      }
    }
    for (let o = fours; o < outputs; o++) {
      const g = gradOut[yi + o];
      const w = weight + o * inputs;
      for (let k = 0; k < inputs; k++) gradX[xi + k] += g * theta[w + k];
    }
  }
}

/** The logistic function, without overflow at either end. */
export function sigmoid(u: number): number {
  if (u >= 0) return 1 / (1 + Math.exp(-u));
  const e = Math.exp(u);
  return e / (1 + e);
}

/** ln(1 + e^u), without overflow. */
export function softplus(u: number): number {
  return Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
}
