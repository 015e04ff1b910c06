import { LiquidError } from '../errors.ts';
import { blockOf, joinLayouts, layoutOf } from '../parameters.ts';
import type { Cell, CellStep } from './cell.ts';

/**
 * Time constants that follow the load. Time runs faster for a loaded agent: the cell is given dt' = dt x SPAN^tanh(w . load + b), load being
 * some of its inputs, so all of its time constants shrink by up to SPAN under load and stretch by up to SPAN at rest, by what training
 * finds. A busy agent's state then forgets in seconds what an idle one's keeps for a minute. Wraps any cell that reads elapsed time; ours, not
 * from the literature. Weights and bias start at 0, where the cell is the one inside.
 */
export function withAdaptiveTime(cell: Cell, load: readonly number[]): Cell {
  const { inputs, state, output } = cell;
  const wrong = load.find((entry) => !Number.isInteger(entry) || entry < 0 || entry >= inputs);
  if (load.length === 0 || wrong !== undefined || new Set(load).size !== load.length) {
    throw new LiquidError(
      'architecture-invalid',
      `adaptive load is [${load.join(', ')}]; valid are different inputs from 0 to ${inputs - 1}, at least one`,
    );
  }
  const zero = { kind: 'values', values: new Float64Array(load.length) } as const;
  const extra = layoutOf(
    [
      { name: 'load.weight', rows: 1, columns: load.length, start: zero },
      { name: 'load.bias', rows: 1, columns: 1, start: zero },
    ],
    { prefix: '', offset: cell.layout.size },
  );
  const weight = blockOf(extra, 'load.weight').offset;
  const bias = blockOf(extra, 'load.bias').offset;

  function createStep(rows: number): CellStep {
    const inner = cell.createStep(rows);
    const loads = new Float64Array(rows * load.length);
    const own = new Float64Array(rows);
    const tanhs = new Float64Array(rows);
    const gradOwn = new Float64Array(rows);
    let n = 0;

    return {
      forward(theta, x, before, elapsed, count, next) {
        n = count;
        for (let i = 0; i < n; i++) {
          let u = theta[bias];
          for (let k = 0; k < load.length; k++) {
            loads[i * load.length + k] = x[i * inputs + load[k]];
            u += theta[weight + k] * loads[i * load.length + k];
          }
          tanhs[i] = Math.tanh(u);
          own[i] = elapsed[i] * Math.exp(ADAPTIVE_LOG_SPAN * tanhs[i]);
        }
        inner.forward(theta, x, before, own, n, next);
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        inner.backward(theta, gradNext, gradTheta, gradState, gradX, gradOwn);
        for (let i = 0; i < n; i++) {
          const gradU = gradOwn[i] * own[i] * ADAPTIVE_LOG_SPAN * (1 - tanhs[i] * tanhs[i]);
          gradTheta[bias] += gradU;
          for (let k = 0; k < load.length; k++) {
            gradTheta[weight + k] += gradU * loads[i * load.length + k];
            if (gradX !== null) gradX[i * inputs + load[k]] += gradU * theta[weight + k];
          }
          if (gradElapsed !== null) gradElapsed[i] = gradOwn[i] * Math.exp(ADAPTIVE_LOG_SPAN * tanhs[i]);
        }
      },
    };
  }

  return { inputs, state, output, layout: joinLayouts(cell.layout, extra), createStep };
}

/** ln SPAN: time runs between an eighth and eight times as fast. */
export const ADAPTIVE_LOG_SPAN = Math.log(8);
