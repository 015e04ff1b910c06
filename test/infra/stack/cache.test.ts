import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached, cacheFolder } from '../../../infra/stack/cache.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'aura-cache-test-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const fillWith = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text);

test('a folder is filled once', async () => {
  await cached('program-1', fillWith('first'), root);
  const folder = await cached('program-1', fillWith('second'), root);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('first');
});

test('of several that fill it at the same time one wins, and all get a whole folder', async () => {
  const folders = await Promise.all(['a', 'b', 'c', 'd'].map((text) => cached('program-1', fillWith(text), root)));
  expect(new Set(folders).size).toBe(1);
  expect(await readdir(root)).toEqual(['program-1']);
  expect(await readdir(join(root, 'program-1'))).toEqual(['file']);
});

test('an interrupted download leaves nothing', async () => {
  const fails = async (folder: string): Promise<void> => {
    await writeFile(join(folder, 'half'), '');
    throw new Error('connection lost');
  };
  await expect(cached('program-1', fails, root)).rejects.toThrow('connection lost');
  expect(await readdir(root)).toEqual([]);
});

test('the cache may be named from the working folder, and an empty name is none', () => {
  vi.stubEnv('AURA_CACHE', 'some/where');
  expect(cacheFolder()).toBe(resolve('some/where'));
  vi.stubEnv('AURA_CACHE', '');
  expect(cacheFolder()).toBe(join(homedir(), '.cache', 'aura'));
});
