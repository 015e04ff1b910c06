import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { cached } from '../../../infra/stack/cache.ts';
import { runCommand } from '../../../infra/stack/command.ts';

/** What is installed from PyPI, each in a virtual environment of its own, so that one that can't be had leaves the others alone. */
export const PEERS = { ripser: '0.6.15', gudhi: '3.13.0', 'giotto-ph': '0.2.4' } as const;
export type PeerName = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as readonly PeerName[];

/** Number of bars and sum of the finite lengths, by dimension: enough to see that two programs did the same work. */
export type BarSummary = readonly (readonly [count: number, total: number])[];

export interface PeerTask {
  readonly input: string;
  readonly maxDimension: number;
  readonly threshold: number | null;
  readonly threads: number;
}

const Hello = z.object({ version: z.string(), python: z.string() });
const Loaded = z.object({});
const Ran = z.object({ ms: z.number(), bars: z.array(z.tuple([z.number(), z.number()])) });
const Memory = z.object({ idleKiB: z.number(), peakKiB: z.number() });

/** A peer's process. One request at a time. */
export class Peer {
  readonly name: PeerName;
  readonly version: string;
  readonly python: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    name: PeerName,
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    hello: z.infer<typeof Hello>,
  ) {
    this.name = name;
    this.#child = child;
    this.#lines = lines;
    this.version = hello.version;
    this.python = hello.python;
  }

  /** Installs the peer, if the cache doesn't have it yet, and starts it. Rejects with the reason where that can't be done. */
  static async open(name: PeerName): Promise<Peer> {
    const python = await environmentOf(name);
    const script = fileURLToPath(new URL('./peer.py', import.meta.url));
    const child = spawn(python, [script, name], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    const reader: Interface = createInterface({ input: child.stdout });
    const lines = reader[Symbol.asyncIterator]();
    return new Peer(name, child, lines, Hello.parse(await nextLine(lines)));
  }

  async load(input: string, path: string, count: number): Promise<void> {
    Loaded.parse(await this.#ask({ do: 'load', input, path, count }));
  }

  async run(task: PeerTask): Promise<{ readonly ms: number; readonly bars: BarSummary }> {
    return Ran.parse(await this.#ask({ do: 'run', ...task }));
  }

  /** Memory of the peer's own process; only the first measurement of a process means anything. */
  async memory(task: Omit<PeerTask, 'input' | 'threads'> & { readonly path: string; readonly count: number }) {
    return Memory.parse(await this.#ask({ do: 'memory', ...task }));
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  async #ask(request: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await nextLine(this.#lines);
    const failed = z.object({ error: z.string() }).safeParse(answer);
    if (failed.success) throw new Error(`${this.name}: ${failed.data.error}`);
    return answer;
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the peer ended');
  return JSON.parse(value);
}

/** The interpreter of the environment that holds this peer. */
async function environmentOf(name: PeerName): Promise<string> {
  const requirement = `${name}==${PEERS[name]}`;
  const version = ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'];
  // A limit that is not the usual ten minutes: where there is no python3, its timer keeps this process up.
  const { stdout } = await runCommand('python3', version, { timeoutMs: 5_000 });
  // peer.py needs numpy, which gudhi does without.
  const folder = await cached(`peers/${requirement}-with-numpy-python-${stdout.trim()}`, async (empty) => {
    await runCommand('python3', ['-m', 'venv', empty]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--retries', '1', requirement, 'numpy'];
    await runCommand(`${empty}/bin/python`, pip);
  });
  return `${folder}/bin/python`;
}
