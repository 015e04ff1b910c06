/** What a command leaves behind where it cannot write to the end. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from './fake-io.ts';

const root = resolve(import.meta.dirname, '../..');
const shipped = join(root, 'src/liquid/models');
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-full-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a command that may write files of so many blocks of 512 or 1024 bytes; what it printed. */
async function limited(blocks: number, ...args: readonly string[]): Promise<string> {
  const line = ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, join(root, 'src/cli/main.ts'), ...args];
  const { stderr } = await promisify(execFile)('sh', line).catch((error: { readonly stderr: string }) => error);
  return stderr;
}

test.skipIf(process.platform === 'win32')(
  'keys that could not all be written are not in the way of the next',
  async () => {
    const keys = join(folder, 'keys');
    expect(await limited(0, 'keys', 'generate', '2', '--keys', keys)).toContain('[file-unwritable]');
    expect(await readdir(keys)).toEqual([]);
    expect(await run(['keys', 'generate', '2', '--keys', keys])).toMatchObject({ exitCode: 0 });
  },
);

test.skipIf(process.platform === 'win32')('a model is replaced by a whole one or stays', async () => {
  const file = join(shipped, 'failure-v1.json');
  const names = ['--name', 'failure-v1', '--models', folder];
  expect(await limited(1, 'model', 'import', file, ...names)).toContain('[file-unwritable]');
  expect(await readdir(folder)).toEqual([]);
  expect(await run(['model', 'import', file, ...names])).toMatchObject({ exitCode: 0 });
  const before = await readFile(join(folder, 'failure-v1.json'), 'utf8');
  expect(await limited(1, 'model', 'import', file, ...names, '--replace')).toContain('[file-unwritable]');
  expect(await readdir(folder)).toEqual(['failure-v1.json']);
  expect(await readFile(join(folder, 'failure-v1.json'), 'utf8')).toBe(before);
});
