/**
 * Compiles step-kernel.as, written in AssemblyScript, to step-kernel.wasm.ts, which holds the bytes in base64, so that a user needs no compiler
 * and no file beside the code. Run `node src/liquid/simd/build.ts` after a change; a test checks that the bytes are those of the source.
 */
// biome-ignore lint/style/noRestrictedImports: run by hand to build, imported by nothing in src.
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

/** The same bytes for the same source and compiler. */
export async function compileKernel(): Promise<Uint8Array> {
  const source = await readFile(new URL('step-kernel.as', import.meta.url), 'utf8');
  const written = new Map<string, string | Uint8Array>();
  const flags = [
    '--outFile',
    'out.wasm',
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--importMemory',
  ];
  // The compiler takes files that end in .ts only; this one ends in .as, so that no other tool takes it for TypeScript.
  const { error, stderr } = await asc.main(['step-kernel.ts', ...flags], {
    readFile: (path) => (path === 'step-kernel.ts' ? source : null),
    writeFile: (path, contents) => {
      written.set(path, contents);
    },
    listFiles: () => [],
  });
  const bytes = written.get('out.wasm');
  if (error !== null || !(bytes instanceof Uint8Array)) throw new Error(`step-kernel.as: ${stderr.toString()}`);
  return bytes;
}

/** The text of step-kernel.wasm.ts. */
export function kernelModule(bytes: Uint8Array): string {
  return `// Written by build.ts from step-kernel.as.\nexport const WASM_BASE64 =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(new URL('step-kernel.wasm.ts', import.meta.url), kernelModule(await compileKernel()));
}
