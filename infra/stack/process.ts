import { type ChildProcess, spawn } from 'node:child_process';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandWorks, tryCommand } from './command.ts';
import { StackError, systemErrorCode } from './errors.ts';

/**
 * A process by its id and by what tells it from a later one that was given the same id. Files outlive processes and
 * ids are used again, so an id alone must never be signalled.
 */
export interface ProcessId {
  readonly pid: number;
  readonly identity: string;
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Run as this user instead of the caller's. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** What tells a running process from others of the same id; undefined if there is none (or only its zombie). */
async function identityOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // Field 2, the name, stands in parentheses and may hold spaces; field 3 is the state, field 22 the start time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // The first thread of a killed process may be a zombie while others still hold its ports and files.
      const ended = fields[0] === 'Z' || fields[0] === 'X';
      if (ended && (await readdir(`/proc/${pid}/task`)).length <= 1) return undefined;
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
      return `${boot.trim()}/${fields[19]}`;
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes(systemErrorCode(error) ?? '')) return undefined;
      throw error;
    }
  }
  const { exitCode, stdout } = await tryCommand('ps', ['-o', 'lstart=', '-p', String(pid)], { timeoutMs: 10_000 });
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

export async function isRunning({ pid, identity }: ProcessId): Promise<boolean> {
  return (await identityOf(pid)) === identity;
}

export async function currentProcess(): Promise<ProcessId> {
  return { pid: process.pid, identity: (await identityOf(process.pid)) ?? '' };
}

/**
 * Starts a server whose output goes to `logFile` (the previous run's becomes `logFile.1`).
 * With `detached` it outlives the caller; otherwise it is told to end when the caller dies, even by kill -9, where the
 * system can do that (Linux).
 */
export async function startProcess(command: ServerCommand, logFile: string, detached: boolean): Promise<ProcessId> {
  try {
    await rename(logFile, `${logFile}.1`);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  const tied = !detached && process.platform === 'linux' && (await commandWorks('setpriv', ['--version']));
  const [file, args] = tied
    ? ['setpriv', ['--pdeathsig', 'TERM', command.file, ...command.args]]
    : [command.file, command.args];
  const log = await open(logFile, 'a');
  try {
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: command.env,
      ...command.user,
      // A process group of its own, so that Ctrl-C in the terminal reaches the caller only, who then stops it in order.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const pid = await started(child, command.file);
    child.unref();
    const identity = await identityOf(pid);
    if (identity === undefined) {
      throw new StackError('SERVER_EXITED', `${command.file} ended at once:\n${await logTail(logFile)}`);
    }
    return { pid, identity };
  } finally {
    await log.close();
  }
}

async function started(child: ChildProcess, file: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new StackError('COMMAND_FAILED', `${file} could not be started: ${cause.message}`, { cause })),
    );
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

/** The last lines of a server's log, for an error message. */
export async function logTail(logFile: string, lines = 25): Promise<string> {
  try {
    return (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return '(no log)';
    throw error;
  }
}

export interface ReadyOptions {
  readonly name: string;
  /** Resolves once the server does its work; throws while it doesn't. */
  readonly check: () => Promise<void>;
  readonly timeoutMs: number;
  readonly logFile: string;
}

/** Waits until `check` succeeds. A server that ends meanwhile, or takes too long, is an error with its log's tail. */
export async function waitUntilReady(id: ProcessId, options: ReadyOptions): Promise<void> {
  const { name, check, timeoutMs, logFile } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      await check();
      return;
    } catch (error) {
      last = error;
    }
    if (!(await isRunning(id))) {
      throw new StackError(
        'SERVER_EXITED',
        `${name} ended while starting; ${logFile} ends with:\n${await logTail(logFile)}`,
      );
    }
    await sleep(100);
  }
  throw new StackError(
    'SERVER_NOT_READY',
    `${name} is not ready after ${timeoutMs} ms (${String(last)}); ${logFile} ends with:\n${await logTail(logFile)}`,
    { cause: last },
  );
}

function signal({ pid }: ProcessId, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

async function gone(id: ProcessId, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isRunning(id)) {
    if (performance.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Asks a process to end by `polite` and kills it after `graceMs`. Does nothing if it is gone already. */
export async function stopProcess(id: ProcessId, polite: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!(await isRunning(id))) return;
  signal(id, polite);
  if (await gone(id, graceMs)) return;
  await killProcess(id);
}

/** kill -9, and waits until the process is gone. */
export async function killProcess(id: ProcessId): Promise<void> {
  if (!(await isRunning(id))) return;
  signal(id, 'SIGKILL');
  if (!(await gone(id, 10_000)))
    throw new StackError('SERVER_NOT_STOPPED', `process ${id.pid} survived SIGKILL for 10 s`);
}
