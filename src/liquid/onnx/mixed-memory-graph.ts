import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

/** The LSTM step before the cell, `inner`, whose state is [n, units]. */
export function mixedMemoryGraph(
  parameters: ParameterValues,
  units: number,
  { x, state, elapsed }: StepValues,
  inner: (step: StepValues) => Value,
): Value {
  const { graph } = parameters;
  const before = graph.slice(state, 0, units);
  const memoryBefore = graph.slice(state, units, 2 * units);
  const gates = graph.node('Add', [
    parameters.linear(x, ['lstm.input_map.weight'], ['lstm.input_map.bias']),
    parameters.linear(before, ['lstm.recurrent_map.weight'], []),
  ]);
  const [candidate, write, keep, read] = graph.columns(gates, 4, units);
  const forget = graph.node('Sigmoid', [graph.node('Add', [keep, parameters.scalar(1)])]);
  const memory = graph.node('Add', [
    graph.node('Mul', [memoryBefore, forget]),
    graph.node('Mul', [graph.node('Tanh', [candidate]), graph.node('Sigmoid', [write])]),
  ]);
  const mixed = graph.node('Mul', [graph.node('Tanh', [memory]), graph.node('Sigmoid', [read])]);
  return graph.node('Concat', [inner({ x, state: mixed, elapsed }), memory], { axis: 1 });
}
