import { affine, affineBackward, sigmoid } from '../dense.ts';
import { blockOf, layoutOf } from '../parameters.ts';
import type { Cell, CellStep } from './cell.ts';
import { checkSizes } from './sizes.ts';

/**
 * Gated recurrent unit (Cho et al. 2014, with the reset gate behind the recurrent product as in cuDNN and torch.nn.GRUCell, whose names and
 * gate order r, z, n the parameters have). For comparison: it has no time of its own, so the elapsed time is its last input, as ln(1 + dt).
 *
 *   x' = [x; ln(1 + dt)]        r, z = sigmoid(W_i x' + b_i + W_h h + b_h)
 *   n = tanh(W_in x' + b_in + r (W_hn h + b_hn))        h' = (1 - z) n + z h
 */
export interface GruArchitecture {
  readonly cell: 'gru';
  readonly inputs: number;
  readonly units: number;
}

export function gruCell({ inputs, units }: GruArchitecture): Cell {
  checkSizes('GRU', { inputs, units });
  const width = inputs + 1;
  const layout = layoutOf([
    { name: 'weight_ih', rows: 3 * units, columns: width },
    { name: 'bias_ih', rows: 1, columns: 3 * units, start: biasStart(units) },
    { name: 'weight_hh', rows: 3 * units, columns: units },
    { name: 'bias_hh', rows: 1, columns: 3 * units, start: biasStart(units) },
  ]);
  const at = (name: string): number => blockOf(layout, name).offset;
  const [wi, bi, wh, bh] = [at('weight_ih'), at('bias_ih'), at('weight_hh'), at('bias_hh')];

  function createStep(rows: number): CellStep {
    const timed = new Float64Array(rows * width);
    const before = new Float64Array(rows * units);
    const spans = new Float64Array(rows);
    /** [r, z, n] by row: of the input; on return from forward after their activations. */
    const gates = new Float64Array(rows * 3 * units);
    const recurrent = new Float64Array(rows * 3 * units);
    const gradGates = new Float64Array(rows * 3 * units);
    const gradRecurrent = new Float64Array(rows * 3 * units);
    const gradTimed = new Float64Array(rows * width);
    let n = 0;

    return {
      forward(theta, x, state, elapsed, count, next) {
        n = count;
        before.set(state.subarray(0, n * units));
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < inputs; k++) timed[i * width + k] = x[i * inputs + k];
          timed[i * width + inputs] = Math.log1p(elapsed[i]);
          spans[i] = elapsed[i];
        }
        affine(theta, wi, bi, timed, n, width, 3 * units, gates);
        affine(theta, wh, bh, before, n, units, 3 * units, recurrent);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            const row = i * 3 * units + u;
            const reset = sigmoid(gates[row] + recurrent[row]);
            const keep = sigmoid(gates[row + units] + recurrent[row + units]);
            const candidate = Math.tanh(gates[row + 2 * units] + reset * recurrent[row + 2 * units]);
            gates[row] = reset;
            gates[row + units] = keep;
            gates[row + 2 * units] = candidate;
            next[i * units + u] = (1 - keep) * candidate + keep * before[i * units + u];
          }
        }
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            const row = i * 3 * units + u;
            const j = i * units + u;
            const [reset, keep, candidate] = [gates[row], gates[row + units], gates[row + 2 * units]];
            const gradCandidate = gradNext[j] * (1 - keep) * (1 - candidate * candidate);
            const gradReset = gradCandidate * recurrent[row + 2 * units] * reset * (1 - reset);
            const gradKeep = gradNext[j] * (before[j] - candidate) * keep * (1 - keep);
            gradGates[row] = gradReset;
            gradGates[row + units] = gradKeep;
            gradGates[row + 2 * units] = gradCandidate;
            gradRecurrent[row] = gradReset;
            gradRecurrent[row + units] = gradKeep;
            gradRecurrent[row + 2 * units] = gradCandidate * reset;
            gradState[j] = gradNext[j] * keep;
          }
        }
        gradTimed.fill(0);
        affineBackward(theta, wi, bi, timed, n, width, 3 * units, gradGates, gradTheta, gradTimed);
        affineBackward(theta, wh, bh, before, n, units, 3 * units, gradRecurrent, gradTheta, gradState);
        for (let i = 0; i < n; i++) {
          if (gradX !== null) for (let k = 0; k < inputs; k++) gradX[i * inputs + k] = gradTimed[i * width + k];
          if (gradElapsed !== null) gradElapsed[i] = gradTimed[i * width + inputs] / (1 + spans[i]);
        }
      },
    };
  }

  return { inputs, state: units, output: { offset: 0, size: units }, layout, createStep };
}

function biasStart(units: number) {
  const bound = 1 / Math.sqrt(units);
  return { kind: 'uniform', low: -bound, high: bound } as const;
}
