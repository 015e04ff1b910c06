import { sigmoid } from '../dense.ts';
import { type Network, readLogits } from '../network.ts';
import { blockOf } from '../parameters.ts';
import { type CompiledStep, compileStep } from '../simd/compiled-step.ts';
import { clipNorm, createAdam } from '../training/adam.ts';
import { createUnroll } from '../training/bptt.ts';
import { lossOf } from '../training/loss.ts';
import { predictLogits } from '../training/predict.ts';
import { batchOf, type Sequence } from '../training/sequence.ts';
import { ELAPSED_MAX } from './blocks.ts';

/** Rows that a step is made for. */
const ROWS = 256;

export interface LearningOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** How far the parameters that score move at each update to those that learn: the scores are of an average (Polyak and Juditsky 1992). */
  readonly following: number;
  readonly gradientNormMax: number;
  readonly batchRows: number;
  readonly span: number;
}

/** A network that follows every node, and whose parameters go on learning from what has come to light. Reads standardised features; gives log-odds. */
export class LearningNetwork {
  readonly #network: Network;
  readonly #options: LearningOptions;
  readonly #learning: Float64Array;
  readonly #scoring: Float64Array;
  readonly #states: Float32Array;
  readonly #lastTick: Int32Array;
  readonly #gradient: Float64Array;
  /** Of the parameters that score as they are; null where they have moved since. */
  #forward: CompiledStep['forward'] | null = null;
  readonly #unroll;
  readonly #adam;

  constructor(network: Network, theta: Float64Array, nodes: number, options: LearningOptions) {
    this.#network = network;
    this.#options = options;
    this.#learning = theta.slice();
    this.#scoring = theta.slice();
    this.#states = new Float32Array(nodes * network.cell.state);
    this.#lastTick = new Int32Array(nodes).fill(-1);
    this.#gradient = new Float64Array(theta.length);
    this.#unroll = createUnroll(network, options.batchRows, options.span, lossOf('cross-entropy', network.outputs, 1));
    this.#adam = createAdam(theta.length, options);
  }

  /** Log-odds of the nodes, x [nodes, inputs]; moves their states on. */
  score(x: Float32Array, nodes: readonly number[], tick: number): Float64Array {
    const { cell } = this.#network;
    const { inputs, state: size } = cell;
    this.#forward ??= this.#compiled();
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
      this.#forward(x.subarray(from * inputs, (from + n) * inputs), state, elapsed, n, state);
      readLogits(this.#network, this.#scoring, Float64Array.from(state), n, logits);
      for (let i = 0; i < n; i++) {
        const node = nodes[from + i];
        for (let u = 0; u < size; u++) this.#states[node * size + u] = state[i * size + u];
        out[from + i] = logits[i];
      }
    }
    return out;
  }

  #compiled(): CompiledStep['forward'] {
    const { cell } = this.#network;
    const compiled = compileStep(this.#network, this.#scoring, ROWS);
    if (compiled !== null) return (x, state, elapsed, n, next) => compiled.forward(x, state, elapsed, n, next);
    const step = cell.createStep(ROWS);
    const wide = new Float64Array(ROWS * cell.state);
    return (x, state, elapsed, n, next) => {
      step.forward(this.#scoring, Float64Array.from(x), Float64Array.from(state), Float64Array.from(elapsed), n, wide);
      next.set(wide);
    };
  }

  /** Sets the bias so that the log-odds hold on the whole for the sequences: of a network that was a part of a sum it is not known. */
  fitBias(sequences: readonly Sequence[]): void {
    const logits = predictLogits(this.#network, this.#scoring, sequences);
    let bias = 0;
    for (let iteration = 0; iteration < 20; iteration++) {
      let gradient = 0;
      let curvature = 1e-9;
      for (const [s, { steps, labels, weights }] of sequences.entries()) {
        for (let t = 0; t < steps; t++) {
          const p = sigmoid(logits[s][t] + bias);
          gradient += weights[t] * (p - labels[t]);
          curvature += weights[t] * p * (1 - p);
        }
      }
      bias -= Math.max(-1, Math.min(1, gradient / curvature));
    }
    const at = blockOf(this.#network.layout, 'readout.bias').offset;
    this.#learning[at] += bias;
    this.#scoring[at] += bias;
    this.#forward = null;
  }

  /** One pass over the sequences, in the order given, by truncated backpropagation through time. */
  learn(sequences: readonly Sequence[]): void {
    this.#forward = null;
    const { batchRows, span, gradientNormMax, following } = this.#options;
    for (let from = 0; from < sequences.length; from += batchRows) {
      const batch = batchOf(sequences.slice(from, from + batchRows));
      const state = new Float64Array(batchRows * this.#network.cell.state);
      for (let t = 0; t < batch.steps; t += span) {
        const to = Math.min(t + span, batch.steps);
        this.#unroll.lossAndGradient(this.#learning, batch, t, to, state, this.#gradient);
        clipNorm(this.#gradient, gradientNormMax);
        this.#adam.update(this.#learning, this.#gradient);
        for (let i = 0; i < this.#scoring.length; i++) {
          this.#scoring[i] += following * (this.#learning[i] - this.#scoring[i]);
        }
      }
    }
  }
}
