import { type ChildProcess, spawn } from 'node:child_process';
import { StackError } from './errors.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** The command is killed after this long. Default: 10 minutes, enough for a download over a slow line. */
  readonly timeoutMs?: number;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and returns what it printed, whatever its exit code.
 * Throws `COMMAND_FAILED` only if the program can't be started or had to be killed by a signal.
 */
export async function tryCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { timeoutMs = 600_000, ...spawnOptions } = options;
  const couldNotStart = (cause: unknown): StackError =>
    new StackError('COMMAND_FAILED', `${file} could not be started: ${String(cause)}`, { cause });
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      ...spawnOptions,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // Most failures come as an event, some (a PATH that leads through a file) are thrown.
    throw couldNotStart(error);
  }
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // Not spawn's own limit: its timer stays, and keeps the process up, where the program is not there to be started.
  const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  return await new Promise<CommandResult>((resolve, reject) => {
    child.once('error', (cause) => {
      clearTimeout(limit);
      reject(couldNotStart(cause));
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(limit);
      if (exitCode === null) {
        reject(new StackError('COMMAND_FAILED', `${file} was ended by ${signal} (limit ${timeoutMs} ms)`));
      } else {
        resolve({ exitCode, stdout, stderr });
      }
    });
  });
}

/** Like {@link tryCommand}, but an exit code other than 0 is an error, with the end of what the program said. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await tryCommand(file, args, options);
  if (result.exitCode !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().slice(-2000);
    throw new StackError('COMMAND_FAILED', `${file} ${args.join(' ')} ended with ${result.exitCode}:\n${said}`);
  }
  return result;
}

/** Whether a program of this name can be started and answers `args` with exit code 0. */
export async function commandWorks(file: string, args: readonly string[], timeoutMs = 20_000): Promise<boolean> {
  try {
    return (await tryCommand(file, args, { timeoutMs })).exitCode === 0;
  } catch (error) {
    if (error instanceof StackError) return false;
    throw error;
  }
}
