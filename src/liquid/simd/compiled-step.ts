import type { Architecture } from '../architecture.ts';
import { type CfcMode, headNames } from '../cells/cfc.ts';
import { wiredLayers } from '../cells/wired-cfc.ts';
import { type Network, readOut } from '../network.ts';
import { viewOf } from '../parameters.ts';
import { wire } from '../wiring/wiring-spec.ts';
import { openStepKernel, type StepKernel } from './step-kernel.ts';

/**
 * A step of a CfC, dense or wired, in float32 and SIMD within the process: for one agent or a few, where handing tensors to a runtime takes
 * longer than the step. It equals the cell to 1e-5, and a row's bits do not depend on the others of its batch; they are not those of the
 * ONNX step, so the two are not mixed on one agent.
 */
export interface CompiledStep {
  /** Rows it has room for. */
  readonly rows: number;
  /** next [n, H] = the cell's state after features [n, F] and state [n, H], elapsed [n], n at most rows. next may be state. */
  forward(features: Float32Array, state: Float32Array, elapsed: Float32Array, n: number, next: Float32Array): void;
  /** out [n, P] = the network's readout of states [n, H]. */
  readOut(states: Float32Array, n: number, out: Float64Array): void;
}

/** Null for a cell without such a kernel, or in a runtime without WebAssembly SIMD. */
export function compileStep(network: Network, theta: Float64Array, rows: number): CompiledStep | null {
  const layers = layersOf(network.architecture);
  if (layers === null) return null;
  const { cell } = network;
  const place = new Places();
  const spans = place.take(rows);
  const plans = layers.map((layer) => planOf(layer, place, rows));
  const opened = openStepKernel(place.floats);
  if (opened === null) return null;
  const { kernel, memory } = opened;
  for (const plan of plans) fill(memory, plan, network, theta);
  const states = new Float64Array(rows * cell.state);

  return {
    rows,
    forward(features, state, elapsed, n, next) {
      for (let i = 0; i < n; i++) memory[spans + i] = elapsed[i];
      let start = 0;
      let below = features;
      let belowAt = 0;
      let belowStride = cell.inputs;
      for (const plan of plans) {
        const { inputs, units, joined, joinedStride, next: own, padded } = plan;
        for (let i = 0; i < n; i++) {
          const row = joined + i * joinedStride;
          for (let k = 0; k < inputs; k++) memory[row + k] = below[belowAt + i * belowStride + k];
          for (let u = 0; u < units; u++) memory[row + inputs + u] = state[i * cell.state + start + u];
        }
        run(kernel, plan, spans, n);
        below = memory;
        belowAt = own;
        belowStride = padded;
        start += units;
      }
      start = 0;
      for (const { units, padded, next: own } of plans) {
        for (let i = 0; i < n; i++) {
          for (let u = 0; u < units; u++) next[i * cell.state + start + u] = memory[own + i * padded + u];
        }
        start += units;
      }
    },
    readOut(from, n, out) {
      for (let j = 0; j < n * cell.state; j++) states[j] = from[j];
      readOut(network, theta, states, n, out);
    },
  };
}

interface Layer {
  readonly prefix: string;
  readonly mode: CfcMode;
  readonly inputs: number;
  readonly units: number;
  readonly backboneUnits: number;
  readonly backboneLayers: number;
}

function layersOf(architecture: Architecture): readonly Layer[] | null {
  if (architecture.cell === 'cfc') return [{ prefix: '', ...architecture }];
  if (architecture.cell !== 'wired-cfc') return null;
  const { mode, inputs, wiring } = architecture;
  return wiredLayers(wire(wiring, inputs)).map((layer, l) => ({
    prefix: `layer_${l}.`,
    mode,
    inputs: layer.inputs,
    units: layer.units,
    backboneUnits: 0,
    backboneLayers: 0,
  }));
}

/** Places in the kernel's memory, in float32 numbers from its start. */
class Places {
  floats = 0;

  take(count: number): number {
    const at = this.floats;
    this.floats += roundUp(count, 4);
    return at;
  }
}

/** A product x weight + bias: `outputs` is a whole number of blocks of 16. */
interface Product {
  readonly names: readonly string[];
  readonly weight: number;
  readonly bias: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Outputs of one matrix, with its padding. */
  readonly part: number;
  readonly out: number;
}

interface Plan extends Layer {
  /** Units, rounded up to whole vectors: the width of a row of `next`. */
  readonly padded: number;
  readonly joined: number;
  readonly joinedStride: number;
  readonly backbone: readonly Product[];
  readonly heads: Product;
  readonly tau: number;
  readonly asymptote: number;
  readonly next: number;
}

function planOf(layer: Layer, place: Places, rows: number): Plan {
  const { mode, inputs, units, backboneUnits, backboneLayers } = layer;
  const padded = roundUp(units, 4);
  const joinedStride = roundUp(inputs + units, 4);
  const joined = place.take(rows * joinedStride);
  const product = (names: readonly string[], fanIn: number, part: number): Product => {
    const outputs = roundUp(names.length * part, 16);
    return {
      names,
      weight: place.take(fanIn * outputs),
      bias: place.take(outputs),
      inputs: fanIn,
      outputs,
      part,
      out: place.take(rows * outputs),
    };
  };
  const backbone = Array.from({ length: backboneLayers }, (_, l) =>
    product([`backbone.${2 * l}`], l === 0 ? inputs + units : backboneUnits, roundUp(backboneUnits, 4)),
  );
  const heads = product(headNames(mode), backboneLayers === 0 ? inputs + units : backboneUnits, padded);
  return {
    ...layer,
    padded,
    joined,
    joinedStride,
    backbone,
    heads,
    tau: place.take(padded),
    asymptote: place.take(padded),
    next: place.take(rows * padded),
  };
}

function fill(memory: Float32Array, plan: Plan, { layout }: Network, theta: Float64Array): void {
  const numbers = (name: string): Float64Array => viewOf(layout, theta, plan.prefix + name);
  for (const { names, weight, bias, inputs, part } of [...plan.backbone, plan.heads]) {
    for (const [m, name] of names.entries()) {
      const matrix = numbers(`${name}.weight`);
      for (const [o, b] of numbers(`${name}.bias`).entries()) {
        const output = m * part + o;
        memory[bias + output] = b;
        const block = weight + (output >> 4) * 16 * inputs + (output & 15);
        for (let k = 0; k < inputs; k++) memory[block + 16 * k] = matrix[o * inputs + k];
      }
    }
  }
  if (plan.mode === 'pure') {
    memory.set(numbers('w_tau').map(Math.abs), plan.tau);
    memory.set(numbers('A'), plan.asymptote);
  }
}

function run(kernel: StepKernel, plan: Plan, spans: number, n: number): void {
  const { mode, joined, joinedStride, backbone, heads, padded, next, tau, asymptote } = plan;
  let x = joined;
  let stride = joinedStride;
  for (const { weight, bias, out, inputs, outputs } of backbone) {
    kernel.affine(4 * weight, 4 * bias, 4 * x, 4 * stride, 4 * out, 4 * outputs, n, inputs, outputs);
    kernel.lecunTanh(4 * out, n * outputs);
    x = out;
    stride = outputs;
  }
  const { weight, bias, out, inputs, outputs } = heads;
  kernel.affine(4 * weight, 4 * bias, 4 * x, 4 * stride, 4 * out, 4 * outputs, n, inputs, outputs);
  if (mode === 'pure') {
    kernel.mixPure(4 * out, 4 * outputs, 4 * spans, 4 * tau, 4 * asymptote, 4 * next, 4 * padded, n, padded);
  } else {
    const gated = mode === 'default' ? 1 : 0;
    kernel.mixGated(4 * out, 4 * outputs, 4 * spans, 4 * next, 4 * padded, n, padded, gated);
  }
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
