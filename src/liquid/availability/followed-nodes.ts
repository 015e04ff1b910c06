/** The state of a network at every node that it follows: one a node, moved on at each tick in service. */
import { type Network, readLogits } from '../network.ts';
import { type CompiledStep, compileStep } from '../simd/compiled-step.ts';
import { ELAPSED_MAX } from './blocks.ts';

/** Rows that a step is made for. */
const ROWS = 256;

/** One step of a network with given parameters, for up to 256 rows; `next` may be `state`. */
export type Step = CompiledStep['forward'];

/** Compiled to SIMD where the network's cell can be, else the plain one. */
export function stepOf(network: Network, theta: Float64Array): Step {
  const { cell } = network;
  const compiled = compileStep(network, theta, ROWS);
  if (compiled !== null) return (x, state, elapsed, n, next) => compiled.forward(x, state, elapsed, n, next);
  const step = cell.createStep(ROWS);
  const wide = new Float64Array(ROWS * cell.state);
  return (x, state, elapsed, n, next) => {
    step.forward(theta, Float64Array.from(x), Float64Array.from(state), Float64Array.from(elapsed), n, wide);
    next.set(wide);
  };
}

export class FollowedNodes {
  readonly #network: Network;
  readonly #states: Float32Array;
  readonly #lastTick: Int32Array;

  constructor(network: Network, nodes: number) {
    this.#network = network;
    this.#states = new Float32Array(nodes * network.cell.state);
    this.#lastTick = new Int32Array(nodes).fill(-1);
  }

  /** Log-odds of the nodes by `step`, which is of `theta`; x [nodes, inputs]. Moves their states on. */
  score(step: Step, theta: Float64Array, x: Float32Array, nodes: readonly number[], tick: number): Float64Array {
    const { inputs, state: size } = this.#network.cell;
    const out = new Float64Array(nodes.length);
    const state = new Float32Array(ROWS * size);
    const elapsed = new Float32Array(ROWS);
    const logits = new Float64Array(ROWS);
    for (let from = 0; from < nodes.length; from += ROWS) {
      const n = Math.min(ROWS, nodes.length - from);
      for (let i = 0; i < n; i++) {
        const node = nodes[from + i];
        for (let u = 0; u < size; u++) state[i * size + u] = this.#states[node * size + u];
        elapsed[i] = this.#lastTick[node] < 0 ? 1 : Math.min(ELAPSED_MAX, tick - this.#lastTick[node]);
        this.#lastTick[node] = tick;
      }
      step(x.subarray(from * inputs, (from + n) * inputs), state, elapsed, n, state);
      readLogits(this.#network, theta, Float64Array.from(state), n, logits);
      for (let i = 0; i < n; i++) {
        const node = nodes[from + i];
        for (let u = 0; u < size; u++) this.#states[node * size + u] = state[i * size + u];
        out[from + i] = logits[i];
      }
    }
    return out;
  }
}
