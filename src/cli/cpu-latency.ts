/**
 * Keeps the cores of a Linux machine awake while AURA runs, for those who count milliseconds: an idle core sleeps, and waking it takes longer than most of
 * what a decision waits for. The kernel takes the longest wake-up that somebody allows as four bytes written to a device, for as long as it is held open
 * (PM QoS, Documentation/power/pm_qos_interface). 0 has idle cores spin: quickest, at the price of power.
 */
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { CliError, messageOf } from './errors.ts';

const CPU_LATENCY_DEVICE = '/dev/cpu_dma_latency';

/** Asks for wake-ups of `us` microseconds at most until closed. Throws CliError `cpu-latency-refused` where the kernel or its permissions do not allow it. */
export async function holdCpuLatency(
  us: number,
  device: string = CPU_LATENCY_DEVICE,
): Promise<{ close(): Promise<void> }> {
  const asked = Buffer.alloc(4);
  if (endianness() === 'LE') asked.writeInt32LE(us);
  else asked.writeInt32BE(us);
  try {
    const handle = await open(device, 'r+');
    try {
      await handle.write(asked);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return { close: () => handle.close() };
  } catch (cause) {
    throw new CliError(
      'cpu-latency-refused',
      `AURA_CPU_LATENCY_US is ${us}, and ${device} cannot be written: ${messageOf(cause)}`,
      `run on Linux with write permission to ${device}, set it on the host (tuned-adm profile network-latency), or leave AURA_CPU_LATENCY_US out`,
      { cause },
    );
  }
}
