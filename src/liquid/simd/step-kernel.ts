import { WASM_BASE64 } from './step-kernel.wasm.ts';

/** What step-kernel.as exports; addresses are bytes in the memory it was given. */
export interface StepKernel {
  affine(
    weight: number,
    bias: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    n: number,
    inputs: number,
    outputs: number,
  ): void;
  lecunTanh(at: number, count: number): void;
  mixGated(
    heads: number,
    headsStride: number,
    elapsed: number,
    next: number,
    nextStride: number,
    n: number,
    units: number,
    gated: number,
  ): void;
  mixPure(
    heads: number,
    headsStride: number,
    elapsed: number,
    tau: number,
    asymptote: number,
    next: number,
    nextStride: number,
    n: number,
    units: number,
  ): void;
}

/** Compiled once in a process: code, not state. */
let compiled: WebAssembly.Module | null = null;

const PAGE_BYTES = 65_536;

/** The kernel on a memory of so many float32 numbers, all 0, or null in a runtime without WebAssembly SIMD. */
export function openStepKernel(
  floats: number,
): { readonly kernel: StepKernel; readonly memory: Float32Array<ArrayBuffer> } | null {
  if (typeof WebAssembly === 'undefined') return null;
  const pages = Math.ceil((4 * floats) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(WASM_BASE64), (byte) => byte.charCodeAt(0)));
  } catch (error) {
    // An engine that knows WebAssembly but not its SIMD refuses the module.
    if (error instanceof Error && error.name === 'CompileError') return null;
    throw error;
  }
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { kernel: exports as unknown as StepKernel, memory: new Float32Array(memory.buffer) };
}
