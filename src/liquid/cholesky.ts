/**
 * X [size, columns] with A X = B, for symmetric positive definite A [size, size], of which the lower triangle is read, by Cholesky's decomposition.
 * A is left as it is. Where A is singular to rounding the answer is finite and means nothing.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, size: number, columns = 1): Float64Array {
  const l = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j];
      for (let k = 0; k < j; k++) sum -= l[i * size + k] * l[j * size + k];
      l[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / l[j * size + j];
    }
  }
  const x = b.slice();
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) x[i * columns + c] -= l[i * size + k] * x[k * columns + c];
      x[i * columns + c] /= l[i * size + i];
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) x[i * columns + c] -= l[k * size + i] * x[k * columns + c];
      x[i * columns + c] /= l[i * size + i];
    }
  }
  return x;
}
