import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { lastJson, run } from './fake-io.ts';

test('--help lists every command with what it does', async () => {
  const { exitCode, out } = await run(['--help']);
  expect(exitCode).toBe(0);
  for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test.each(commands.map(({ name }) => name))('aura %s --help explains itself with examples', async (name) => {
  const { exitCode, out, err } = await run([name, '--help']);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain(`Usage: aura ${name}`);
  const [, list = ''] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(out) ?? [];
  const subcommands = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, subcommand]) => subcommand);
  const helps = await Promise.all(subcommands.map((subcommand) => run([name, subcommand, '--help'])));
  for (const help of helps) expect(help).toMatchObject({ exitCode: 0, err: '' });
  for (const help of subcommands.length === 0 ? [out] : helps.map((ran) => ran.out)) expect(help).toContain('--json');
  expect([out, ...helps.map((ran) => ran.out)].join('')).toContain('Examples:');
});

test('aura help COMMAND is aura COMMAND --help', async () => {
  expect((await run(['help', 'verify'])).out).toBe((await run(['verify', '--help'])).out);
});

test('a line that makes no sense ends with 2 and says what would', async () => {
  const unknown = await run(['frobnicate']);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.err).toContain("unknown command 'frobnicate'");
  const wrongTime = await run(['demo', '--for', 'soon', '--json']);
  expect(wrongTime.exitCode).toBe(2);
  expect(lastJson(wrongTime)).toMatchObject({ error: { code: 'usage-invalid' } });
  const pipeline = await run(['run', 'intak']);
  expect(pipeline).toMatchObject({ exitCode: 2, out: '' });
  expect(pipeline.err).toContain('pipeline is "intak"; valid is intake, snapshots');
  expect((await run([])).exitCode).toBe(2);
});

test('what goes wrong is one line, what to do next another, and one object under --json', async () => {
  const plain = await run(['topics', 'list']);
  expect(plain).toMatchObject({ exitCode: 1, out: '' });
  expect(plain.err).toMatch(/^aura: AURA_REGISTRY_URL is not set.*\[setting-missing\]\nnext: .*\n$/);
  const json = await run(['topics', 'list', '--json']);
  expect(json.exitCode).toBe(1);
  expect(json.out.trimEnd().split('\n')).toHaveLength(1);
  expect(lastJson(json)).toMatchObject({ error: { code: 'setting-missing' } });
});

test('the stack of an error shows with AURA_DEBUG=1 alone', async () => {
  expect((await run(['migrate'])).err).not.toContain('    at ');
  expect((await run(['migrate'], { env: { AURA_DEBUG: '1' } })).err).toContain('    at ');
});

test('a password stands in no stack, and what would be valid is told whole', async () => {
  const servers = { AURA_BROKERS: '127.0.0.1:1', AURA_REGISTRY_URL: 'http://127.0.0.1:1' };
  const env = { AURA_DEBUG: '1', ...servers, AURA_TLS_CA: 'https://aura:hunter2@host/ca.pem' };
  const failed = await run(['topics', 'list'], { env });
  expect(failed.err).toMatch(/caused by Error: ENOENT.*ca\.pem/);
  expect(failed.err).not.toContain('hunter2');
  const wrong = await run(['migrate'], { env: { AURA_POSTGRES_URL: 'x' } });
  expect(wrong.err).toContain('valid is a postgres URL');
  expect(wrong.err).not.toContain('redacted');
});
