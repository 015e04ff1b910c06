import { affine, affineBackward, sigmoid } from '../dense.ts';
import { blockOf, joinLayouts, layoutOf, type Shape } from '../parameters.ts';
import type { Cell, CellStep } from './cell.ts';

/**
 * Mixed memory (Lechner and Hasani, Learning long-term dependencies in irregularly-sampled time series, 2020): an LSTM step updates
 * the hidden state and a memory of its own before the cell runs, so that gradients reach far back whatever the time spans.
 *
 *   [i, ig, fg, og] = input_map x + recurrent_map h     c' = sigmoid(fg + 1) c + sigmoid(ig) tanh(i)     m = sigmoid(og) tanh(c')
 *   h' = cell(x, m, dt)                                  state = [h | c], output that of the cell
 */
export function withMixedMemory(cell: Cell): Cell {
  const { inputs, state: units } = cell;
  const extra: readonly Shape[] = [
    { name: 'lstm.input_map.weight', rows: 4 * units, columns: inputs },
    { name: 'lstm.input_map.bias', rows: 1, columns: 4 * units },
    { name: 'lstm.recurrent_map.weight', rows: 4 * units, columns: units },
  ];
  // The inner cell's blocks come first, so that it finds its parameters where its own layout says.
  const layout = joinLayouts(cell.layout, layoutOf(extra, { prefix: '', offset: cell.layout.size }));
  const wi = blockOf(layout, 'lstm.input_map.weight').offset;
  const bi = blockOf(layout, 'lstm.input_map.bias').offset;
  const wr = blockOf(layout, 'lstm.recurrent_map.weight').offset;

  function createStep(rows: number): CellStep {
    const inner = cell.createStep(rows);
    const gates = new Float64Array(rows * 4 * units);
    const recurrent = new Float64Array(rows * 4 * units);
    const gradGates = new Float64Array(rows * 4 * units);
    const inputsSeen = new Float64Array(rows * inputs);
    const before = new Float64Array(rows * units);
    const memoryBefore = new Float64Array(rows * units);
    const memoryTanh = new Float64Array(rows * units);
    const mixed = new Float64Array(rows * units);
    const innerNext = new Float64Array(rows * units);
    const gradInnerNext = new Float64Array(rows * units);
    const gradMixed = new Float64Array(rows * units);
    const gradBefore = new Float64Array(rows * units);
    const innerGradX = new Float64Array(rows * inputs);
    let n = 0;

    return {
      forward(theta, x, state, elapsed, count, next) {
        n = count;
        inputsSeen.set(x.subarray(0, n * inputs));
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            before[i * units + u] = state[i * 2 * units + u];
            memoryBefore[i * units + u] = state[i * 2 * units + units + u];
          }
        }
        affine(theta, wi, bi, x, n, inputs, 4 * units, gates);
        affine(theta, wr, null, before, n, units, 4 * units, recurrent);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            const row = i * 4 * units + u;
            const candidate = Math.tanh(gates[row] + recurrent[row]);
            const write = sigmoid(gates[row + units] + recurrent[row + units]);
            const keep = sigmoid(gates[row + 2 * units] + recurrent[row + 2 * units] + 1);
            const read = sigmoid(gates[row + 3 * units] + recurrent[row + 3 * units]);
            gates[row] = candidate;
            gates[row + units] = write;
            gates[row + 2 * units] = keep;
            gates[row + 3 * units] = read;
            const j = i * units + u;
            const memory = memoryBefore[j] * keep + candidate * write;
            memoryTanh[j] = Math.tanh(memory);
            mixed[j] = memoryTanh[j] * read;
            next[i * 2 * units + units + u] = memory;
          }
        }
        inner.forward(theta, x, mixed, elapsed, n, innerNext);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) next[i * 2 * units + u] = innerNext[i * units + u];
        }
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) gradInnerNext[i * units + u] = gradNext[i * 2 * units + u];
        }
        inner.backward(theta, gradInnerNext, gradTheta, gradMixed, innerGradX, gradElapsed);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) {
            const row = i * 4 * units + u;
            const j = i * units + u;
            const candidate = gates[row];
            const write = gates[row + units];
            const keep = gates[row + 2 * units];
            const read = gates[row + 3 * units];
            const tanh = memoryTanh[j];
            const gradMemory = gradNext[i * 2 * units + units + u] + gradMixed[j] * read * (1 - tanh * tanh);
            gradGates[row] = gradMemory * write * (1 - candidate * candidate);
            gradGates[row + units] = gradMemory * candidate * write * (1 - write);
            gradGates[row + 2 * units] = gradMemory * memoryBefore[j] * keep * (1 - keep);
            gradGates[row + 3 * units] = gradMixed[j] * tanh * read * (1 - read);
            gradState[i * 2 * units + units + u] = gradMemory * keep;
          }
        }
        affineBackward(theta, wi, bi, inputsSeen, n, inputs, 4 * units, gradGates, gradTheta, innerGradX);
        if (gradX !== null) gradX.set(innerGradX.subarray(0, n * inputs));
        gradBefore.fill(0);
        affineBackward(theta, wr, null, before, n, units, 4 * units, gradGates, gradTheta, gradBefore);
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) gradState[i * 2 * units + u] = gradBefore[i * units + u];
        }
      },
    };
  }

  return { inputs, state: 2 * units, output: cell.output, layout, createStep };
}
