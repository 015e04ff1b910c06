/**
 * Peak memory above an idle process. Run as a program, it is the process that is measured: node memory.ts FILE COUNT DIMENSION [THRESHOLD]
 * reads a lower triangle of float32, computes, and prints {"idleKiB", "peakKiB"}.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runCommand } from '../../../infra/stack/command.ts';
import { persistence, ripsOfLowerTriangle } from '../../../src/topology/index.ts';
import { Peer, type PeerName } from '../peers/peer.ts';

export interface MemoryTask {
  readonly path: string;
  readonly count: number;
  readonly maxDimension: number;
  readonly threshold: number | null;
}

/** KiB above idle, reading the file included. */
export async function memoryOfOurs({ path, count, maxDimension, threshold }: MemoryTask): Promise<number> {
  const script = fileURLToPath(import.meta.url);
  const limit = threshold === null ? [] : [String(threshold)];
  const args = [script, path, String(count), String(maxDimension), ...limit];
  const { stdout } = await runCommand(process.execPath, args);
  const { idleKiB, peakKiB } = z.object({ idleKiB: z.number(), peakKiB: z.number() }).parse(JSON.parse(stdout));
  return peakKiB - idleKiB;
}

export async function memoryOfPeer(name: PeerName, task: MemoryTask): Promise<number> {
  const peer = await Peer.open(name);
  try {
    const { idleKiB, peakKiB } = await peer.memory(task);
    return peakKiB - idleKiB;
  } finally {
    await peer.close();
  }
}

function statusKiB(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, amount] = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status) ?? [];
  if (amount === undefined) throw new Error(`no ${field} in /proc/self/status`);
  return Number(amount);
}

function measure(path: string, count: number, maxDimension: number, threshold: number | undefined): void {
  const compute = (lower: Float64Array, points: number, dimension: number): unknown =>
    persistence(ripsOfLowerTriangle(lower, points, threshold === undefined ? {} : { threshold }), {
      maxDimension: dimension,
    });
  // Once on something small, so that what is loaded late does not count.
  compute(new Float64Array(45).fill(1), 10, maxDimension);
  // Sets the peak back to what is in use now (proc(5)).
  writeFileSync('/proc/self/clear_refs', '5');
  const idleKiB = statusKiB('VmRSS');
  const bytes = readFileSync(path);
  compute(
    Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)),
    count,
    maxDimension,
  );
  process.stdout.write(`${JSON.stringify({ idleKiB, peakKiB: statusKiB('VmHWM') })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, count, dimension, threshold] = process.argv.slice(2);
  measure(path, Number(count), Number(dimension), threshold === undefined ? undefined : Number(threshold));
}
