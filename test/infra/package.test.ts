/**
 * What `npm pack` makes, as somebody else's project uses it. The tarball is unpacked into node_modules rather than installed, so that the test needs no
 * registry, and so that it shows that the verifier needs no dependency.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster, proposalValue } from '../consensus/cluster.ts';

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const modules = join(root, 'node_modules');
let folder = '';
/** A project with nothing but the package. */
let project = '';
let packed: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-package-'));
  // Packed from a copy: packing writes a build into the checkout for a moment.
  const checkout = join(folder, 'checkout');
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const sources = ['package.json', 'tsconfig.json', 'README.md', ...files.filter((name) => name !== 'build')];
  for (const name of sources) await cp(join(root, name), join(checkout, name), { recursive: true });
  await symlink(modules, join(checkout, 'node_modules'));
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: checkout });
  // The prepack script may have said something before.
  const [{ filename, files: inside }] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [
    { filename: string; files: readonly { path: string }[] },
  ];
  packed = inside.map(({ path }) => path);
  expect(await readdir(checkout)).not.toContain('build');

  project = join(folder, 'project');
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'somebody-else', type: 'module' }));
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder]);
  await rename(join(folder, 'package'), join(project, 'node_modules/aura'));

  const cluster = new Cluster(4);
  cluster.append(proposalValue('00ff'));
  cluster.settle();
  await writeFile(
    join(project, 'decision.json'),
    JSON.stringify({ decision: cluster.decisions[0], validators: cluster.keys.validators }, bytesAsBase64),
  );
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Buffers have a toJSON of their own, which comes first; other bytes do not. */
function bytesAsBase64(_key: string, value: unknown): unknown {
  const buffer = value as { readonly type?: unknown; readonly data?: readonly number[] } | null;
  if (buffer?.type === 'Buffer' && buffer.data !== undefined)
    return { base64: Buffer.from(buffer.data).toString('base64') };
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
}

const reading = `
const bytes = (_key, value) => (typeof value?.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value);
const { decision, validators } = JSON.parse(fs.readFileSync('decision.json', 'utf8'), bytes);
const proposal = JSON.parse(decision.proposal.toString());
const forged = { ...decision, decidedMs: decision.decidedMs + 1 };
const results = [verifyDecision(decision, validators), checkCopies(decision, proposal), verifyDecision(forged, validators)];
process.stdout.write(JSON.stringify(results));
`;

const expected = [
  { ok: true, verdict: 'APPROVED', mayAct: true, signers: expect.any(Array), height: 1 },
  [],
  { ok: false, reason: 'NOT_IN_BLOCK' },
];

test('the tarball holds what the program needs, and no tests', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'src/cli/aura.js',
      'schemas/decision.avsc',
      'docker-compose.yml',
      'build/src/consensus/verify.js',
      'build/src/consensus/verify.d.ts',
    ]),
  );
  expect(packed.filter((path) => path.startsWith('test/') || path.includes('node_modules'))).toEqual([]);
});

test.each([
  ['a module', 'verify.mjs', `import fs from 'node:fs';\nimport { checkCopies, verifyDecision } from 'aura/verify';\n`],
  [
    'CommonJS',
    'verify.cjs',
    `const fs = require('node:fs');\nconst { checkCopies, verifyDecision } = require('aura/verify');\n`,
  ],
])('%s verifies a decision with nothing else installed', async (_name, file, opening) => {
  await writeFile(join(project, file), opening + reading);
  const { stdout, stderr } = await execute(process.execPath, [file], { cwd: project });
  expect(JSON.parse(stdout)).toEqual(expected);
  expect(stderr).toBe('');
});

test('a TypeScript project gets the types', { timeout: 60_000 }, async () => {
  await mkdir(join(project, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types'])
    await symlink(join(modules, name), join(project, 'node_modules', name));
  const source = (word: string) => `
    import { type Decision, type Validator, type Verification, checkCopies, verifyDecision } from 'aura/verify';
    export function mayAct(decision: Decision, validators: readonly Validator[]): boolean {
      const verified: Verification = verifyDecision(decision, validators);
      return verified.ok && verified.verdict === '${word}' && verified.mayAct && decision.targets.length > 0;
    }
    export const differing: readonly string[] = checkCopies({} as Decision, {} as Parameters<typeof checkCopies>[1]);
  `;
  const compile = async (module: string, word: string) => {
    await writeFile(join(project, 'use.ts'), source(word));
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', ...module.split(' '), 'use.ts'];
    // tsc tells of errors on its standard output.
    return await execute(join(modules, '.bin/tsc'), options, { cwd: project }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  };
  expect(await compile('--module nodenext', 'APPROVED')).toBe('');
  expect(await compile('--module esnext --moduleResolution bundler', 'APPROVED')).toBe('');
  expect(await compile('--module nodenext', 'APROVED')).toContain('TS2367');
});

test('npx aura runs the command line', async () => {
  const installed = join(project, 'node_modules');
  for (const name of await readdir(modules))
    if (!['aura', '@types', '.bin', 'undici-types'].includes(name))
      await symlink(join(modules, name), join(installed, name));
  await mkdir(join(installed, '.bin'));
  await symlink('../aura/src/cli/aura.js', join(installed, '.bin/aura'));
  // npm makes the files that bin names executable when it installs.
  await chmod(join(installed, 'aura/src/cli/aura.js'), 0o755);
  const { stdout } = await execute('npx', ['--no-install', 'aura', '--help'], { cwd: project });
  expect(stdout).toContain('Usage: aura');
});
