import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { StackError, systemErrorCode } from './errors.ts';
import { currentProcess, isRunning, type ProcessId } from './process.ts';

const Holder = z.object({ pid: z.int().positive(), identity: z.string() });

async function holderOf(lockFile: string): Promise<ProcessId | undefined> {
  try {
    return Holder.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates the lock with its content in one step. Returns whether that succeeded. */
async function tryTake(lockFile: string, holder: ProcessId): Promise<boolean> {
  const draft = `${lockFile}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, lockFile);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Takes a dead holder's lock away, if it still is one. Only who holds the second lock may: so the file that is looked at is the file that is removed.
 * (Moving it aside first and giving it back when it turned out alive brought back locks whose holder had just let go of them.)
 */
async function breakLock(lockFile: string, self: ProcessId): Promise<void> {
  const breaker = `${lockFile}.breaking`;
  if (!(await tryTake(breaker, self))) {
    const holder = await holderOf(breaker);
    if (holder !== undefined && !(await isRunning(holder))) await rm(breaker, { force: true });
    await sleep(10);
    return;
  }
  try {
    const holder = await holderOf(lockFile);
    if (holder !== undefined && !(await isRunning(holder))) await rm(lockFile, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

/**
 * Runs `action` while no other process runs one under the same lock. A lock whose holder died is taken over.
 * Throws `STATE_LOCKED` if a live holder keeps it for longer than `timeoutMs`.
 */
export async function withLock<T>(lockFile: string, timeoutMs: number, action: () => Promise<T>): Promise<T> {
  const self = await currentProcess();
  const deadline = performance.now() + timeoutMs;
  while (!(await tryTake(lockFile, self))) {
    const holder = await holderOf(lockFile);
    if (holder !== undefined && !(await isRunning(holder))) {
      await breakLock(lockFile, self);
      continue;
    }
    if (performance.now() > deadline) {
      throw new StackError(
        'STATE_LOCKED',
        `${lockFile} is held by process ${holder?.pid} for more than ${timeoutMs} ms`,
      );
    }
    await sleep(50);
  }
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}
