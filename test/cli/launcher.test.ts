/** The launcher in a package under node_modules, where Node itself refuses TypeScript. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
let folder = '';
let launcher = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-launcher-'));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'aura');
  await mkdir(installed, { recursive: true });
  for (const part of ['src', 'pipelines', 'schemas', 'infra', 'package.json'])
    await cp(join(root, part), join(installed, part), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== 'aura') await symlink(join(root, 'node_modules', name), join(modules, name));
  launcher = join(installed, 'src/cli/aura.js');
});
afterAll(() => rm(folder, { recursive: true }));

test('commands run from an installed package, without a word of warning', async () => {
  const keys = join(folder, 'keys');
  const { stdout, stderr } = await execute(process.execPath, [
    launcher,
    'keys',
    'generate',
    '1',
    '--keys',
    keys,
    '--json',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ folder: keys });
  expect(stderr).toBe('');
});

test('the exit code is that of the command', async () => {
  await expect(execute(process.execPath, [launcher, 'frobnicate'])).rejects.toMatchObject({ code: 2 });
});

test('a reader that has seen enough ends it without a stack trace', async () => {
  const line = `"${process.execPath}" --no-warnings "${join(root, 'src/cli/main.ts')}" --help | true; echo "\${PIPESTATUS[0]}"`;
  expect(await execute('bash', ['-c', line])).toEqual({ stdout: '141\n', stderr: '' });
});

test('from a checkout the program runs in the same process', async () => {
  const { stdout } = await execute(process.execPath, [join(root, 'src/cli/aura.js'), '--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
