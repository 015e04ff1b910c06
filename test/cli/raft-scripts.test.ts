import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lastJson, run } from './fake-io.ts';

const scripts = fileURLToPath(new URL('../consensus/raft/scripts', import.meta.url));

test('says by name what passed', async () => {
  const ran = await run(['raft-scripts', scripts, '--json']);
  expect(ran).toMatchObject({ exitCode: 0, err: '' });
  const { passed, failed, notCovered } = lastJson(ran);
  expect(passed).toContain('interaction/figure_8');
  expect({ failed, notCovered }).toEqual({ failed: [], notCovered: [] });
  expect((await run(['raft-scripts', `${scripts}/interaction`])).out).toContain('passed       interaction/figure_8\n');
});

test('a script that comes out differently fails the command, and one that needs more is listed apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raft-scripts-'));
  try {
    await mkdir(join(folder, 'interaction'));
    const good = await readFile(join(scripts, 'interaction/vote_survives_restart.txt'), 'utf8');
    await writeFile(join(folder, 'interaction/bad.txt'), good.replace('Rejected (Hint: 0)', 'granted'));
    await writeFile(join(folder, 'interaction/garbled.txt'), 'dance 1\n----\nok\n');
    await writeFile(
      join(folder, 'interaction/async.txt'),
      'add-nodes 1 voters=(1) index=2 async-storage-writes=true\n----\nok\n\ncampaign 1\n----\nfoo\n',
    );
    const ran = await run(['raft-scripts', folder, '--json']);
    expect(ran.exitCode).toBe(1);
    expect(lastJson(ran)).toMatchObject({
      passed: [],
      failed: [
        { name: 'interaction/bad', command: 'process-ready', line: 63 },
        { name: 'interaction/garbled', reason: expect.stringContaining('dance') },
      ],
      notCovered: [{ name: 'interaction/async', needs: 'asynchronous storage' }],
    });
    const { out } = await run(['raft-scripts', folder]);
    expect(out).toContain('not covered  interaction/async  (asynchronous storage)');
    expect(out).toContain('0 passed, 2 failed, 1 not covered');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a folder without scripts, or none at all, is told', async () => {
  expect(await run(['raft-scripts', join(scripts, '..')])).toMatchObject({
    exitCode: 1,
    out: '',
    err: expect.stringContaining('holds no scripts'),
  });
  const ran = await run(['raft-scripts', join(scripts, 'nowhere')]);
  expect(ran.err).toContain('there is no such folder');
});

test('what cannot be read is named, with the same code wherever it lies', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raft-scripts-'));
  const file = join(folder, 'confchange', 'a-folder.txt');
  await mkdir(file, { recursive: true });
  for (const [given, named] of [
    [join(folder, 'quorum'), 'there is no such folder'],
    [folder, file],
  ]) {
    const ran = await run(['raft-scripts', given]);
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('[file-unreadable]') });
    expect(ran.err).toContain(named);
  }
  await rm(folder, { recursive: true });
});
