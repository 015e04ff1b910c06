import type { Device } from '../device.ts';
import { ComputeError } from '../errors.ts';
import type { CellDistances, CellKernels, PointCloud } from './cell-kernels.ts';
import { checkClouds, checkDistances } from './check-cells.ts';
import { cpuKernels } from './cpu-kernels.ts';
import { openWebGpuDevice, type WebGpuDevice, type WebGpuOptions } from './webgpu-device.ts';
import { WebGpuKernels } from './webgpu-kernels.ts';

export type KernelProvider = 'webgpu' | 'cpu';

export interface KernelOptions extends WebGpuOptions {
  /** Providers to try, in order. Default: WebGPU, then the CPU. */
  readonly providers?: readonly KernelProvider[];
  /** Opens the WebGPU device; openWebGpuDevice unless a test wants to hold the device itself. */
  readonly openDevice?: (options: WebGpuOptions) => Promise<WebGpuDevice>;
}

/** Opens the kernels on the first provider that is there. Throws device-unavailable with every provider's reason. */
export async function openCellKernels(options: KernelOptions = {}): Promise<CellKernels> {
  const { providers = ['webgpu', 'cpu'], openDevice = openWebGpuDevice } = options;
  const refused: Device['refused'][number][] = [];
  for (const provider of providers) {
    if (provider === 'cpu') {
      const reason =
        refused.length === 0 ? 'first of the providers asked for' : 'first of the providers asked for that is there';
      return cpuKernels({ provider, reason, refused });
    }
    try {
      const opened = await openDevice(options);
      return guarded(opened, await WebGpuKernels.open(opened.device), refused);
    } catch (error) {
      refused.push({ provider, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const why = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ');
  throw new ComputeError('device-unavailable', `no provider could open the kernels (${why || 'the list is empty'})`);
}

/** WebGPU as long as the device works; when it is lost or refuses a batch, the CPU takes that batch and all that follow. */
function guarded(opened: WebGpuDevice, webgpu: WebGpuKernels, refused: Device['refused']): CellKernels {
  let device: Device = { provider: 'webgpu', reason: opened.description, refused };
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  function giveUp(reason: string): void {
    if (device.provider !== 'webgpu' || isClosed) return;
    device = { provider: 'cpu', reason: 'WebGPU failed', refused: [...refused, { provider: 'webgpu', reason }] };
    opened.device.destroy();
  }
  opened.device.lost.then(
    ({ message }) => giveUp(`the device was lost: ${message}`),
    (error: unknown) => giveUp(`the device was lost: ${String(error)}`),
  );

  async function onEither<T>(
    onGpu: () => Promise<readonly T[]>,
    onCpu: (cpu: CellKernels) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    if (device.provider === 'webgpu') {
      try {
        return await onGpu();
      } catch (error) {
        giveUp(error instanceof Error ? error.message : String(error));
      }
    }
    return onCpu(cpuKernels(device));
  }

  /** One call after the other: they share the device's buffers. */
  function inTurn<T>(call: () => Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(new ComputeError('runner-closed', 'these kernels were closed'));
    const run = turn.then(call);
    // A failed call must not fail those behind it: its own caller hears of it.
    turn = run.catch(() => undefined);
    return run;
  }

  return {
    get device() {
      return device;
    },
    async distances(clouds: readonly PointCloud[]) {
      checkClouds(clouds);
      return inTurn(() =>
        onEither(
          () => webgpu.distances(clouds),
          (cpu) => cpu.distances(clouds),
        ),
      );
    },
    async apparentPairs(cells: readonly CellDistances[]) {
      checkDistances(cells);
      return inTurn(() =>
        onEither(
          () => webgpu.apparentPairs(cells),
          (cpu) => cpu.apparentPairs(cells),
        ),
      );
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await turn;
      opened.device.destroy();
    },
  };
}
