import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession, listSupportedBackends, type Tensor } from 'onnxruntime-node';
import { ComputeError } from './errors.ts';

/** ONNX Runtime's execution providers that a step may run on. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** Where a program runs, and why there. */
export interface Device {
  readonly provider: Provider;
  readonly reason: string;
  /** Providers that were asked for and are not used: they could not be had, are slower, or were lost. */
  readonly refused: readonly { readonly provider: Provider; readonly reason: string }[];
}

/** What is needed of ONNX Runtime's session; a test puts its own in its place. */
export interface Session {
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
  /** Reads the feeds and fills the arrays of the fetches. */
  run(feeds: Readonly<Record<string, Tensor>>, fetches: Readonly<Record<string, Tensor>>): Promise<unknown>;
  release(): Promise<void>;
}

/** Loads a program on one provider; rejects where that cannot be. */
export type SessionOpener = (bytes: Uint8Array, provider: Provider) => Promise<Session>;

/**
 * A session of ONNX Runtime. One thread computes: a step is smaller than the cost of waking a second one, and a worker process owns one core.
 * Throws device-unavailable with what the machine lacks, or ONNX Runtime's own words.
 */
export async function openOnnxSession(bytes: Uint8Array, provider: Provider): Promise<InferenceSession> {
  const missing = whatIsMissing(provider);
  if (missing !== null) throw new ComputeError('device-unavailable', missing);
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Errors arrive as exceptions; warnings about node placement are not ours to print.
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new ComputeError('device-unavailable', reasonOf(cause), { cause });
  }
}

/** An error's words on one line: ONNX Runtime's hold the place in its source and may go on for pages. */
export function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** Folders in which Vulkan's loader finds its drivers on Linux. */
const vulkanFolders = [
  '/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  join(homedir(), '.local/share/vulkan/icd.d'),
];

/** What a look at the machine says that `provider` lacks; null: nothing that can be seen. Asking in vain prints warnings of Dawn's and of ONNX Runtime's that nobody can turn off. */
function whatIsMissing(provider: Provider): string | null {
  const bundled = listSupportedBackends().map(({ name }) => name);
  if (!bundled.includes(provider)) return `not in this build of onnxruntime-node, which has ${bundled.join(', ')}`;
  if (provider === 'cuda')
    return cudaIsHere()
      ? null
      : 'libonnxruntime_providers_cuda is not beside onnxruntime-node: it was installed without CUDA';
  if (provider !== 'webgpu' || process.platform !== 'linux') return null;
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  if (VK_DRIVER_FILES || VK_ICD_FILENAMES || vulkanFolders.some(holdsDriver)) return null;
  return `no Vulkan driver: VK_DRIVER_FILES is not set and ${vulkanFolders.join(', ')} hold none`;
}

/** The package keeps its libraries in bin/napi-v6/linux/x64 and the like. */
function cudaIsHere(): boolean {
  const bin = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin');
  return readdirSync(bin, { recursive: true }).some((file) => String(file).includes('onnxruntime_providers_cuda'));
}

function holdsDriver(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json'));
}
