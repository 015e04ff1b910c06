import { affine, affineBackward, sigmoid, softplus } from '../dense.ts';
import { blockOf, layoutOf } from '../parameters.ts';
import type { Cell, CellStep } from './cell.ts';
import { checkSizes } from './sizes.ts';

/**
 * Continuous-time recurrent network (Funahashi and Nakamura 1993): tau dh/dt = -h + tanh(W [x; h] + b), tau = softplus(tau_raw), one a unit.
 * For comparison: its time constants are fixed once trained. Integrated over the elapsed time by six exponential Euler steps, which stay
 * stable however long it is:  h <- h q + tanh(W [x; h] + b) (1 - q),  q = exp(-dt / (6 tau)).
 */
export interface CtRnnArchitecture {
  readonly cell: 'ct-rnn';
  readonly inputs: number;
  readonly units: number;
}

export const CT_RNN_UNFOLDS = 6;

export function ctRnnCell({ inputs, units }: CtRnnArchitecture): Cell {
  checkSizes('CT-RNN', { inputs, units });
  const width = inputs + units;
  const layout = layoutOf([
    { name: 'weight', rows: units, columns: width },
    { name: 'bias', rows: 1, columns: units },
    { name: 'tau', rows: 1, columns: units, start: { kind: 'uniform', low: 0, high: 2 } },
  ]);
  const weight = blockOf(layout, 'weight').offset;
  const bias = blockOf(layout, 'bias').offset;
  const tau = blockOf(layout, 'tau').offset;

  function createStep(rows: number): CellStep {
    /** [x; h] before each unfold. */
    const joined = Array.from({ length: CT_RNN_UNFOLDS }, () => new Float64Array(rows * width));
    const targets = joined.map(() => new Float64Array(rows * units));
    /** exp(-dt / (6 tau)), [rows, units]. */
    const kept = new Float64Array(rows * units);
    const spans = new Float64Array(rows);
    const gradTarget = new Float64Array(rows * units);
    const gradKept = new Float64Array(rows * units);
    const gradJoined = new Float64Array(rows * width);
    const gradH = new Float64Array(rows * units);
    let n = 0;

    return {
      forward(theta, x, state, elapsed, count, next) {
        n = count;
        for (let i = 0; i < n; i++) {
          spans[i] = elapsed[i];
          for (let u = 0; u < units; u++) {
            const j = i * units + u;
            kept[j] = Math.exp(-elapsed[i] / (CT_RNN_UNFOLDS * softplus(theta[tau + u])));
            next[j] = state[j];
          }
        }
        for (let f = 0; f < CT_RNN_UNFOLDS; f++) {
          const z = joined[f];
          const target = targets[f];
          for (let i = 0; i < n; i++) {
            for (let k = 0; k < inputs; k++) z[i * width + k] = x[i * inputs + k];
            for (let u = 0; u < units; u++) z[i * width + inputs + u] = next[i * units + u];
          }
          affine(theta, weight, bias, z, n, width, units, target);
          for (let j = 0; j < n * units; j++) {
            target[j] = Math.tanh(target[j]);
            next[j] = next[j] * kept[j] + target[j] * (1 - kept[j]);
          }
        }
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        gradH.set(gradNext.subarray(0, n * units));
        gradKept.fill(0);
        gradX?.fill(0, 0, n * inputs);
        for (let f = CT_RNN_UNFOLDS - 1; f >= 0; f--) {
          const z = joined[f];
          const target = targets[f];
          for (let i = 0; i < n; i++) {
            for (let u = 0; u < units; u++) {
              const j = i * units + u;
              gradKept[j] += gradH[j] * (z[i * width + inputs + u] - target[j]);
              gradTarget[j] = gradH[j] * (1 - kept[j]) * (1 - target[j] * target[j]);
              gradH[j] *= kept[j];
            }
          }
          gradJoined.fill(0);
          affineBackward(theta, weight, bias, z, n, width, units, gradTarget, gradTheta, gradJoined);
          for (let i = 0; i < n; i++) {
            for (let u = 0; u < units; u++) gradH[i * units + u] += gradJoined[i * width + inputs + u];
            if (gradX !== null) for (let k = 0; k < inputs; k++) gradX[i * inputs + k] += gradJoined[i * width + k];
          }
        }
        gradElapsed?.fill(0, 0, n);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            const j = i * units + u;
            const constant = softplus(theta[tau + u]);
            const perSpan = (-gradKept[j] * kept[j]) / (CT_RNN_UNFOLDS * constant);
            gradTheta[tau + u] -= ((perSpan * spans[i]) / constant) * sigmoid(theta[tau + u]);
            if (gradElapsed !== null) gradElapsed[i] += perSpan;
            gradState[j] = gradH[j];
          }
        }
      },
    };
  }

  return { inputs, state: units, output: { offset: 0, size: units }, layout, createStep };
}
