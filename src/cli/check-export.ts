/** An exported step is run before it is handed out: by ONNX Runtime on the CPU, beside the TypeScript cell. */
import { Tensor } from 'onnxruntime-node';
import { openOnnxSession } from '../compute/device.ts';
import { Random } from '../fleet/reference/index.ts';
import { LiquidError } from '../liquid/errors.ts';
import { type Network, readOut } from '../liquid/network.ts';

const STEPS = 8;
/** Largest difference, relative to numbers above 1. */
const EXPORT_DIFFERENCE_MAX = 1e-5;

/**
 * Steps rows of random inputs through both, from a state of zeros, and compares the states and the named output with `expected` of the cell's
 * outputs. Returns the largest difference; throws parity-failed above EXPORT_DIFFERENCE_MAX.
 */
export async function checkExport(
  bytes: Uint8Array,
  network: Network,
  theta: Float64Array,
  rows: number,
  outputName: string,
  expected: (output: number) => number = (output) => output,
): Promise<number> {
  const { cell, outputs } = network;
  const session = await openOnnxSession(bytes, 'cpu');
  try {
    const random = new Random(1, 'export');
    const uniform = (count: number, low: number, high: number) =>
      Float32Array.from({ length: count }, () => low + (high - low) * random.uniform());
    const step = cell.createStep(rows);
    const next = new Float64Array(rows * cell.state);
    const out = new Float64Array(rows * outputs);
    let hidden = new Float32Array(rows * cell.state);
    let largest = 0;
    for (let t = 0; t < STEPS; t++) {
      const features = uniform(rows * cell.inputs, -1, 1);
      const elapsed = uniform(rows, 0, 2);
      step.forward(
        theta,
        Float64Array.from(features),
        Float64Array.from(hidden),
        Float64Array.from(elapsed),
        rows,
        next,
      );
      readOut(network, theta, next, rows, out);
      const found = await session.run({
        features: new Tensor('float32', features, [rows, cell.inputs]),
        hidden: new Tensor('float32', hidden, [rows, cell.state]),
        elapsed: new Tensor('float32', elapsed, [rows]),
      });
      hidden = numbersOf(found.hidden_next);
      largest = Math.max(
        largest,
        difference(hidden, next),
        difference(numbersOf(found[outputName]), out.map(expected)),
      );
    }
    if (!(largest <= EXPORT_DIFFERENCE_MAX)) {
      throw new LiquidError(
        'parity-failed',
        `the exported step differs from the cell by ${largest}; valid is up to ${EXPORT_DIFFERENCE_MAX}`,
      );
    }
    return largest;
  } finally {
    await session.release();
  }
}

function numbersOf({ data }: Tensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(data as Float32Array);
}

/** NaN where one of them is no number. */
function difference(theirs: Float32Array, ours: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < ours.length; i++) {
    const one = Math.abs(theirs[i] - ours[i]) / Math.max(1, Math.abs(ours[i]));
    if (!(one <= largest)) largest = one;
    if (Number.isNaN(one)) return Number.NaN;
  }
  return largest;
}
