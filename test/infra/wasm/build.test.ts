import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileKernel, KERNELS, moduleOf } from '../../../infra/wasm/build.ts';

test.each(KERNELS)(
  '$path: a rebuild gives the bytes that are in the repository',
  async (kernel) => {
    expect(await compileKernel(kernel)).toBe(readFileSync(moduleOf(kernel), 'utf8'));
  },
  60_000,
);
