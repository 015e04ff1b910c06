import {
  attributeType,
  elementType,
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
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];

  input(name: string, dims: readonly number[]): Value {
    this.#inputs.push({ name, dims });
    return name as Value;
  }

  floats(name: string, dims: readonly number[], values: ArrayLike<number>): Value {
    const rawData = new Uint8Array(values.length * 4);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
    this.#initializers.push({ name, dims, dataType: elementType.float, rawData });
    return name as Value;
  }

  integers(name: string, values: readonly number[]): Value {
    const rawData = new Uint8Array(values.length * 8);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, BigInt(values[i]), true);
    this.#initializers.push({ name, dims: [values.length], dataType: elementType.int64, rawData });
    return name as Value;
  }

  /** One operator with one output; attributes are integers. */
  node(opType: string, input: readonly Value[], attributes: Readonly<Record<string, number>> = {}): Value {
    const name = `${opType.toLowerCase()}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, i]) => ({ name: key, i, type: attributeType.int }));
    this.#nodes.push({ opType, name, input, output: [name], attribute });
    return name as Value;
  }

  output(name: string, dims: readonly number[], value: Value): void {
    this.#nodes.push({ opType: 'Identity', name, input: [value], output: [name], attribute: [] });
    this.#outputs.push({ name, dims });
  }

  graph(name: string): OnnxGraph {
    return {
      name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }
}
