import { MersenneTwister } from './mersenne-twister.ts';
import { checkCount, checkSeed, type Polarity, UNITS_MAX, unwired, type Wiring } from './wiring.ts';

/**
 * Neural circuit policies (Lechner et al., Nature Machine Intelligence 2, 2020): inputs feed inter neurons, these command neurons, which
 * feed each other and the motor neurons. Neurons are numbered motor, command, inter. ncps.wirings.NCP, seed by seed.
 */
export interface NcpSpec {
  readonly kind: 'ncp';
  readonly inter: number;
  readonly command: number;
  readonly motor: number;
  /** Inter neurons that an input feeds. */
  readonly sensoryFanout: number;
  /** Command neurons that an inter neuron feeds. */
  readonly interFanout: number;
  /** Synapses drawn among the command neurons; one may be drawn twice. */
  readonly recurrentCommand: number;
  /** Command neurons that feed a motor neuron. */
  readonly motorFanin: number;
  readonly seed: number;
}

const polarities: readonly Polarity[] = [-1, 1];

export function ncp(spec: NcpSpec, inputs: number): Wiring {
  check(spec);
  const { inter, command, motor, sensoryFanout, interFanout, motorFanin } = spec;
  const units = motor + command + inter;
  const sensoryNeurons = range(0, inputs);
  const motorNeurons = range(0, motor);
  const commandNeurons = range(motor, motor + command);
  const interNeurons = range(motor + command, units);
  const wiring = unwired(inputs, units, motor, [interNeurons, commandNeurons, motorNeurons]);
  const random = new MersenneTwister(spec.seed);
  const connect = (matrix: Int8Array, from: number, to: number): void => {
    matrix[from * units + to] = random.choose(polarities);
  };
  /**
   * Each chooser is joined to `count` of the others; one of these whom nobody chose is joined to as many choosers as the others are on
   * average, at least 1 and at most `most`.
   */
  const spread = (
    choosers: readonly number[],
    others: readonly number[],
    count: number,
    most: number,
    join: (chooser: number, other: number) => void,
  ): void => {
    const forgotten = new Set(others);
    for (const chooser of choosers) {
      for (const other of random.chooseSome(others, count)) {
        forgotten.delete(other);
        join(chooser, other);
      }
    }
    const average = Math.trunc((choosers.length * count) / others.length);
    const rescuers = Math.max(1, Math.min(most, average));
    for (const other of forgotten) for (const chooser of random.chooseSome(choosers, rescuers)) join(chooser, other);
  };

  spread(sensoryNeurons, interNeurons, sensoryFanout, inputs, (from, to) => connect(wiring.sensory, from, to));
  spread(interNeurons, commandNeurons, interFanout, command, (from, to) => connect(wiring.adjacency, from, to));
  for (let k = 0; k < spec.recurrentCommand; k++) {
    const from = random.choose(commandNeurons);
    connect(wiring.adjacency, from, random.choose(commandNeurons));
  }
  spread(motorNeurons, commandNeurons, motorFanin, motor, (to, from) => connect(wiring.adjacency, from, to));
  return wiring;
}

function check(spec: NcpSpec): void {
  checkCount('inter', spec.inter, 1, UNITS_MAX);
  checkCount('command', spec.command, 1, UNITS_MAX);
  checkCount('motor', spec.motor, 1, UNITS_MAX);
  checkCount('units', spec.inter + spec.command + spec.motor, 3, UNITS_MAX);
  checkCount('sensoryFanout', spec.sensoryFanout, 1, spec.inter);
  checkCount('interFanout', spec.interFanout, 1, spec.command);
  checkCount('recurrentCommand', spec.recurrentCommand, 0, UNITS_MAX);
  checkCount('motorFanin', spec.motorFanin, 1, spec.command);
  checkSeed(spec.seed);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
