import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { cached } from '../../../infra/stack/cache.ts';
import { runCommand } from '../../../infra/stack/command.ts';

/** The interpreter of a virtual environment with these packages of PyPI, made on first use and kept in the cache. Rejects with the reason where it can't be. */
export async function pythonWith(requirements: readonly string[]): Promise<string> {
  const version = ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'];
  // A limit that is not the usual ten minutes: where there is no python3, its timer keeps this process up.
  const { stdout } = await runCommand('python3', version, { timeoutMs: 5_000 });
  const name = requirements.join('+').replaceAll(/[^A-Za-z0-9.=+-]/g, '_');
  const folder = await cached(`peers/${name}-python-${stdout.trim()}`, async (empty) => {
    await runCommand('python3', ['-m', 'venv', empty]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--only-binary', ':all:', '--retries', '1'];
    await runCommand(`${empty}/bin/python`, [...pip, ...requirements]);
  });
  return `${folder}/bin/python`;
}

const Failed = z.object({ error: z.string() });

/** A Python program that answers lines of JSON with lines of JSON, one request at a time. */
export class PythonProcess {
  /** The line it began with. */
  readonly hello: unknown;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    hello: unknown,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.hello = hello;
  }

  static async start(
    python: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<PythonProcess> {
    const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    await once(child, 'spawn');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new PythonProcess(child, lines, await nextLine(lines));
  }

  async ask(request: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await nextLine(this.#lines);
    const failed = Failed.safeParse(answer);
    if (failed.success) throw new Error(failed.data.error);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the peer ended');
  return JSON.parse(value);
}
