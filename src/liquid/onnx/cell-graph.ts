import { type Architecture, cellOf } from '../architecture.ts';
import { adaptiveTimeGraph } from './adaptive-time-graph.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import { cfcGraph } from './cfc-graph.ts';
import { ctRnnGraph } from './ct-rnn-graph.ts';
import type { Value } from './graph-builder.ts';
import { gruGraph } from './gru-graph.ts';
import { ltcGraph } from './ltc-graph.ts';
import { mixedMemoryGraph } from './mixed-memory-graph.ts';
import { wiredCfcGraph } from './wired-cfc-graph.ts';

/**
 * One step of a cell as ONNX operators; returns the next state [n, H]. Operators are Add, Sub, Mul, Div, Neg, Abs, Exp, Log, Tanh, Sigmoid, Gemm,
 * Concat, Split, Slice and Gather on matrices of float32, which the CPU, WebGPU and CUDA providers all run.
 */
export function cellGraph(parameters: ParameterValues, architecture: Architecture, step: StepValues): Value {
  switch (architecture.cell) {
    case 'cfc':
      return cfcGraph(parameters, architecture, step);
    case 'wired-cfc':
      return wiredCfcGraph(parameters, architecture, step);
    case 'ltc':
      return ltcGraph(parameters, architecture, step);
    case 'gru':
      return gruGraph(parameters, architecture.units, step);
    case 'ct-rnn':
      return ctRnnGraph(parameters, step);
    case 'mixed-memory': {
      const { inner } = architecture;
      return mixedMemoryGraph(parameters, cellOf(inner).state, step, (within) => cellGraph(parameters, inner, within));
    }
    case 'adaptive-time': {
      const { inner, load } = architecture;
      return adaptiveTimeGraph(parameters, load, step, (within) => cellGraph(parameters, inner, within));
    }
  }
}
