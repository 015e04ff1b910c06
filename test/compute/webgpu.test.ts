import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandWorks, runCommand } from '../../infra/stack/command.ts';
import { findSoftwareVulkan, softwareVulkan } from '../../infra/vulkan/software-vulkan.ts';

const vulkan = process.env.AURA_REQUIRE_SERVERS === '1' ? await softwareVulkan() : await findSoftwareVulkan();
if (vulkan === undefined) {
  console.info('left out: models on WebGPU, for want of a Vulkan driver; `node infra/vulkan/main.ts` fetches one');
}
const compiler = process.platform === 'linux' && (await commandWorks('cc', ['--version']));
if (vulkan !== undefined && !compiler) console.info('left out: the loss of a device, for want of a C compiler');

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

test.skipIf(vulkan === undefined)(
  'on a software Vulkan the shipped model scores as on the CPU, rows do not feel their company, and a device that is lost costs no step',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aura-vulkan-'));
    try {
      const env: NodeJS.ProcessEnv = { ...process.env, ...vulkan };
      if (compiler) {
        await runCommand('cc', [
          '-shared',
          '-fPIC',
          '-o',
          join(folder, 'libvulkan.so.1'),
          here('lost-vulkan.c'),
          '-ldl',
        ]);
        env.REAL_VULKAN = join(dirname(vulkan?.VK_DRIVER_FILES ?? ''), 'libvulkan.so.1');
        env.LD_LIBRARY_PATH = `${folder}:${env.LD_LIBRARY_PATH}`;
        env.LOSE_FILE = join(folder, 'lose');
      }
      const { stdout } = await runCommand(process.execPath, [here('on-webgpu.ts')], { env, timeoutMs: 110_000 });
      const found = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      expect(found.apartBy.shipped).toBeLessThan(1e-4);
      expect(found.apartBy.bent).toBeLessThan(1e-4);
      expect(found.apartInCompany).toBe(0);
      if (!compiler) return;
      expect(found.lost).toMatchObject({
        losses: ['webgpu to cpu'],
        device: { provider: 'cpu', reason: 'webgpu was lost', refused: [{ provider: 'webgpu' }] },
        apartAfter: 0,
        later: 'cpu',
      });
      console.info(`apart by ${JSON.stringify(found.apartBy)}; lost: ${found.lost.device.refused[0].reason}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
