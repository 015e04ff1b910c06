/**
 * Compiles the kernels of this folder: NAME.as, written in AssemblyScript, to NAME.wasm.ts, which holds the bytes in base64, so that a user needs
 * no compiler and no file beside the code. Run `node src/topology/wasm/build.ts` after a change; a test checks that the bytes are those of the sources.
 */
// biome-ignore lint/style/noRestrictedImports: run by hand to build, imported by nothing in src.
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

export const KERNELS = ['flag-cohomology', 'edge-collapse'] as const;

/** The WebAssembly module of one kernel, the same bytes for the same source and compiler. */
export async function compileKernel(name: (typeof KERNELS)[number]): Promise<Uint8Array> {
  const source = await readFile(new URL(`${name}.as`, import.meta.url), 'utf8');
  const written = new Map<string, string | Uint8Array>();
  // The compiler takes files that end in .ts only; these end in .as, so that no other tool takes them for TypeScript.
  const { error, stderr } = await asc.main(
    [
      `${name}.ts`,
      '--outFile',
      'out.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'minimal',
      '--enable',
      'simd',
      '--importMemory',
    ],
    {
      readFile: (path) => (path === `${name}.ts` ? source : null),
      writeFile: (path, contents) => {
        written.set(path, contents);
      },
      listFiles: () => [],
    },
  );
  const bytes = written.get('out.wasm');
  if (error !== null || !(bytes instanceof Uint8Array)) throw new Error(`${name}.as: ${stderr.toString()}`);
  return bytes;
}

/** The text of NAME.wasm.ts. */
export function kernelModule(name: string, bytes: Uint8Array): string {
  return `// Written by build.ts from ${name}.as.\nexport const WASM_BASE64 =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const name of KERNELS) {
    const bytes = await compileKernel(name);
    await writeFile(new URL(`${name}.wasm.ts`, import.meta.url), kernelModule(name, bytes));
  }
}
