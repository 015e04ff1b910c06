import { TopologyError } from '../errors.ts';

const PAGE_BYTES = 65_536;
const PAGES_MAX = 65_536;

/** Compiled WebAssembly by its source text, once in a process: code, not state. */
const compiled = new Map<string, WebAssembly.Module>();

/** False in a runtime without WebAssembly; then the TypeScript versions do the work. */
export function hasKernels(): boolean {
  return typeof WebAssembly !== 'undefined';
}

/** A kernel whose memory has a fixed size, which it tells itself. */
export function openKernel<Exports>(
  base64: string,
  bytesOf: (exports: Exports) => number,
): { readonly exports: Exports; readonly memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX });
  const { exports } = new WebAssembly.Instance(moduleOf(base64), { env: { memory, abort: giveUp } });
  const pages = Math.ceil(bytesOf(exports as Exports) / PAGE_BYTES);
  if (pages > 1) memory.grow(pages - 1);
  return { exports: exports as Exports, memory };
}

/**
 * Runs a kernel of this folder in an instance and a memory of its own.
 *
 * @param base64 the kernel's bytes, see NAME.wasm.ts
 * @param memoryLimitBytes its memory may not grow beyond this, nor beyond 4 GiB
 * @throws TopologyError TOPOLOGY_TOO_LARGE if it would
 */
export function runKernel<Exports>(
  base64: string,
  memoryLimitBytes: number,
  run: (kernel: Exports, memory: WebAssembly.Memory) => void,
): void {
  const maximum = Math.max(1, Math.min(PAGES_MAX, Math.floor(memoryLimitBytes / PAGE_BYTES)));
  const memory = new WebAssembly.Memory({ initial: 1, maximum });
  const { exports } = new WebAssembly.Instance(moduleOf(base64), { env: { memory, abort: giveUp } });
  try {
    run(exports as Exports, memory);
  } catch (error) {
    // A kernel that cannot have more memory traps; that is the only trap there is.
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw new TopologyError(
      'TOPOLOGY_TOO_LARGE',
      'bytes that the computation needs',
      `more than ${maximum * PAGE_BYTES}`,
      'within memoryLimitBytes, 4 GiB at most; lower the highest dimension or the threshold',
    );
  }
}

function giveUp(): never {
  throw new WebAssembly.RuntimeError('the kernel gave up');
}

function moduleOf(base64: string): WebAssembly.Module {
  const known = compiled.get(base64);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
  compiled.set(base64, module);
  return module;
}
