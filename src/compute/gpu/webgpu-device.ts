/// <reference types="@webgpu/types" />
import { ComputeError } from '../errors.ts';

export interface WebGpuOptions {
  /** Also take a Vulkan that runs on the CPU, as SwiftShader does: right, but slower than the CPU kernels. For tests. */
  readonly allowSoftware?: boolean;
  /** Part of the adapter's name, where there are several. */
  readonly adapter?: string;
}

export interface WebGpuDevice {
  readonly device: GPUDevice;
  /** The adapter's own words for itself. */
  readonly description: string;
  /** Dawn ends its devices when nothing refers to the instance that made them any more. */
  readonly instance: GPU;
}

/** Opens a device through Dawn (the optional npm package `webgpu`). Throws device-unavailable with the reason. */
export async function openWebGpuDevice(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const instance = await dawn(options.adapter === undefined ? [] : [`adapter=${options.adapter}`]);
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new ComputeError(
      'device-unavailable',
      'no WebGPU adapter: no GPU, or no driver for Vulkan, Metal or Direct3D 12',
    );
  }
  const { info, limits } = adapter;
  const description = info.description || info.device || info.vendor;
  if (info.isFallbackAdapter && options.allowSoftware !== true) {
    throw new ComputeError('device-unavailable', `'${description}' computes on the CPU, slower than the CPU kernels`);
  }
  const device = await adapter.requestDevice({
    // The defaults are those of the weakest GPU there is.
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    },
  });
  return { device, description, instance };
}

async function dawn(flags: string[]): Promise<GPU> {
  try {
    const { create } = await import('webgpu');
    return create(flags);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ComputeError('device-unavailable', `the optional package webgpu cannot be loaded: ${why}`, { cause });
  }
}
