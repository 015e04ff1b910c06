import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NEVER_STARTED, readState, writeState } from '../../../infra/stack/state.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-state-test-'));
  file = join(folder, 'state.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a state that was written is read back', async () => {
  const state = {
    ports: { broker: 20_001 },
    process: { pid: 7, identity: 'boot/1' },
    startedAt: '2026-01-02T03:04:05.678Z',
  };
  await writeState(file, state);
  expect(await readState(file)).toEqual(state);
});

test('a server that was never started has none', async () => {
  expect(await readState(file)).toEqual(NEVER_STARTED);
});

test.each(['', '{', '{"ports":{"broker":0},"process":null,"startedAt":null}', '{"ports":{}}'])(
  'a file that holds %j is refused by name',
  async (text) => {
    await writeFile(file, text);
    await expect(readState(file)).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining(file),
    });
  },
);
