/**
 * Runs the shipped model's step on WebGPU and on the CPU and prints, as one line of JSON, how far they are apart. Where LOSE_FILE is named, the
 * device is then lost (lost-vulkan.c). A process of its own, because the variables that lead to a software Vulkan are read when one starts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { shippedModel } from '../../src/cli/engine.ts';
import { createStepRunner, type StepResult } from '../../src/compute/step-runner.ts';
import { readModel } from '../../src/liquid/model.ts';
import { stepProgram } from '../../src/liquid/onnx/step-program.ts';
import { mulberry32, uniform } from '../liquid/random.ts';

const { network, theta, calibration, name } = readModel(JSON.parse(readFileSync(shippedModel, 'utf8')));
const { inputs, state } = network.cell;
const bends = [
  { at: -1, by: 0.5 },
  { at: 1, by: -0.3 },
];
const programs = {
  shipped: stepProgram(network, theta, { name, tile: 16, calibration }),
  bent: stepProgram(network, theta, { name, tile: 16, calibration: { ...calibration, bends } }),
};
const random = mulberry32(5);
const rows = 24;

function apart(a: StepResult, b: StepResult): number {
  let largest = 0;
  for (const part of ['failure', 'logOdds', 'hidden'] as const)
    for (const [i, value] of a[part].entries()) largest = Math.max(largest, Math.abs(value - b[part][i]));
  return largest;
}

const inputsOf = (n: number) =>
  [Float32Array.from(uniform(random, n * inputs, -4, 4)), Float32Array.from(uniform(random, n, 0, 10))] as const;

const apartBy: Record<string, number> = {};
for (const [key, program] of Object.entries(programs)) {
  const [gpu, cpu] = [
    await createStepRunner(program, { providers: 'webgpu' }),
    await createStepRunner(program, { providers: 'cpu' }),
  ];
  let onGpu: Float32Array = new Float32Array(rows * state);
  let onCpu = onGpu;
  apartBy[key] = 0;
  // Each carries its own state on: differences may not grow either.
  for (let step = 0; step < 8; step++) {
    const [x, dt] = inputsOf(rows);
    const [ours, theirs] = [await gpu.step(x, onGpu, dt, rows), await cpu.step(x, onCpu, dt, rows)];
    apartBy[key] = Math.max(apartBy[key], apart(ours, theirs));
    [onGpu, onCpu] = [ours.hidden, theirs.hidden];
  }
  await gpu.close();
  await cpu.close();
}

const losses: string[] = [];
const gpu = await createStepRunner(programs.shipped, {
  providers: 'webgpu',
  onLost: (lost, { provider }) => losses.push(`${lost} to ${provider}`),
});
const cells = [3, 7, 16, 11, 1, 20].map((n) => ({
  n,
  x: inputsOf(n),
  h: Float32Array.from(uniform(random, n * state)),
}));
const stepAll = (alone: boolean) =>
  cells.reduce<Promise<StepResult>[]>((steps, { n, x, h }) => {
    const step = () => gpu.step(x[0], h, x[1], n);
    steps.push(alone && steps.length > 0 ? steps[steps.length - 1].then(step) : step());
    return steps;
  }, []);
const alone = await Promise.all(stepAll(true));
const together = await Promise.all(stepAll(false));
const apartInCompany = Math.max(...alone.map((result, i) => apart(result, together[i])));

let lost = null;
if (process.env.LOSE_FILE !== undefined) {
  writeFileSync(process.env.LOSE_FILE, '');
  const cpu = await createStepRunner(programs.shipped, { providers: 'cpu' });
  const after = await Promise.all(stepAll(false));
  let apartAfter = 0;
  for (const [i, { n, x, h }] of cells.entries())
    apartAfter = Math.max(apartAfter, apart(after[i], await cpu.step(x[0], h, x[1], n)));
  const later = await createStepRunner(programs.shipped, { providers: ['webgpu', 'cpu'] });
  lost = { losses, device: gpu.device, apartAfter, later: later.device.provider };
  await Promise.all([cpu.close(), later.close()]);
}
await gpu.close();
process.stdout.write(`${JSON.stringify({ apartBy, apartInCompany, lost })}\n`);
