/** A network that follows every node through the ticks, as it would in service: one state a node, moved on at each tick in service. */
import { z } from 'zod';
import { ELAPSED_MAX } from '../../../liquid/availability/blocks.ts';
import { LiquidError } from '../../../liquid/errors.ts';
import { readLogits } from '../../../liquid/network.ts';
import type { NetworkModel } from '../../../liquid/network-file.ts';
import { compileStep } from '../../../liquid/simd/compiled-step.ts';

/** Rows a step is made for at most. */
const ROWS = 256;

const madeSchema = z.looseObject({ inputs: z.array(z.string()) });

export class NetworkScorer {
  readonly #model: NetworkModel;
  readonly #columns: readonly number[];
  readonly #states: Float32Array;
  readonly #lastTick: Int32Array;
  readonly #forward: (
    x: Float32Array,
    state: Float32Array,
    elapsed: Float32Array,
    n: number,
    next: Float32Array,
  ) => void;

  /** Throws LiquidError model-malformed where the file's inputs are no features of ours. */
  constructor(model: NetworkModel, names: readonly string[], nodes: number) {
    const { network, theta, made } = model;
    const parsed = madeSchema.safeParse(made);
    if (!parsed.success)
      throw new LiquidError('model-malformed', `${model.name}: made.inputs must name the features that it reads`);
    this.#model = model;
    this.#columns = parsed.data.inputs.map((name) => {
      const column = names.indexOf(name);
      if (column < 0)
        throw new LiquidError('model-malformed', `${model.name} reads '${name}'; valid are ${names.join(', ')}`);
      return column;
    });
    if (network.outputs !== 1 || network.cell.inputs !== this.#columns.length) {
      throw new LiquidError(
        'model-malformed',
        `${model.name}: ${network.cell.inputs} inputs and ${network.outputs} outputs; made.inputs names ${this.#columns.length}, and the output is one`,
      );
    }
    this.#states = new Float32Array(nodes * network.cell.state);
    this.#lastTick = new Int32Array(nodes).fill(-1);
    const compiled = compileStep(network, theta, ROWS);
    this.#forward =
      compiled === null
        ? plainStep(model)
        : (x, state, elapsed, n, next) => compiled.forward(x, state, elapsed, n, next);
  }

  get name(): string {
    return this.#model.name;
  }

  /** Log-odds of the nodes, rows [nodes, width] being their features at this tick. */
  score(rows: Float32Array, width: number, nodes: readonly number[], tick: number): Float64Array {
    const { network, theta } = this.#model;
    const { inputs, state: size } = network.cell;
    const out = new Float64Array(nodes.length);
    const x = new Float32Array(ROWS * inputs);
    const state = new Float32Array(ROWS * size);
    const next = new Float32Array(ROWS * size);
    const elapsed = new Float32Array(ROWS);
    const logits = new Float64Array(ROWS);
    for (let from = 0; from < nodes.length; from += ROWS) {
      const n = Math.min(ROWS, nodes.length - from);
      for (let i = 0; i < n; i++) {
        const node = nodes[from + i];
        const row = (from + i) * width;
        for (let j = 0; j < inputs; j++) x[i * inputs + j] = rows[row + this.#columns[j]];
        state.set(this.#states.subarray(node * size, (node + 1) * size), i * size);
        const last = this.#lastTick[node];
        elapsed[i] = last < 0 ? 1 : Math.min(ELAPSED_MAX, tick - last);
        this.#lastTick[node] = tick;
      }
      this.#forward(x, state, elapsed, n, next);
      readLogits(network, theta, Float64Array.from(next), n, logits);
      for (let i = 0; i < n; i++) {
        this.#states.set(next.subarray(i * size, (i + 1) * size), nodes[from + i] * size);
        out[from + i] = logits[i];
      }
    }
    return out;
  }
}

function plainStep({ network, theta }: NetworkModel) {
  const step = network.cell.createStep(ROWS);
  const wide = new Float64Array(ROWS * network.cell.state);
  return (x: Float32Array, state: Float32Array, elapsed: Float32Array, n: number, next: Float32Array): void => {
    step.forward(theta, Float64Array.from(x), Float64Array.from(state), Float64Array.from(elapsed), n, wide);
    next.set(wide);
  };
}
