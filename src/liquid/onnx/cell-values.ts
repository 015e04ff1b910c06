import { blockOf, type Layout, viewOf } from '../parameters.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/** What a cell's graph reads: x [n, F], state [n, H], elapsed [n, 1]. */
export interface StepValues {
  readonly x: Value;
  readonly state: Value;
  readonly elapsed: Value;
}

/** The parameters of a cell as constants of a graph. */
export class ParameterValues {
  readonly graph: GraphBuilder;
  readonly #layout: Layout;
  readonly #theta: Float64Array;
  readonly #prefix: string;

  constructor(graph: GraphBuilder, layout: Layout, theta: Float64Array, prefix = '') {
    this.graph = graph;
    this.#layout = layout;
    this.#theta = theta;
    this.#prefix = prefix;
  }

  /** The same under a longer prefix. */
  within(prefix: string): ParameterValues {
    return new ParameterValues(this.graph, this.#layout, this.#theta, this.#prefix + prefix);
  }

  numbers(name: string): Float64Array {
    return viewOf(this.#layout, this.#theta, this.#prefix + name);
  }

  /** A row of numbers [1, columns], changed on the way. */
  row(name: string, change: (value: number) => number = (value) => value): Value {
    const values = this.numbers(name).map(change);
    return this.graph.floats(this.#prefix + name, [1, values.length], values);
  }

  /** weight input + bias, for the matrices of these names one below the other. */
  linear(input: Value, weights: readonly string[], biases: readonly string[]): Value {
    const { columns } = blockOf(this.#layout, this.#prefix + weights[0]);
    const weight = joined(weights.map((name) => this.numbers(name)));
    const inputs = [
      input,
      this.graph.floats(this.#prefix + weights.join('|'), [weight.length / columns, columns], weight),
    ];
    if (biases.length > 0) {
      const bias = joined(biases.map((name) => this.numbers(name)));
      inputs.push(this.graph.floats(this.#prefix + biases.join('|'), [bias.length], bias));
    }
    return this.graph.node('Gemm', inputs, { transB: 1 });
  }

  scalar(value: number): Value {
    return this.graph.floats(`scalar.${value}`, [1], [value]);
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
