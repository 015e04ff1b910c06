/**
 * Compiles the kernels, NAME.as in AssemblyScript, to NAME.wasm.ts beside them, which hold the bytes in base64: a user needs no compiler, and the pure
 * folders read no file. Run `npm run build:wasm` after a change; a test checks that the bytes are those of the sources.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

export interface Kernel {
  /** Path of the source from the root of the repository, without its ending. */
  readonly path: string;
  /** AssemblyScript's: `stub` never frees, `minimal` does where the kernel says so. */
  readonly runtime: 'minimal' | 'stub';
}

export const KERNELS: readonly Kernel[] = [
  { path: 'src/topology/wasm/flag-cohomology', runtime: 'minimal' },
  { path: 'src/topology/wasm/edge-collapse', runtime: 'minimal' },
  { path: 'src/topology/wasm/few-vertices', runtime: 'stub' },
  { path: 'src/liquid/simd/step-kernel', runtime: 'stub' },
];

/** The text of a kernel's .wasm.ts, the same for the same source and compiler. */
export async function compileKernel({ path, runtime }: Kernel): Promise<string> {
  const source = await readFile(at(`${path}.as`), 'utf8');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const written = new Map<string, string | Uint8Array>();
  // The compiler takes files that end in .ts only; these end in .as, so that no other tool takes them for TypeScript.
  const input = `${name}.ts`;
  const flags = [
    '--outFile',
    'out.wasm',
    '-O3',
    '--noAssert',
    '--runtime',
    runtime,
    '--enable',
    'simd',
    '--importMemory',
  ];
  const { error, stderr } = await asc.main([input, ...flags], {
    readFile: (file) => (file === input ? source : null),
    writeFile: (file, contents) => {
      written.set(file, contents);
    },
    listFiles: () => [],
  });
  const bytes = written.get('out.wasm');
  if (error !== null || !(bytes instanceof Uint8Array)) throw new Error(`${path}.as: ${stderr.toString()}`);
  return `// Written by build.ts from ${name}.as.\nexport const WASM_BASE64 =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
}

/** Where a kernel's .wasm.ts lies. */
export function moduleOf({ path }: Kernel): URL {
  return at(`${path}.wasm.ts`);
}

function at(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const kernel of KERNELS) await writeFile(moduleOf(kernel), await compileKernel(kernel));
}
