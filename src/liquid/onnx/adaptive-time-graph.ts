import { ADAPTIVE_LOG_SPAN } from '../cells/adaptive-time.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

/** The elapsed time as the load stretches it, then the cell, `inner`. */
export function adaptiveTimeGraph(
  parameters: ParameterValues,
  load: readonly number[],
  { x, state, elapsed }: StepValues,
  inner: (step: StepValues) => Value,
): Value {
  const { graph } = parameters;
  const loads = graph.node('Gather', [x, graph.integers('load', load)], { axis: 1 });
  const tanh = graph.node('Tanh', [parameters.linear(loads, ['load.weight'], ['load.bias'])]);
  const rate = graph.node('Exp', [graph.node('Mul', [tanh, parameters.scalar(ADAPTIVE_LOG_SPAN)])]);
  return inner({ x, state, elapsed: graph.node('Mul', [elapsed, rate]) });
}
