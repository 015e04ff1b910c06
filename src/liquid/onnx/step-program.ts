import type { Bend, Calibration } from '../calibration.ts';
import { LiquidError } from '../errors.ts';
import type { Network } from '../network.ts';
import { blockOf, viewOf } from '../parameters.ts';
import { cellGraph } from './cell-graph.ts';
import { ParameterValues } from './cell-values.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { encodeOnnx, type OnnxDim } from './schema.ts';

/** Opset 17 (ONNX 1.12): the newest that every provider at hand runs in full for these operators. */
export const OPSET = 17;

/**
 * A streaming step as an ONNX file. A step reads `features` [tile, F], `hidden` [tile, H] and `elapsed` [tile] and gives
 * `log_odds` [tile], `failure` [tile] (its logistic) and `hidden_next` [tile, H]. The tile is fixed: every batch is computed in the same
 * shape, so that a row's result does not depend on how many others came with it.
 */
export interface StepProgram {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly tile: number;
  readonly features: number;
  readonly hidden: number;
}

export interface StepProgramOptions {
  readonly name: string;
  /** Rows of a batch. */
  readonly tile: number;
  readonly calibration: Calibration;
}

/** Of a network with one output, a logit. Throws architecture-invalid for another. */
export function stepProgram(network: Network, theta: Float64Array, options: StepProgramOptions): StepProgram {
  const { name, tile } = options;
  const bytes = failureFile(network, theta, { ...options, rows: tile });
  return { name, bytes, tile, features: network.cell.inputs, hidden: network.cell.state };
}

export interface StepFileOptions {
  readonly name: string;
  /** Rows of a batch; null: as many as each run brings. */
  readonly rows: number | null;
}

/** The bytes of such a step, failure scores. */
export function failureFile(
  network: Network,
  theta: Float64Array,
  { name, rows, calibration }: StepFileOptions & Pick<StepProgramOptions, 'calibration'>,
): Uint8Array {
  if (network.outputs !== 1) {
    throw new LiquidError(
      'architecture-invalid',
      `the readout gives ${network.outputs} numbers; a failure score is one`,
    );
  }
  const { graph, next, outputs, n } = begin(network, theta, rows);
  const { slope, intercept, bends = [] } = calibration;
  // A line in the logit is folded into the readout.
  const line = readout(graph, network, theta, outputs, slope, intercept);
  const logOdds = graph.node('Squeeze', [bent(graph, line, bends), graph.integers('axis', [1])]);
  graph.output('log_odds', [n], logOdds);
  graph.output('failure', [n], graph.node('Sigmoid', [logOdds]));
  graph.output('hidden_next', [n, network.cell.state], next);
  return encodeOnnx(graph.graph(name), OPSET, { model: name, tile: String(n) });
}

/** The bytes of a step of any network: the same inputs, and `scores` [n, P] beside `hidden_next` [n, H]. */
export function scoresFile(network: Network, theta: Float64Array, { name, rows }: StepFileOptions): Uint8Array {
  const { graph, next, outputs, n } = begin(network, theta, rows);
  graph.output('scores', [n, network.outputs], readout(graph, network, theta, outputs, 1, 0));
  graph.output('hidden_next', [n, network.cell.state], next);
  return encodeOnnx(graph.graph(name), OPSET, { model: name, tile: String(n) });
}

function begin({ cell, layout, architecture }: Network, theta: Float64Array, rows: number | null) {
  const n: OnnxDim = rows ?? 'N';
  const graph = new GraphBuilder();
  const x = graph.input('features', [n, cell.inputs]);
  const state = graph.input('hidden', [n, cell.state]);
  const spans = graph.input('elapsed', [n]);
  const elapsed = graph.node('Unsqueeze', [spans, graph.integers('axis', [1])]);
  const next = cellGraph(new ParameterValues(graph, layout, theta), architecture, { x, state, elapsed });
  const { offset, size } = cell.output;
  const outputs = size === cell.state ? next : graph.slice(next, offset, offset + size);
  return { graph, next, outputs, n };
}

/** line [n, 1] + max(0, line - at) by, over the bends. */
function bent(graph: GraphBuilder, line: Value, bends: readonly Bend[]): Value {
  if (bends.length === 0) return line;
  const count = bends.length;
  const at = bends.map((bend) => bend.at);
  const by = bends.map((bend) => bend.by);
  const beyond = graph.node('Relu', [graph.node('Sub', [line, graph.floats('bends.at', [1, count], at)])]);
  return graph.node('Add', [line, graph.node('MatMul', [beyond, graph.floats('bends.by', [count, 1], by)])]);
}

/** slope x (weight outputs + bias) + intercept, [n, P]. */
function readout(
  graph: GraphBuilder,
  { layout }: Network,
  theta: Float64Array,
  outputs: Value,
  slope: number,
  intercept: number,
): Value {
  const { rows, columns } = blockOf(layout, 'readout.weight');
  const weight = viewOf(layout, theta, 'readout.weight').map((w) => w * slope);
  const bias = viewOf(layout, theta, 'readout.bias').map((b) => b * slope + intercept);
  return graph.node(
    'Gemm',
    [outputs, graph.floats('readout.weight', [rows, columns], weight), graph.floats('readout.bias', [rows], bias)],
    { transB: 1 },
  );
}
