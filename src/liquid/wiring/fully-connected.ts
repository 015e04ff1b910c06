import { Pcg64 } from './pcg64.ts';
import { checkCount, checkSeed, type Polarity, UNITS_MAX, unwired, type Wiring } from './wiring.ts';

/** Every neuron and every input feeds every neuron; two synapses in three excite. One layer. ncps.wirings.FullyConnected, seed by seed. */
export interface FullyConnectedSpec {
  readonly kind: 'fully-connected';
  readonly units: number;
  readonly outputs: number;
  readonly seed: number;
  /** Whether a neuron feeds itself. */
  readonly selfConnections: boolean;
}

const polarities: readonly Polarity[] = [-1, 1, 1];

export function fullyConnected({ units, outputs, seed, selfConnections }: FullyConnectedSpec, inputs: number): Wiring {
  checkCount('units', units, 1, UNITS_MAX);
  checkCount('outputs', outputs, 1, units);
  checkSeed(seed);
  const all = Array.from({ length: units }, (_, i) => i);
  const wiring = unwired(inputs, units, outputs, [all]);
  const random = new Pcg64(seed);
  for (let from = 0; from < units; from++) {
    for (let to = 0; to < units; to++) {
      if (from !== to || selfConnections) wiring.adjacency[from * units + to] = random.choose(polarities);
    }
  }
  for (let k = 0; k < inputs * units; k++) wiring.sensory[k] = random.choose(polarities);
  return wiring;
}
