/** A network of a file, which follows every node through the ticks as it would in service. */
import { z } from 'zod';
import { FollowedNodes, type Step, stepOf } from '../../../liquid/availability/followed-nodes.ts';
import { LiquidError } from '../../../liquid/errors.ts';
import type { NetworkModel } from '../../../liquid/network-file.ts';

const madeSchema = z.looseObject({ inputs: z.array(z.string()) });

export class NetworkScorer {
  readonly #model: NetworkModel;
  readonly #columns: readonly number[];
  readonly #nodes: FollowedNodes;
  readonly #step: Step;

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
    this.#nodes = new FollowedNodes(network, nodes);
    this.#step = stepOf(network, theta);
  }

  get name(): string {
    return this.#model.name;
  }

  /** Log-odds of the nodes, rows [nodes, width] being their features at this tick. */
  score(rows: Float32Array, width: number, nodes: readonly number[], tick: number): Float64Array {
    const { network, theta } = this.#model;
    const { inputs } = network.cell;
    const x = new Float32Array(nodes.length * inputs);
    for (let i = 0; i < nodes.length; i++)
      for (let j = 0; j < inputs; j++) x[i * inputs + j] = rows[i * width + this.#columns[j]];
    return this.#nodes.score(this.#step, theta, x, nodes, tick);
  }
}
