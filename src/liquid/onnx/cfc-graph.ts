import { type CfcMode, headNames } from '../cells/cfc.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

/** One CfC step; returns the next state [n, H]. */
export function cfcGraph(
  parameters: ParameterValues,
  { mode, units, backboneLayers }: { readonly mode: CfcMode; readonly units: number; readonly backboneLayers: number },
  { x, state, elapsed }: StepValues,
): Value {
  const { graph } = parameters;
  let z = graph.node('Concat', [x, state], { axis: 1 });
  for (let l = 0; l < backboneLayers; l++) {
    const u = parameters.linear(z, [`backbone.${2 * l}.weight`], [`backbone.${2 * l}.bias`]);
    const tanh = graph.node('Tanh', [graph.node('Mul', [u, parameters.scalar(0.666)])]);
    z = graph.node('Mul', [tanh, parameters.scalar(1.7159)]);
  }

  // One product for all heads: four small ones leave a core half idle.
  const names = headNames(mode);
  const heads = parameters.linear(
    z,
    names.map((name) => `${name}.weight`),
    names.map((name) => `${name}.bias`),
  );
  if (mode === 'pure') {
    const rate = graph.node('Add', [graph.node('Abs', [heads]), parameters.row('w_tau', Math.abs)]);
    const decay = graph.node('Exp', [graph.node('Neg', [graph.node('Mul', [rate, elapsed])])]);
    return graph.node('Mul', [
      parameters.row('A'),
      graph.node('Sub', [parameters.scalar(1), graph.node('Mul', [decay, heads])]),
    ]);
  }
  const [f1, f2, a, b] = graph.columns(heads, 4, units);
  const [g, k] = [graph.node('Tanh', [f1]), graph.node('Tanh', [f2])];
  const gate = graph.node('Sigmoid', [graph.node('Add', [graph.node('Mul', [a, elapsed]), b])]);
  const kept = mode === 'default' ? graph.node('Mul', [g, graph.node('Sub', [parameters.scalar(1), gate])]) : g;
  return graph.node('Add', [kept, graph.node('Mul', [gate, k])]);
}
