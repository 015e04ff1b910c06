import { LiquidError } from '../errors.ts';
import { checkCount, UNITS_MAX, unwired, type Wiring } from './wiring.ts';

/** A wiring written out, synapse by synapse: of a user's own making, or read from the masks of somebody's weights. */
export interface ExplicitSpec {
  readonly kind: 'explicit';
  readonly outputs: number;
  readonly layers: readonly (readonly number[])[];
  /** A row a neuron, a character a neuron fed: `+` excites, `-` inhibits, `.` is no synapse. */
  readonly adjacency: readonly string[];
  /** A row an input, likewise. */
  readonly sensory: readonly string[];
}

const SIGNS = '-.+';

export function explicit({ outputs, layers, adjacency, sensory }: ExplicitSpec, inputs: number): Wiring {
  const units = adjacency.length;
  checkCount('units', units, 1, UNITS_MAX);
  checkCount('outputs', outputs, 1, units);
  checkCount('sensory rows', sensory.length, inputs, inputs);
  const placed = layers.flat().sort((a, b) => a - b);
  if (placed.length !== units || placed.some((neuron, i) => neuron !== i)) {
    throw new LiquidError(
      'wiring-invalid',
      `wiring: layers hold the neurons ${placed.join(', ')}; valid is each of 0 to ${units - 1} once`,
    );
  }
  const wiring = unwired(inputs, units, outputs, layers);
  fill(wiring.adjacency, 'adjacency', adjacency, units);
  fill(wiring.sensory, 'sensory', sensory, units);
  return wiring;
}

/** The wiring, written out. `explicit(explicitSpec(w), w.inputs)` equals w. */
export function explicitSpec({ inputs, units, outputs, layers, adjacency, sensory }: Wiring): ExplicitSpec {
  const rows = (matrix: Int8Array, count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) =>
      Array.from(matrix.subarray(i * units, (i + 1) * units), (sign) => SIGNS[sign + 1]).join(''),
    );
  return { kind: 'explicit', outputs, layers, adjacency: rows(adjacency, units), sensory: rows(sensory, inputs) };
}

function fill(matrix: Int8Array, name: string, rows: readonly string[], units: number): void {
  for (const [i, row] of rows.entries()) {
    const wrong = /[^-.+]/.exec(row);
    if (wrong !== null || row.length !== units) {
      const found = wrong === null ? `has ${row.length} characters` : `holds '${wrong[0]}'`;
      throw new LiquidError('wiring-invalid', `wiring: ${name}[${i}] ${found}; valid are ${units} of +, - and .`);
    }
    for (let k = 0; k < units; k++) matrix[i * units + k] = SIGNS.indexOf(row[k]) - 1;
  }
}
