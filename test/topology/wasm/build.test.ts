import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileKernel, KERNELS, kernelModule } from '../../../src/topology/wasm/build.ts';

test.each(KERNELS)(
  '%s: a rebuild gives the bytes that are in the repository',
  async (name) => {
    const committed = readFileSync(new URL(`../../../src/topology/wasm/${name}.wasm.ts`, import.meta.url), 'utf8');
    expect(kernelModule(name, await compileKernel(name))).toBe(committed);
  },
  60_000,
);
