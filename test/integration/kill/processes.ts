import { type ChildProcess, spawn } from 'node:child_process';

/** Starts a script of this folder under this Node and waits for its first line; what it says on standard error is kept, for a failure's message. */
export async function startScript(script: string, args: readonly string[]): Promise<Started> {
  const path = new URL(script, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    said.push(chunk.toString());
    if (said.length > 200) said.shift();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it joined: ${said.join('')}`)));
  });
  return { child, said };
}

export interface Started {
  readonly child: ChildProcess;
  /** The latest of its standard error. */
  readonly said: readonly string[];
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
