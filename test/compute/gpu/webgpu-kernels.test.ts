import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../infra/stack/command.ts';
import { findSoftwareVulkan, softwareVulkan } from '../../../infra/vulkan/software-vulkan.ts';
import { cpuKernels } from '../../../src/compute/gpu/cpu-kernels.ts';
import { openCellKernels } from '../../../src/compute/gpu/open-kernels.ts';
import { cloud } from './clouds.ts';

const isRequired = process.env.AURA_REQUIRE_SERVERS === '1';
const vulkan = isRequired ? await softwareVulkan() : await findSoftwareVulkan();
if (vulkan === undefined) {
  console.info('left out: the kernels on WebGPU, for want of a Vulkan driver; `node infra/vulkan/main.ts` fetches one');
}

describe.skipIf(vulkan === undefined)('on a software Vulkan', () => {
  test('the GPU kernels give what the CPU kernels give, and a lost device falls back to the CPU', async () => {
    const script = fileURLToPath(new URL('./on-webgpu.ts', import.meta.url));
    const env = { ...process.env, ...vulkan };
    const { stdout } = await runCommand(process.execPath, [script], { env, timeoutMs: 110_000 });
    const found = JSON.parse(stdout);
    expect(found.device).toMatchObject({ provider: 'webgpu', refused: [] });
    expect(found.distances.count).toBe(3_278);
    expect(found.distances.beyondAllowance).toBe(0);
    expect(found.pairs.count).toBe(6_906);
    expect(found.pairs.different).toBe(0);
    expect(found.emptyBatches).toEqual([[], []]);
    expect(found.afterClose).toBe('runner-closed');
    expect(found.lost).toMatchObject({ before: 'webgpu', after: 'cpu' });
    expect(found.lost.refused).toHaveLength(1);
  }, 120_000);
});

describe('without a GPU', () => {
  const openDevice = async () => {
    throw new Error('no GPU today');
  };

  test('the CPU takes over and the reason is told', async () => {
    const kernels = await openCellKernels({ openDevice });
    expect(kernels.device).toEqual({
      provider: 'cpu',
      reason: 'first of the providers asked for that is there',
      refused: [{ provider: 'webgpu', reason: 'no GPU today' }],
    });
    const clouds = [cloud(10, 3, 1)];
    expect(await kernels.distances(clouds)).toEqual(await cpuKernels(kernels.device).distances(clouds));
  });

  test('opening fails where the CPU was not asked for', async () => {
    await expect(openCellKernels({ providers: ['webgpu'], openDevice })).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('webgpu: no GPU today'),
    });
  });
});
