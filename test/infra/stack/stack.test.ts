import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultFolder, SERVICE_NAMES, stackStatus, startStack } from '../../../infra/stack/stack.ts';

test('a start that somebody ended starts nothing more, and says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aura-stack-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const signal = AbortSignal.abort('seen enough');
  const told: string[] = [];
  const starting = startStack({ services: SERVICE_NAMES, folder, signal, onProgress: (line) => told.push(line) });
  await expect(starting).rejects.toBe('seen enough');
  expect(told).toEqual([]);
  expect((await stackStatus(folder)).map(({ status }) => status)).toEqual(SERVICE_NAMES.map(() => 'stopped'));
});

test('an installed package keeps its servers with who calls it, not where npm will remove them', () => {
  expect(defaultFolder('/home/me/aura/infra/stack', '/tmp')).toBe('/home/me/aura/.aura/stack');
  expect(defaultFolder('/home/me/shop/node_modules/aura/build/infra/stack', '/home/me/shop')).toBe(
    '/home/me/shop/.aura/stack',
  );
});

test('a folder may be named from the working folder', async () => {
  const servers = await stackStatus('some/where');
  expect(servers.map(({ folder }) => folder)).toEqual(SERVICE_NAMES.map((name) => resolve('some/where', name)));
});
