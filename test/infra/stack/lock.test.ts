import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../../infra/stack/lock.ts';
import { currentProcess } from '../../../infra/stack/process.ts';

let folder: string;
let lockFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-lock-test-'));
  lockFile = join(folder, 'lock');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a lock', () => {
  test('lets one action in at a time and leaves nothing behind', async () => {
    let inside = 0;
    const action = async (): Promise<number> => {
      inside += 1;
      const seen = inside;
      await sleep(5);
      inside -= 1;
      return seen;
    };
    const seen = await Promise.all(Array.from({ length: 8 }, () => withLock(lockFile, 20_000, action)));
    expect(seen).toEqual(Array.from({ length: 8 }, () => 1));
    expect(await readdir(folder)).toEqual([]);
  });

  test('is given back when the action fails', async () => {
    await expect(withLock(lockFile, 1_000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await withLock(lockFile, 1_000, async () => 'in')).toBe('in');
  });

  test('is taken over from a holder that died, whose number another process has now', async () => {
    await writeFile(lockFile, JSON.stringify({ pid: process.pid, identity: 'of another boot' }));
    const actions = Array.from({ length: 4 }, (_, n) => withLock(lockFile, 10_000, async () => n));
    expect(await Promise.all(actions)).toEqual([0, 1, 2, 3]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that a live process keeps is an error that names it', async () => {
    await writeFile(lockFile, JSON.stringify(await currentProcess()));
    await expect(withLock(lockFile, 100, async () => {})).rejects.toMatchObject({
      code: 'STATE_LOCKED',
      message: expect.stringContaining(String(process.pid)),
    });
  });
});
