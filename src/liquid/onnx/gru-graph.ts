import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

export function gruGraph(parameters: ParameterValues, units: number, { x, state, elapsed }: StepValues): Value {
  const { graph } = parameters;
  const one = parameters.scalar(1);
  const time = graph.node('Log', [graph.node('Add', [elapsed, one])]);
  const timed = graph.node('Concat', [x, time], { axis: 1 });
  const [ri, zi, ni] = graph.columns(parameters.linear(timed, ['weight_ih'], ['bias_ih']), 3, units);
  const [rh, zh, nh] = graph.columns(parameters.linear(state, ['weight_hh'], ['bias_hh']), 3, units);
  const reset = graph.node('Sigmoid', [graph.node('Add', [ri, rh])]);
  const keep = graph.node('Sigmoid', [graph.node('Add', [zi, zh])]);
  const candidate = graph.node('Tanh', [graph.node('Add', [ni, graph.node('Mul', [reset, nh])])]);
  const fresh = graph.node('Mul', [graph.node('Sub', [one, keep]), candidate]);
  return graph.node('Add', [fresh, graph.node('Mul', [keep, state])]);
}
