/** What is not as it should be ends in a typed error, or in what is written here. */
import { describe, expect, test } from 'vitest';
import { ComputeError } from '../../src/compute/errors.ts';
import { createStepRunner } from '../../src/compute/step-runner.ts';
import { LiquidError } from '../../src/liquid/errors.ts';
import { NO_MEMORY } from '../../src/liquid/memory.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { readNetwork, serializeNetwork } from '../../src/liquid/network-file.ts';
import { networkStep } from '../../src/liquid/network-step.ts';
import { GraphBuilder } from '../../src/liquid/onnx/graph-builder.ts';
import { encodeOnnx } from '../../src/liquid/onnx/schema.ts';
import { stepProgram } from '../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { scoreCell } from '../../src/liquid/scoring.ts';
import { checkStepInputs } from '../../src/liquid/step-inputs.ts';
import { smallCells } from './cells/cells.ts';
import { randomModel } from './models.ts';
import { mulberry32 } from './random.ts';
import { agentState, snapshot } from './snapshots.ts';

const model = randomModel(3, 0);

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (error) {
    return error instanceof LiquidError || error instanceof ComputeError ? error.code : String(error);
  }
}

describe('a snapshot with a number that is none', () => {
  const spoiled = snapshot([agentState('a'), agentState('b', { saturation: Number.NaN })]);

  test('is not scored, and leaves no trace in the memory', async () => {
    const run = scoreCell(model, networkStep(model), spoiled, null, NO_MEMORY);
    await expect(run).rejects.toThrow(/feature saturation\.level of row 1 is NaN; valid are finite numbers/);
  });
});

describe('a step', () => {
  const sizes = { inputs: 2, state: 1 };
  test.each([
    ['a feature that is infinite', [1, Number.POSITIVE_INFINITY], [0], [1], /feature 1 of row 0 is Infinity/],
    ['a state that is NaN', [1, 1], [Number.NaN], [1], /state 0 of row 0 is NaN/],
    [
      'a time that runs backwards',
      [1, 1],
      [0],
      [-1],
      /elapsed time of row 0 is -1; valid are finite numbers of 0 or more/,
    ],
    ['a time without end', [1, 1], [0], [Number.POSITIVE_INFINITY], /elapsed time of row 0 is Infinity/],
    ['a feature too few', [1], [0], [1], /features holds 1 numbers; 1 rows of 2 need 2/],
  ])('refuses %s', (_, features, hidden, elapsed, message) => {
    expect(() => checkStepInputs(features, hidden, elapsed, 1, sizes)).toThrow(message);
  });

  test('by networkStep names the feature', async () => {
    const features = new Float32Array(model.network.cell.inputs);
    features[5] = Number.NaN;
    const run = networkStep(model)(features, new Float32Array(8), new Float32Array(1), 1);
    await expect(run).rejects.toThrow(/feature errors\.deviation of row 0 is NaN/);
  });
});

test('after a week without a window a score is that of the longest gap the model was trained on', async () => {
  const step = networkStep(model);
  const first = await scoreCell(model, step, snapshot([agentState('a')], [], 1_000_000), null, NO_MEMORY);
  const after = (ms: number) =>
    scoreCell(model, step, snapshot([agentState('a')], [], 1_000_000 + ms), null, first.memory);
  const [week, longest] = [await after(7 * 86_400_000), await after(model.elapsedMaxMs)];
  expect(week.agents[0].failure).toBe(longest.agents[0].failure);
  expect(week.memory.agents).toEqual(longest.memory.agents);
});

describe('an ONNX file', () => {
  const network = networkOf({ cell: 'gru', inputs: 2, units: 3 });
  const theta = initialParameters(network.layout, mulberry32(1));
  const program = stepProgram(network, theta, { name: 'gru', tile: 4, calibration: { slope: 1, intercept: 0 } });

  test('of an opset that no provider knows is refused, with the reason', async () => {
    const graph = new GraphBuilder();
    graph.output('y', [1], graph.input('x', [1]));
    const bytes = encodeOnnx(graph.graph('later'), 9999, {});
    const open = () => createStepRunner({ ...program, bytes });
    expect(await codeOf(open)).toBe('device-unavailable');
    await expect(open()).rejects.toThrow(/opset/i);
  });

  test('of another shape than it says is refused, naming both', async () => {
    const open = () => createStepRunner({ ...program, hidden: 7 });
    expect(await codeOf(open)).toBe('program-invalid');
    await expect(open()).rejects.toThrow(/hidden\[4, 3\].*hidden\[4, 7\]/);
  });

  test('that was cut short is refused', async () => {
    expect(await codeOf(() => createStepRunner({ ...program, bytes: program.bytes.slice(0, 100) }))).toBe(
      'device-unavailable',
    );
  });
});

describe('a network file', () => {
  test.each(smallCells(3, 4))('of a %s reads back as it was written', (_, architecture) => {
    const network = networkOf(architecture, 2);
    const theta = initialParameters(network.layout, mulberry32(2)).map(Math.fround);
    const text = serializeNetwork({ name: 'n', network, theta, made: { source: 'test' }, metrics: {} });
    const read = readNetwork(JSON.parse(text));
    expect(read.theta).toEqual(theta);
    expect(read.network.architecture).toEqual(architecture);
    expect(serializeNetwork(read)).toBe(text);
  });

  test('that was changed, or is of another format, is refused', async () => {
    const network = networkOf({ cell: 'ct-rnn', inputs: 1, units: 2 });
    const theta = new Float64Array(network.layout.size);
    const file = JSON.parse(serializeNetwork({ name: 'n', network, theta, made: {}, metrics: {} }));
    expect(await codeOf(() => readNetwork({ ...file, outputs: 2 }))).toBe('model-hash');
    expect(await codeOf(() => readNetwork({ ...file, extra: 1 }))).toBe('model-malformed');
    expect(await codeOf(() => readNetwork({ ...file, architecture: { cell: 'rnn' } }))).toBe('model-malformed');
    expect(await codeOf(() => readNetwork([]))).toBe('model-malformed');
  });
});
