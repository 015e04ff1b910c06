/**
 * Runs the kernels on WebGPU and on the CPU and prints, as one line of JSON, what differs. A process of its own, because the variables
 * that lead to a software Vulkan are read when a process starts.
 */
import { strict as assert } from 'node:assert';
import type { CellDistances } from '../../../src/compute/gpu/cell-kernels.ts';
import { cpuKernels } from '../../../src/compute/gpu/cpu-kernels.ts';
import { openCellKernels } from '../../../src/compute/gpu/open-kernels.ts';
import { openWebGpuDevice } from '../../../src/compute/gpu/webgpu-device.ts';
import { allowance, cloud, tiedDistances } from './clouds.ts';

const kernels = await openCellKernels({ providers: ['webgpu'], allowSoftware: true });
const cpu = cpuKernels(kernels.device);

const clouds = [
  cloud(1, 1, 1),
  cloud(2, 3, 2),
  cloud(15, 2, 3),
  cloud(16, 16, 4),
  cloud(17, 17, 5),
  cloud(40, 40, 6),
  cloud(50, 4, 7, 1e-30),
  cloud(20, 3, 8, 1e30),
  cloud(33, 5, 9, 1, 1000),
  // All in one place.
  cloud(20, 3, 10, 0, 5),
  // Close together, and far away in a coordinate that they share.
  { count: 3, dimension: 2, points: Float32Array.of(1e12, 0, 1e12, 1e-28, 1e12, 2e-28) },
];
const onGpu = await kernels.distances(clouds);
const onCpu = await cpu.distances(clouds);
let distanceCount = 0;
let differentDistances = 0;
let beyondAllowance = 0;
for (const [cell, { lower }] of onGpu.entries()) {
  assert.equal(lower.length, onCpu[cell].lower.length);
  for (let k = 0; k < lower.length; k++) {
    const expected = onCpu[cell].lower[k];
    distanceCount += 1;
    if (lower[k] !== expected) differentDistances += 1;
    if (!(Math.abs(lower[k] - expected) <= allowance(clouds[cell], expected))) beyondAllowance += 1;
  }
}

const cells: CellDistances[] = [...onCpu, ...onGpu.slice(3, 6)];
for (let seed = 0; seed < 12; seed++) cells.push(tiedDistances(2 + 3 * seed, seed % 5, (seed % 3) / 5, seed));
cells.push({ count: 3, lower: Float32Array.of(-0, 0, -0) });
// Numbers so small that a device may take them for zero.
cells.push({ count: 3, lower: Float32Array.of(3e-45, 1.4e-45, 2.8e-45) });
const gpuWitnesses = await kernels.apparentPairs(cells);
const cpuWitnesses = await cpu.apparentPairs(cells);
let pairCount = 0;
let differentWitnesses = 0;
for (const [cell, witnesses] of gpuWitnesses.entries()) {
  assert.equal(witnesses.length, cpuWitnesses[cell].length);
  for (let k = 0; k < witnesses.length; k++) {
    pairCount += 1;
    if (witnesses[k] !== cpuWitnesses[cell][k]) differentWitnesses += 1;
  }
}
const none = await Promise.all([kernels.distances([]), kernels.apparentPairs([])]);
const afterWork = kernels.device;
await kernels.close();
const afterClose = await kernels.distances([]).then(
  () => 'resolved',
  (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
);

// A device that is lost between two calls, and one that is lost under a call.
const opened = await openWebGpuDevice({ allowSoftware: true });
const guarded = await openCellKernels({ openDevice: async () => opened });
const before = guarded.device.provider;
const underWay = guarded.apparentPairs(cells);
opened.device.destroy();
assert.deepEqual(await underWay, cpuWitnesses);
const afterLoss = guarded.device;
assert.deepEqual(await guarded.distances(clouds), onCpu);
await guarded.close();

process.stdout.write(
  `${JSON.stringify({
    device: afterWork,
    distances: { count: distanceCount, different: differentDistances, beyondAllowance },
    pairs: { count: pairCount, different: differentWitnesses },
    emptyBatches: none,
    afterClose,
    lost: { before, after: afterLoss.provider, refused: afterLoss.refused.map(({ reason }) => reason) },
  })}\n`,
);
