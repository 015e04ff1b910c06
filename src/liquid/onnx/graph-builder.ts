import {
  attributeType,
  elementType,
  type OnnxDim,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './schema.ts';

/** The name of a tensor in the graph under construction. */
export type Value = string & { readonly __value: never };

/** Writes an ONNX graph down node by node, in the order of computation. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];

  input(name: string, dims: readonly OnnxDim[]): Value {
    this.#inputs.push({ name, dims });
    return name as Value;
  }

  /** A constant; a name stands for one constant, however often it is asked for. */
  floats(name: string, dims: readonly number[], values: ArrayLike<number>): Value {
    const rawData = new Uint8Array(values.length * 4);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
    this.#initializers.set(name, { name, dims, dataType: elementType.float, rawData });
    return name as Value;
  }

  integers(name: string, values: readonly number[]): Value {
    const rawData = new Uint8Array(values.length * 8);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, BigInt(values[i]), true);
    this.#initializers.set(name, { name, dims: [values.length], dataType: elementType.int64, rawData });
    return name as Value;
  }

  /** One operator with one output; attributes are integers. */
  node(opType: string, input: readonly Value[], attributes: Readonly<Record<string, number>> = {}): Value {
    return this.#add(opType, input, 1, attributes)[0];
  }

  /** Columns of a matrix, cut into parts of the same width. */
  columns(input: Value, parts: number, width: number): readonly Value[] {
    const sizes = this.integers(
      `split.${parts}x${width}`,
      Array.from({ length: parts }, () => width),
    );
    return this.#add('Split', [input, sizes], parts, { axis: 1 });
  }

  /** Columns from <= c < to of a matrix. */
  slice(input: Value, from: number, to: number): Value {
    const bound = (at: number): Value => this.integers(`at.${at}`, [at]);
    return this.node('Slice', [input, bound(from), bound(to), this.integers('axis.1', [1])]);
  }

  output(name: string, dims: readonly OnnxDim[], value: Value): void {
    this.#nodes.push({ opType: 'Identity', name, input: [value], output: [name], attribute: [] });
    this.#outputs.push({ name, dims });
  }

  graph(name: string): OnnxGraph {
    return {
      name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #add(
    opType: string,
    input: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, number>>,
  ): readonly Value[] {
    const name = `${opType.toLowerCase()}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, i]) => ({ name: key, i, type: attributeType.int }));
    const output = outputs === 1 ? [name] : Array.from({ length: outputs }, (_, k) => `${name}.${k}`);
    this.#nodes.push({ opType, name, input, output, attribute });
    return output as Value[];
  }
}
