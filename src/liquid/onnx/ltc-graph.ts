import type { LtcArchitecture } from '../cells/ltc.ts';
import { LTC_EPSILON, LTC_UNFOLDS } from '../cells/ltc-step.ts';
import { type Synapses, synapsesOf } from '../cells/synapses.ts';
import { softplus } from '../dense.ts';
import { wire } from '../wiring/wiring-spec.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import type { Value } from './graph-builder.ts';

/**
 * One LTC step, unfolded. A synapse is a column: its source is gathered, its conductance is a sigmoid, and one product with a matrix of two
 * entries a row adds conductances and currents up by neuron. Those from the inputs are the same in every unfold.
 */
export function ltcGraph(
  parameters: ParameterValues,
  { inputs, wiring: spec }: LtcArchitecture,
  { x, state, elapsed }: StepValues,
): Value {
  const { graph } = parameters;
  const wiring = wire(spec, inputs);
  const { units } = wiring;
  const inner = synapsesOf(wiring.adjacency, units);
  const sensory = synapsesOf(wiring.sensory, units);

  const mapped = graph.node('Add', [graph.node('Mul', [x, parameters.row('input_w')]), parameters.row('input_b')]);
  const leak = Array.from(parameters.numbers('gleak'), softplus);
  const rest = parameters.numbers('vleak');
  const constant = graph.floats(
    'leaks',
    [1, 2 * units],
    Float64Array.from({ length: 2 * units }, (_, u) => (u < units ? leak[u] * rest[u] : leak[u - units] + LTC_EPSILON)),
  );
  const outside = graph.node('Add', [flows(parameters, 'sensory_', sensory, units, mapped), constant]);
  const pace = graph.node('Mul', [elapsed, parameters.row('cm', (c) => 1 / (LTC_UNFOLDS * softplus(c)))]);
  const one = parameters.scalar(1);
  let v = state;
  for (let f = 0; f < LTC_UNFOLDS; f++) {
    const all = graph.node('Add', [flows(parameters, '', inner, units, v), outside]);
    const [inflow, flow] = graph.columns(all, 2, units);
    const numerator = graph.node('Add', [v, graph.node('Mul', [pace, inflow])]);
    const denominator = graph.node('Add', [one, graph.node('Mul', [pace, flow])]);
    v = graph.node('Div', [numerator, denominator]);
  }
  return v;
}

/** [n, 2 x units]: currents, then conductances, by neuron. */
function flows(parameters: ParameterValues, prefix: string, synapses: Synapses, units: number, values: Value): Value {
  const { graph } = parameters;
  const { count, from, to, place } = synapses;
  const name = (part: string): string => `${prefix}synapses.${part}`;
  const at = (matrix: string): Float64Array => {
    const all = parameters.numbers(prefix + matrix);
    return Float64Array.from(place, (p) => all[p]);
  };
  const sigma = at('sigma');
  const mu = at('mu');
  const weight = at('w').map(softplus);
  const erev = at('erev');
  const sums = new Float64Array(count * 2 * units);
  for (let s = 0; s < count; s++) {
    sums[s * 2 * units + to[s]] = weight[s] * erev[s];
    sums[s * 2 * units + units + to[s]] = weight[s];
  }
  const sources = graph.node('Gather', [values, graph.integers(name('from'), [...from])], { axis: 1 });
  const distance = graph.node('Sub', [sources, graph.floats(name('mu'), [1, count], mu)]);
  const open = graph.node('Sigmoid', [graph.node('Mul', [distance, graph.floats(name('sigma'), [1, count], sigma)])]);
  return graph.node('Gemm', [open, graph.floats(name('sums'), [count, 2 * units], sums)]);
}
