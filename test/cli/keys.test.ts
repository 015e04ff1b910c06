import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateKeys, preparedKeys, readKeyPairs, readPublicKeys } from '../../src/cli/key-files.ts';
import { lastJson, run } from './fake-io.ts';

let parent = '';
let folder = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'aura-keys-'));
  folder = join(parent, 'keys');
});
afterEach(() => rm(parent, { recursive: true }));

test('keys are made for their owner alone, and are listed and read again', async () => {
  const made = await run(['keys', 'generate', '4', '--keys', folder, '--json']);
  expect(made).toMatchObject({ exitCode: 0, err: '' });
  const { validators } = lastJson(made) as { validators: { id: string; publicKey: string }[] };
  expect(validators.map(({ id }) => id)).toEqual(['validator-1', 'validator-2', 'validator-3', 'validator-4']);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'validator-1.key'))).mode & 0o777).toBe(0o600);
  const pairs = await readKeyPairs(folder, null);
  for (const { id, publicKey } of validators)
    expect(Buffer.from(pairs.get(id)?.publicKey ?? []).toString('base64')).toBe(publicKey);
  const listed = lastJson(await run(['keys', 'list', '--keys', folder, '--json']));
  expect(listed.validators).toEqual(validators.map((validator) => ({ ...validator, canSign: true })));
});

test('no private key is ever printed', async () => {
  const { out } = await run(['keys', 'generate', '1', '--keys', folder, '--name', 'site-b']);
  const [, secret] = (await readFile(join(folder, 'site-b.key'), 'utf8')).split('\n');
  expect(out).toContain('site-b');
  expect(out).not.toContain(secret);
});

test('keys are never overwritten', async () => {
  await run(['keys', 'generate', '2', '--keys', folder]);
  const before = await readFile(join(folder, 'validator-2.key'), 'utf8');
  const again = await run(['keys', 'generate', '3', '--keys', folder]);
  expect(again.exitCode).toBe(1);
  expect(again.err).toContain('has keys of validator-1, validator-2 already');
  expect(await readFile(join(folder, 'validator-2.key'), 'utf8')).toBe(before);
  expect(await readPublicKeys(folder)).toHaveLength(2);
});

test('two that make keys of different validators at the same time, in a folder that is not there yet, do not hinder each other', async () => {
  const deep = join(parent, 'a', 'b', 'keys');
  await Promise.all([generateKeys(deep, ['x']), generateKeys(deep, ['y'])]);
  expect(await readPublicKeys(deep)).toMatchObject([{ id: 'x' }, { id: 'y' }]);
});

test('processes that start for the first time at the same moment go by the same keys', async () => {
  const ids = ['validator-1', 'validator-2', 'validator-3', 'validator-4'];
  for (let round = 0; round < 30; round++) {
    const shared = join(parent, `${round}`);
    const all = await Promise.all([1, 2, 3, 4].map(() => preparedKeys(shared, ids)));
    const whole = await readPublicKeys(shared);
    expect(whole.map(({ id, canSign }) => (canSign ? id : ''))).toEqual(ids);
    expect(all.map(({ keys }) => keys)).toEqual([whole, whole, whole, whole]);
    expect(all.filter(({ made }) => made)).toHaveLength(1);
  }
});

test('keys that somebody has made are taken as they are, however few', async () => {
  await generateKeys(folder, ['validator-2']);
  const { keys, made } = await preparedKeys(folder, ['validator-1', 'validator-2']);
  expect(made).toBe(false);
  expect(keys).toMatchObject([{ id: 'validator-2' }]);
});

test('what a process leaves that was ended while it made keys is no set of validators', {
  timeout: 15_000,
}, async () => {
  await generateKeys(folder, ['validator-1']);
  await unlink(join(folder, 'validator-1.pub'));
  await expect(preparedKeys(folder, ['validator-1', 'validator-2'])).rejects.toMatchObject({
    code: 'keys-missing',
    message: expect.stringContaining('validator-1.key'),
  });
});

test('a folder may be named by way of another that is not there yet', async () => {
  await generateKeys(`${parent}/other/../keys`, ['x']);
  expect(await readPublicKeys(folder)).toHaveLength(1);
});

test('a name that leaves no room for a number is refused before a key is made', async () => {
  const name = 'a'.repeat(127);
  expect(await run(['keys', 'generate', '2', '--name', name, '--keys', folder])).toMatchObject({ exitCode: 2 });
  expect(await readPublicKeys(folder)).toHaveLength(0);
  expect(await run(['keys', 'generate', '1', '--name', name, '--keys', folder])).toMatchObject({ exitCode: 0 });
});

test('a public key alone can be read, and cannot sign', async () => {
  await run(['keys', 'generate', '1', '--keys', folder]);
  await unlink(join(folder, 'validator-1.key'));
  expect(await readPublicKeys(folder)).toMatchObject([{ id: 'validator-1', canSign: false }]);
  await expect(readKeyPairs(folder, ['validator-1'])).rejects.toMatchObject({ code: 'keys-missing' });
});

test('a file that is no key is named', async () => {
  await run(['keys', 'generate', '1', '--keys', folder]);
  await writeFile(join(folder, 'validator-1.key'), 'not a key');
  await expect(readKeyPairs(folder, null)).rejects.toMatchObject({
    code: 'key-invalid',
    message: expect.stringContaining('validator-1.key'),
  });
});

test('a folder that is not there has no keys', async () => {
  expect(await readPublicKeys(join(parent, 'none'))).toEqual([]);
  expect((await run(['keys', 'list', '--keys', join(parent, 'none')])).out).toContain('no keys in');
});

test('the name of validators must be an id', async () => {
  expect(await run(['keys', 'generate', '--name', 'a/b', '--keys', folder])).toMatchObject({ exitCode: 2 });
});

test.each(['/dev/null/keys', '/proc/keys', '/proc/keys/below'])(
  'a folder that cannot be, %s, is told by its name',
  async (impossible) => {
    const { exitCode, err } = await run(['keys', 'generate', '1', '--keys', impossible]);
    expect(exitCode).toBe(1);
    expect(err).toContain(`cannot keep keys in ${impossible}: `);
    expect(err).toMatch(/ \[file-unwritable\]\nnext: /);
  },
);

test('folders above the keys are made, for their owner alone', async () => {
  const deep = join(folder, 'a', 'b');
  expect(await run(['keys', 'generate', '1', '--keys', deep])).toMatchObject({ exitCode: 0 });
  for (const made of [folder, join(folder, 'a'), deep]) expect((await stat(made)).mode & 0o777).toBe(0o700);
});

test('of two that make the same keys at once one keeps what it made', async () => {
  const made = await Promise.all([1, 2].map(() => run(['keys', 'generate', '1', '--keys', folder])));
  expect(made.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  expect(made.find(({ exitCode }) => exitCode === 1)?.err).toContain('[key-exists]');
  expect(await readKeyPairs(folder, null)).toHaveProperty('size', 1);
  const [{ publicKey }] = await readPublicKeys(folder);
  expect((await readKeyPairs(folder, null)).get('validator-1')?.publicKey).toEqual(publicKey);
});

test('what stands in a file that is no key is not repeated', async () => {
  await run(['keys', 'generate', '1', '--keys', folder]);
  const secret = 'dG90YWxseSBzZWNyZXQgc2VlZCBvZiBhIGtleSE=';
  await writeFile(join(folder, 'validator-1.pub'), secret);
  await writeFile(join(folder, 'validator-1.key'), secret);
  const listed = await run(['keys', 'list', '--keys', folder]);
  expect(listed).toMatchObject({ exitCode: 1, err: expect.stringContaining('[key-invalid]') });
  const error: unknown = await readKeyPairs(folder, null).catch((reason: unknown) => reason);
  for (const said of [listed.out, listed.err, String(error)]) expect(said).not.toContain(secret.slice(0, 12));
});

test('a file in the place of the folder is told', async () => {
  await writeFile(folder, '');
  const error = { code: 'file-unreadable', message: expect.stringContaining(folder) };
  expect(lastJson(await run(['keys', 'list', '--keys', folder, '--json']))).toMatchObject({ error });
});
