import { sigmoid } from '../dense.ts';
import type { Network } from '../network.ts';
import { blockOf } from '../parameters.ts';
import { clipNorm, createAdam } from '../training/adam.ts';
import { createUnroll } from '../training/bptt.ts';
import { lossOf } from '../training/loss.ts';
import { predictLogits } from '../training/predict.ts';
import { batchOf, type Sequence } from '../training/sequence.ts';
import { FollowedNodes, type Step, stepOf } from './followed-nodes.ts';

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
  readonly #nodes: FollowedNodes;
  readonly #gradient: Float64Array;
  /** Of the parameters that score as they are; null where they have moved since. */
  #step: Step | null = null;
  readonly #unroll;
  readonly #adam;

  constructor(network: Network, theta: Float64Array, nodes: number, options: LearningOptions) {
    this.#network = network;
    this.#options = options;
    this.#learning = theta.slice();
    this.#scoring = theta.slice();
    this.#nodes = new FollowedNodes(network, nodes);
    this.#gradient = new Float64Array(theta.length);
    this.#unroll = createUnroll(network, options.batchRows, options.span, lossOf('cross-entropy', network.outputs, 1));
    this.#adam = createAdam(theta.length, options);
  }

  /** Log-odds of the nodes, x [nodes, inputs]; moves their states on. */
  score(x: Float32Array, nodes: readonly number[], tick: number): Float64Array {
    this.#step ??= stepOf(this.#network, this.#scoring);
    return this.#nodes.score(this.#step, this.#scoring, x, nodes, tick);
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
    this.#step = null;
  }

  /** One pass over the sequences, in the order given, by truncated backpropagation through time. */
  learn(sequences: readonly Sequence[]): void {
    this.#step = null;
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
