import { CT_RNN_UNFOLDS } from '../cells/ct-rnn.ts';
import { softplus } from '../dense.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

export function ctRnnGraph(parameters: ParameterValues, { x, state, elapsed }: StepValues): Value {
  const { graph } = parameters;
  const rate = parameters.row('tau', (tau) => -1 / (CT_RNN_UNFOLDS * softplus(tau)));
  const kept = graph.node('Exp', [graph.node('Mul', [elapsed, rate])]);
  const moved = graph.node('Sub', [parameters.scalar(1), kept]);
  let h = state;
  for (let f = 0; f < CT_RNN_UNFOLDS; f++) {
    const joined = graph.node('Concat', [x, h], { axis: 1 });
    const target = graph.node('Tanh', [parameters.linear(joined, ['weight'], ['bias'])]);
    h = graph.node('Add', [graph.node('Mul', [h, kept]), graph.node('Mul', [target, moved])]);
  }
  return h;
}
