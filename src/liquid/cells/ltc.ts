import { blockOf, layoutOf, type Shape, type Start } from '../parameters.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type WiringSpec, wire } from '../wiring/wiring-spec.ts';
import type { Cell } from './cell.ts';
import { createLtcStep, type LtcPlan } from './ltc-step.ts';
import { type SynapseParameters, synapsesOf } from './synapses.ts';

/**
 * Liquid time-constant cell (Hasani et al., Liquid time-constant networks, AAAI 2021): neurons as leaky membranes joined by conductances,
 * integrated over the elapsed time by six semi-implicit Euler steps.
 *
 *   v <- (v + s (g_l v_l + sum f E)) / (1 + s (g_l + sum f + 1e-8)),  s = (dt / 6) / c,  f = w sigmoid(sigma (v_from - mu))
 *
 * over the synapses into a neuron, those from the inputs (x' = input_w x + input_b) included. g_l, c and w go through softplus. This is ncps'
 * step with numerator and denominator multiplied by s, so that dt = 0 leaves the state as it is, where ncps divides by zero.
 * Parameters carry the names that ncps gives them. The output is the motor neurons, before the scale and offset that ncps puts behind them.
 */
export interface LtcArchitecture {
  readonly cell: 'ltc';
  readonly inputs: number;
  readonly wiring: WiringSpec;
}

export function ltcCell({ inputs, wiring: spec }: LtcArchitecture): Cell {
  const wiring = wire(spec, inputs);
  const { units, outputs } = wiring;
  const layout = layoutOf(shapes(wiring));
  const at = (name: string): number => blockOf(layout, name).offset;
  const parametersOf = (prefix: string): SynapseParameters => ({
    sigma: at(`${prefix}sigma`),
    mu: at(`${prefix}mu`),
    w: at(`${prefix}w`),
    erev: at(`${prefix}erev`),
  });
  const plan: LtcPlan = {
    inputs,
    units,
    inner: synapsesOf(wiring.adjacency, units),
    sensory: synapsesOf(wiring.sensory, units),
    innerParameters: parametersOf(''),
    sensoryParameters: parametersOf('sensory_'),
    leak: at('gleak'),
    rest: at('vleak'),
    capacity: at('cm'),
    inputScale: at('input_w'),
    inputShift: at('input_b'),
  };
  return {
    inputs,
    state: units,
    output: { offset: 0, size: outputs },
    layout,
    createStep: (rows) => createLtcStep(plan, rows),
  };
}

/** Training starts where ncps starts. */
function shapes({ inputs, units, adjacency, sensory }: Wiring): readonly Shape[] {
  const neuron = (name: string, low: number, high: number): Shape => ({
    name,
    rows: 1,
    columns: units,
    start: { kind: 'uniform', low, high },
  });
  const synapse = (prefix: string, sources: number, polarity: Int8Array): readonly Shape[] => {
    const mask = Uint8Array.from(polarity, (sign) => (sign === 0 ? 0 : 1));
    const matrix = (name: string, start: Start): Shape => ({
      name: prefix + name,
      rows: sources,
      columns: units,
      mask,
      start,
    });
    return [
      matrix('sigma', { kind: 'uniform', low: 3, high: 8 }),
      matrix('mu', { kind: 'uniform', low: 0.3, high: 0.8 }),
      matrix('w', { kind: 'uniform', low: 0.001, high: 1 }),
      matrix('erev', { kind: 'values', values: polarity }),
    ];
  };
  return [
    neuron('gleak', 0.001, 1),
    neuron('vleak', -0.2, 0.2),
    neuron('cm', 0.4, 0.6),
    ...synapse('', units, adjacency),
    ...synapse('sensory_', inputs, sensory),
    { name: 'input_w', rows: 1, columns: inputs, start: { kind: 'values', values: new Float64Array(inputs).fill(1) } },
    { name: 'input_b', rows: 1, columns: inputs, start: { kind: 'values', values: new Float64Array(inputs) } },
  ];
}
