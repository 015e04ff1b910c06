import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../../infra/stack/command.ts';
import {
  currentProcess,
  isRunning,
  killProcess,
  type ProcessId,
  type ServerCommand,
  startProcess,
  stopProcess,
  waitUntilReady,
} from '../../../infra/stack/process.ts';

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-process-test-'));
  logFile = join(folder, 'server.log');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function node(script: string): ServerCommand {
  return { file: process.execPath, args: ['-e', script], cwd: folder, env: process.env };
}

const SLEEP = 'console.log("up"); setInterval(() => {}, 1000)';
const IGNORE_SIGTERM = `process.on('SIGTERM', () => {}); ${SLEEP}`;

async function hasSaidUp(): Promise<void> {
  if (!(await readFile(logFile, 'utf8')).includes('up')) throw new Error('not yet');
}

async function started(script: string, detached = false): Promise<ProcessId> {
  const id = await startProcess(node(script), logFile, detached);
  await waitUntilReady(id, { name: 'server', check: hasSaidUp, timeoutMs: 20_000, logFile });
  return id;
}

describe('a server process', () => {
  test('runs until it is stopped', async () => {
    const id = await started(SLEEP);
    expect(await isRunning(id)).toBe(true);
    await stopProcess(id, 'SIGTERM', 10_000);
    expect(await isRunning(id)).toBe(false);
  });

  test('is killed if it does not end when asked', async () => {
    const id = await started(IGNORE_SIGTERM);
    await stopProcess(id, 'SIGTERM', 200);
    expect(await isRunning(id)).toBe(false);
  });

  test('may be stopped twice', async () => {
    const id = await started(SLEEP);
    await killProcess(id);
    await killProcess(id);
    await stopProcess(id, 'SIGTERM', 1_000);
    expect(await isRunning(id)).toBe(false);
  });

  test('that ends while it starts is an error that holds its last words', async () => {
    const starting = startProcess(
      node('console.error("no such disk"); setTimeout(() => process.exit(3), 300)'),
      logFile,
      true,
    );
    const check = () => Promise.reject(new Error('not yet'));
    const ready = starting.then((id) => waitUntilReady(id, { name: 'server', check, timeoutMs: 20_000, logFile }));
    await expect(ready).rejects.toMatchObject({
      code: 'SERVER_EXITED',
      message: expect.stringContaining('no such disk'),
    });
  });

  test('that never answers is an error that says why the last check failed', async () => {
    const id = await started(SLEEP);
    const check = () => Promise.reject(new Error('port 1 refused'));
    const ready = waitUntilReady(id, { name: 'server', check, timeoutMs: 300, logFile });
    await expect(ready).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
      message: expect.stringContaining('port 1 refused'),
    });
    await killProcess(id);
  });

  test('with a program that is not there is an error that names it', async () => {
    const command = { ...node(''), file: '/no/such/program' };
    await expect(startProcess(command, logFile, true)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('/no/such/program'),
    });
  });

  test('keeps the log of the run before', async () => {
    await killProcess(await started('console.log("first up"); setInterval(() => {}, 1000)'));
    await killProcess(await started('console.log("second up"); setInterval(() => {}, 1000)'));
    expect(await readFile(`${logFile}.1`, 'utf8')).toContain('first');
    expect(await readFile(logFile, 'utf8')).toContain('second');
  });
});

describe('a process id from an old file', () => {
  test('is not taken for the process that has the number now, which is not signalled', async () => {
    const id = await started(SLEEP);
    const stale = { pid: id.pid, identity: 'of another boot' };
    expect(await isRunning(stale)).toBe(false);
    await stopProcess(stale, 'SIGTERM', 1_000);
    await killProcess(stale);
    expect(await isRunning(id)).toBe(true);
    await killProcess(id);
  });

  test('of this process is recognised', async () => {
    expect(await isRunning(await currentProcess())).toBe(true);
  });
});

/** A program that starts a server as given, prints its id, and waits to be killed. */
function starter(detached: boolean): string {
  const module = join(import.meta.dirname, '../../../infra/stack/process.ts');
  return `
    import { startProcess } from ${JSON.stringify(module)};
    import { writeFileSync } from 'node:fs';
    const command = { file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], cwd: '/', env: process.env };
    const id = await startProcess(command, ${JSON.stringify(join(folder, 'child.log'))}, ${detached});
    writeFileSync(${JSON.stringify(join(folder, 'child.json'))}, JSON.stringify(id));
    process.kill(process.pid, 'SIGKILL');
  `;
}

describe('a server whose starter is killed by kill -9', () => {
  const startAndDie = async (detached: boolean): Promise<ProcessId> => {
    const dies = runCommand(process.execPath, ['--input-type=module', '-e', starter(detached)], { cwd: folder });
    await expect(dies).rejects.toThrow('SIGKILL');
    return JSON.parse(await readFile(join(folder, 'child.json'), 'utf8'));
  };

  test('lives on if it is detached', async () => {
    const child = await startAndDie(true);
    expect(await isRunning(child)).toBe(true);
    await killProcess(child);
  });

  test.skipIf(process.platform !== 'linux')('ends with it otherwise', async () => {
    const child = await startAndDie(false);
    await expect.poll(() => isRunning(child), { timeout: 10_000 }).toBe(false);
  });
});
