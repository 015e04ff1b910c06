import { type WiredCfcArchitecture, wiredLayers } from '../cells/wired-cfc.ts';
import { wire } from '../wiring/wiring-spec.ts';
import type { ParameterValues, StepValues } from './cell-values.ts';
import { cfcGraph } from './cfc-graph.ts';
import type { Value } from './graph-builder.ts';

export function wiredCfcGraph(
  parameters: ParameterValues,
  { mode, inputs, wiring }: WiredCfcArchitecture,
  { x, state, elapsed }: StepValues,
): Value {
  const { graph } = parameters;
  let below = x;
  let start = 0;
  const layers = wiredLayers(wire(wiring, inputs)).map(({ units }, l) => {
    const own = graph.slice(state, start, start + units);
    start += units;
    const step = { x: below, state: own, elapsed };
    below = cfcGraph(parameters.within(`layer_${l}.`), { mode, units, backboneLayers: 0 }, step);
    return below;
  });
  return layers.length === 1 ? below : graph.node('Concat', layers, { axis: 1 });
}
