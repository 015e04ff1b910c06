import { LiquidError } from '../errors.ts';
import { type Network, readOut } from '../network.ts';
import type { NcpsRecord } from './weights.ts';

export interface Difference {
  readonly steps: number;
  /** Largest absolute difference over all outputs of every step and the state after the last; NaN if one came out as no number. */
  readonly largest: number;
  /** Where it is, in words. */
  readonly where: string;
}

/** Plays the recorded inputs from a state of zeros and compares. Null where no inputs and outputs were recorded. Throws batch-shape. */
export function differenceFrom(
  network: Network,
  theta: Float64Array,
  { input, timespans, output, state: finalState }: NcpsRecord,
): Difference | null {
  if (input === undefined || output === undefined) return null;
  const { cell, outputs } = network;
  const rows = input.length;
  const steps = input[0].length;
  checkShape('input', input, [rows, steps, cell.inputs]);
  checkShape('output', output, [rows, steps, outputs]);
  if (timespans !== undefined) checkShape('timespans', timespans, [rows, steps, 1]);
  let largest = 0;
  let where = 'nowhere';
  const compare = (ours: number, theirs: number, place: string): void => {
    const difference = Math.abs(ours - theirs);
    if (difference <= largest || Number.isNaN(largest)) return;
    largest = difference;
    where = place;
  };
  const step = cell.createStep(rows);
  const out = new Float64Array(rows * outputs);
  let state = new Float64Array(rows * cell.state);
  for (let t = 0; t < steps; t++) {
    const x = Float64Array.from(input.flatMap((sequence) => sequence[t]));
    const elapsed = Float64Array.from(input, (_, i) => timespans?.[i][t][0] ?? 1);
    const next = new Float64Array(rows * cell.state);
    step.forward(theta, x, state, elapsed, rows, next);
    readOut(network, theta, next, rows, out);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < outputs; k++) compare(out[i * outputs + k], output[i][t][k], `output ${k} of step ${t}`);
    }
    state = next;
  }
  if (finalState !== undefined) {
    const recorded = stateRows(finalState, rows, cell.state);
    for (const [j, value] of recorded.entries())
      compare(state[j], value, `state ${j % cell.state} after the last step`);
  }
  return { steps: rows * steps, largest, where };
}

/** [rows, H] of [B, H], or of [2, B, H / 2] with the memory second. */
function stateRows(state: NonNullable<NcpsRecord['state']>, rows: number, width: number): readonly number[] {
  const isPair = Array.isArray(state[0]?.[0]);
  const parts = (isPair ? state : [state]) as readonly (readonly (readonly number[])[])[];
  const joined = Array.from({ length: rows }, (_, i) => parts.flatMap((part) => part[i] ?? []));
  const wrong = joined.find((row) => row.length !== width);
  if (wrong !== undefined) {
    throw new LiquidError('batch-shape', `state holds ${wrong.length} numbers a row; valid are ${width}`);
  }
  return joined.flat();
}

function checkShape(
  name: string,
  values: readonly (readonly (readonly number[])[])[],
  [rows, steps, width]: readonly [number, number, number],
): void {
  const wrong =
    values.length !== rows || values.some((row) => row.length !== steps || row.some((step) => step.length !== width));
  if (wrong) {
    const found = [values.length, values[0].length, values[0][0].length].join(', ');
    throw new LiquidError(
      'batch-shape',
      `${name} is [${found}] in its first row; valid is [${rows}, ${steps}, ${width}]`,
    );
  }
}
