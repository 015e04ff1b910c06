import { LiquidError } from '../errors.ts';

/**
 * Which neuron feeds which, and with what sign: the shape of a sparse cell. Neurons are numbered 0 to units - 1, the motor neurons (outputs)
 * first, as in ncps.
 */
export interface Wiring {
  readonly inputs: number;
  readonly units: number;
  /** Neurons 0 to outputs - 1 are the cell's output. */
  readonly outputs: number;
  /** The neurons in the order in which a wired CfC computes them, layer by layer; every neuron is in one layer. */
  readonly layers: readonly (readonly number[])[];
  /** [units, units], from row to column: 1 excites, -1 inhibits, 0 is no synapse. */
  readonly adjacency: Int8Array;
  /** [inputs, units] likewise, from an input to a neuron. */
  readonly sensory: Int8Array;
}

export type Polarity = -1 | 1;

/** A wiring under construction: no synapses yet. */
export function unwired(inputs: number, units: number, outputs: number, layers: Wiring['layers']): Wiring {
  return {
    inputs,
    units,
    outputs,
    layers,
    adjacency: new Int8Array(units * units),
    sensory: new Int8Array(inputs * units),
  };
}

/** Throws wiring-invalid unless value is a whole number in [least, most]. */
export function checkCount(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new LiquidError('wiring-invalid', `wiring: ${name} is ${value}; valid are integers from ${least} to ${most}`);
  }
}

/** Seeds of numpy's generators: unsigned 32-bit numbers. */
export function checkSeed(seed: number): void {
  checkCount('seed', seed, 0, 2 ** 32 - 1);
}

export const UNITS_MAX = 4096;
