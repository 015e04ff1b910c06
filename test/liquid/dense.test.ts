import { describe, expect, test } from 'vitest';
import { affine, affineBackward } from '../../src/liquid/dense.ts';
import { mulberry32, uniform } from './random.ts';

/** Both sides of every block of rows and of outputs that the kernels take at once. */
const shapes = [1, 2, 3, 4, 5, 7, 8, 9].flatMap((rows) => [1, 3, 4, 5, 8, 9, 13].map((outputs) => [rows, outputs]));
const inputs = 3;
const before = 2;

describe.each([true, false])('the dense kernels, with a bias: %s', (biased) => {
  test('give what the sums written out give, for any number of rows and outputs', () => {
    for (const [rows, outputs] of shapes) {
      const { theta, x, bias } = example(rows, outputs, biased);
      const out = new Float64Array(rows * outputs);
      affine(theta, before, bias, x, rows, inputs, outputs, out);
      const wanted = new Float64Array(rows * outputs);
      for (let i = 0; i < rows; i++) {
        for (let o = 0; o < outputs; o++) {
          let sum = bias === null ? 0 : theta[bias + o];
          for (let k = 0; k < inputs; k++) sum += theta[before + o * inputs + k] * x[i * inputs + k];
          wanted[i * outputs + o] = sum;
        }
      }
      expect(out, `${rows} rows, ${outputs} outputs`).toEqual(wanted);
    }
  });

  test('add the gradients of these sums to what is there, for any number of rows and outputs', () => {
    for (const [rows, outputs] of shapes) {
      const { theta, x, bias, random } = example(rows, outputs, biased);
      const gradOut = uniform(random, rows * outputs);
      const gradTheta = uniform(random, theta.length);
      const gradX = uniform(random, x.length);
      const [wantedTheta, wantedX] = [gradTheta.slice(), gradX.slice()];
      for (let i = 0; i < rows; i++) {
        for (let o = 0; o < outputs; o++) {
          const g = gradOut[i * outputs + o];
          if (bias !== null) wantedTheta[bias + o] += g;
          for (let k = 0; k < inputs; k++) {
            wantedTheta[before + o * inputs + k] += g * x[i * inputs + k];
            wantedX[i * inputs + k] += g * theta[before + o * inputs + k];
          }
        }
      }
      affineBackward(theta, before, bias, x, rows, inputs, outputs, gradOut, gradTheta, gradX);
      const apart = [...gradTheta.map((g, j) => g - wantedTheta[j]), ...gradX.map((g, j) => g - wantedX[j])];
      expect(Math.max(...apart.map(Math.abs)), `${rows} rows, ${outputs} outputs`).toBeLessThan(1e-13);
    }
  });
});

/** Weights after `before` numbers that are others', then the bias. */
function example(rows: number, outputs: number, biased: boolean) {
  const random = mulberry32(100 * rows + outputs);
  const theta = uniform(random, before + outputs * inputs + outputs);
  return { random, theta, x: uniform(random, rows * inputs), bias: biased ? before + outputs * inputs : null };
}
