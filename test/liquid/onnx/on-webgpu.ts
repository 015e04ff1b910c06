/** Run as a program of its own, with a Vulkan in its environment: the exported steps of the cells named, on the WebGPU provider and on the CPU's. */
import { createStepRunner } from '../../../src/compute/step-runner.ts';
import { networkOf } from '../../../src/liquid/network.ts';
import { stepProgram } from '../../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { smallCells } from '../cells/cells.ts';
import { mulberry32, uniform } from '../random.ts';

const inputs = 5;
const rows = 12;
const steps = 4;
const results: Record<string, number> = {};
const named = new Set(process.argv.slice(2));
for (const [name, architecture] of smallCells(inputs, 8).filter(([cell]) => named.has(cell))) {
  const random = mulberry32(1);
  const network = networkOf(architecture);
  const theta = initialParameters(network.layout, random).map(Math.fround);
  const program = stepProgram(network, theta, { name: 'step', tile: 8, calibration: { slope: 1, intercept: 0 } });
  const [gpu, cpu] = [
    await createStepRunner(program, { providers: ['webgpu'] }),
    await createStepRunner(program, { providers: ['cpu'] }),
  ];
  let hidden: Float32Array = new Float32Array(rows * network.cell.state);
  let largest = 0;
  for (let t = 0; t < steps; t++) {
    const x = Float32Array.from(uniform(random, rows * inputs));
    const elapsed = Float32Array.from(uniform(random, rows, 0, 3));
    const [ours, theirs] = [await gpu.step(x, hidden, elapsed, rows), await cpu.step(x, hidden, elapsed, rows)];
    for (const part of ['logOdds', 'failure', 'hidden'] as const) {
      for (const [j, value] of ours[part].entries()) largest = Math.max(largest, Math.abs(value - theirs[part][j]));
    }
    hidden = theirs.hidden;
  }
  results[name] = largest;
  await gpu.close();
  await cpu.close();
}
process.stdout.write(`${JSON.stringify(results)}\n`);
