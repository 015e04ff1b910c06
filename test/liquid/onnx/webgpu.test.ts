/** On a software Vulkan where one is found (node infra/vulkan/main.ts fetches one), which a process has to be started with. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findSoftwareVulkan, softwareVulkan } from '../../../infra/vulkan/software-vulkan.ts';
import { smallCells } from '../cells/cells.ts';

const isRequired = process.env.AURA_REQUIRE_SERVERS === '1';
const vulkan = isRequired ? await softwareVulkan() : await findSoftwareVulkan();
if (vulkan === undefined) console.info('left out: steps on WebGPU; no software Vulkan is found');

/** A software GPU compiles for seconds a cell. These four have every operator there is; all are tried where servers are required. */
const names = isRequired
  ? smallCells(5, 8).map(([name]) => name)
  : ['CfC with mixed memory', 'CfC pure, wired as an NCP', 'LTC with adaptive time', 'GRU'];

test.skipIf(vulkan === undefined)(
  'an exported step gives on WebGPU what it gives on the CPU, within 1e-4',
  async () => {
    const script = fileURLToPath(new URL('./on-webgpu.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...names], {
      env: { ...process.env, ...vulkan },
    });
    const results = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, number>>;
    expect(Object.keys(results)).toEqual(names);
    for (const [name, largest] of Object.entries(results)) expect(largest, name).toBeLessThan(1e-4);
  },
  120_000,
);
