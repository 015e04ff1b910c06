import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdCpuLatency } from '../../src/cli/cpu-latency.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-latency-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('what is asked for is written as the four bytes the kernel reads', async () => {
  const device = join(folder, 'device');
  await writeFile(device, '');
  const held = await holdCpuLatency(258, device);
  await held.close();
  expect([...(await readFile(device))]).toEqual(endianness() === 'LE' ? [2, 1, 0, 0] : [0, 0, 1, 2]);
});

test('a device that is not there is refused with what to do, and is not made', async () => {
  const device = join(folder, 'none');
  await expect(holdCpuLatency(0, device)).rejects.toMatchObject({
    code: 'cpu-latency-refused',
    message: expect.stringContaining(device),
  });
  await expect(readFile(device)).rejects.toThrow();
});
