import { type CfcArchitecture, headNames } from '../cells/cfc.ts';
import { blockOf, type Layout, viewOf } from '../parameters.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/**
 * One CfC step as ONNX operators (Concat, Gemm, Mul, Add, Sub, Tanh, Sigmoid; the pure mode Exp and Abs too), all of which the CPU,
 * WebGPU and CUDA providers run. x is [n, F], state [n, H], elapsed [n, 1]; returns the next state [n, H].
 */
export function cfcGraph(
  graph: GraphBuilder,
  { mode, units, backboneLayers }: CfcArchitecture,
  layout: Layout,
  theta: Float64Array,
  x: Value,
  state: Value,
  elapsed: Value,
): Value {
  const parameter = (name: string): Value => {
    const { rows, columns } = blockOf(layout, name);
    return graph.floats(name, rows === 1 ? [columns] : [rows, columns], viewOf(layout, theta, name));
  };
  const linear = (name: string, input: Value): Value => {
    const { rows, columns } = blockOf(layout, `${name}.weight`);
    const weight = graph.floats(`${name}.weight`, [rows, columns], viewOf(layout, theta, `${name}.weight`));
    return graph.node('Gemm', [input, weight, parameter(`${name}.bias`)], { transB: 1 });
  };

  let z = graph.node('Concat', [x, state], { axis: 1 });
  if (backboneLayers > 0) {
    const slope = graph.floats('lecun.slope', [1], [0.666]);
    const scale = graph.floats('lecun.scale', [1], [1.7159]);
    for (let l = 0; l < backboneLayers; l++) {
      const tanh = graph.node('Tanh', [graph.node('Mul', [linear(`backbone.${2 * l}`, z), slope])]);
      z = graph.node('Mul', [tanh, scale]);
    }
  }

  const one = graph.floats('one', [1], [1]);
  const heads = headNames(mode).map((name) => linear(name, z));
  if (mode === 'pure') {
    const [f] = heads;
    const tau = graph.floats('w_tau.abs', [1, units], viewOf(layout, theta, 'w_tau').map(Math.abs));
    const rate = graph.node('Add', [graph.node('Abs', [f]), tau]);
    const decay = graph.node('Exp', [graph.node('Neg', [graph.node('Mul', [rate, elapsed])])]);
    return graph.node('Mul', [parameter('A'), graph.node('Sub', [one, graph.node('Mul', [decay, f])])]);
  }
  const [g, k] = [graph.node('Tanh', [heads[0]]), graph.node('Tanh', [heads[1]])];
  const gate = graph.node('Sigmoid', [graph.node('Add', [graph.node('Mul', [heads[2], elapsed]), heads[3]])]);
  const kept = mode === 'default' ? graph.node('Mul', [g, graph.node('Sub', [one, gate])]) : g;
  return graph.node('Add', [kept, graph.node('Mul', [gate, k])]);
}
