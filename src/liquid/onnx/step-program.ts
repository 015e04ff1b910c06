import type { Network } from '../network.ts';
import { blockOf, viewOf } from '../parameters.ts';
import { cfcGraph } from './cfc-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { encodeOnnx } from './schema.ts';

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
  /** Log-odds = slope x logit + intercept (Platt 1999). */
  readonly calibration: { readonly slope: number; readonly intercept: number };
}

export function stepProgram(network: Network, theta: Float64Array, options: StepProgramOptions): StepProgram {
  const { cell, layout, architecture } = network;
  const { name, tile, calibration } = options;
  const graph = new GraphBuilder();
  const features = graph.input('features', [tile, cell.inputs]);
  const hidden = graph.input('hidden', [tile, cell.state]);
  const elapsed = graph.input('elapsed', [tile]);
  const axis = graph.integers('axis', [1]);
  const spans = graph.node('Unsqueeze', [elapsed, axis]);

  const next = cfcGraph(graph, architecture, layout, theta, features, hidden, spans);

  // The calibration is linear in the logit, so it is folded into the readout.
  const { columns } = blockOf(layout, 'readout.weight');
  const weight = viewOf(layout, theta, 'readout.weight').map((w) => w * calibration.slope);
  const bias = viewOf(layout, theta, 'readout.bias').map((b) => b * calibration.slope + calibration.intercept);
  const logOdds = graph.node('Squeeze', [
    graph.node(
      'Gemm',
      [
        outputOf(graph, next, cell),
        graph.floats('readout.weight', [1, columns], weight),
        graph.floats('readout.bias', [1], bias),
      ],
      { transB: 1 },
    ),
    axis,
  ]);
  graph.output('log_odds', [tile], logOdds);
  graph.output('failure', [tile], graph.node('Sigmoid', [logOdds]));
  graph.output('hidden_next', [tile, cell.state], next);
  const bytes = encodeOnnx(graph.graph(name), OPSET, { model: name, tile: String(tile) });
  return { name, bytes, tile, features: cell.inputs, hidden: cell.state };
}

/** The columns of the state that the readout sees. */
function outputOf(graph: GraphBuilder, state: Value, { output, state: width }: Network['cell']): Value {
  if (output.offset === 0 && output.size === width) return state;
  const starts = graph.integers('output.start', [output.offset]);
  const ends = graph.integers('output.end', [output.offset + output.size]);
  return graph.node('Slice', [state, starts, ends, graph.integers('output.axis', [1])]);
}
