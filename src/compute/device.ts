import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { ComputeError } from './errors.ts';

/** ONNX Runtime's execution providers that a step may run on. Only `cpu` is used by default. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** Where a program runs, and why there. */
export interface Device {
  readonly provider: Provider;
  readonly reason: string;
  /** Providers that were asked for before it and could not be had. */
  readonly refused: readonly { readonly provider: Provider; readonly reason: string }[];
}

/**
 * Loads a program on the first provider of the list that takes it. One thread computes: a step is smaller than the cost of waking a
 * second one, and a worker process owns one core. Throws device-unavailable with every provider's reason.
 */
export async function openSession(
  bytes: Uint8Array,
  providers: readonly Provider[],
): Promise<{ readonly session: InferenceSession; readonly device: Device }> {
  const bundled = listSupportedBackends().map((backend) => backend.name);
  const refused: { provider: Provider; reason: string }[] = [];
  for (const provider of providers) {
    if (!bundled.includes(provider)) {
      refused.push({ provider, reason: `not in this build of onnxruntime-node, which has ${bundled.join(', ')}` });
      continue;
    }
    try {
      const session = await InferenceSession.create(bytes, {
        executionProviders: [provider],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // Errors arrive as exceptions; warnings about node placement are not ours to print.
        logSeverityLevel: 3,
      });
      const reason =
        refused.length === 0 ? 'first of the providers asked for' : 'first of the providers asked for that loads';
      return { session, device: { provider, reason, refused } };
    } catch (error) {
      refused.push({ provider, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const why = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ');
  throw new ComputeError('device-unavailable', `no provider could load the program (${why || 'the list is empty'})`);
}
