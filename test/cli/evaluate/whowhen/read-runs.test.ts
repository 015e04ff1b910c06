import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRuns, stepOf } from '../../../../src/cli/evaluate/whowhen/read-runs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whowhen-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(path: string, body: unknown): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), typeof body === 'string' ? body : JSON.stringify(body));
}

describe('reading runs', () => {
  test('takes parts and files in the order of their numbers, and files of no part', async () => {
    const history = [{ role: 'human', content: 'do it' }];
    await write('B/10.json', { history });
    await write('B/9.json', { history, mistake_agent: 'human', mistake_step: '0' });
    await write('A/1.json', { history });
    await write('3.json', { history, question: 'what?', mistake_agent: 'human', mistake_step: 0 });
    await write('B/notes.txt', 'not a run');
    const runs = await readRuns(folder);
    expect(runs.map(({ part, file }) => `${part}/${file}`)).toEqual(['/3.json', 'A/1.json', 'B/9.json', 'B/10.json']);
    expect(runs.map(({ fault }) => fault?.step ?? null)).toEqual([0, null, 0, null]);
    expect(runs[0].run).toMatchObject({ question: 'what?', steps: [{ speaker: 'human', text: 'do it' }] });
  });

  test('an empty folder, no folder, no JSON and no run are told apart', async () => {
    await expect(readRuns(folder)).rejects.toMatchObject({ code: 'data-missing' });
    await expect(readRuns(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'data-unreadable' });
    await write('1.json', '{');
    await expect(readRuns(folder)).rejects.toMatchObject({ code: 'data-malformed' });
    await write('1.json', { history: [], mistake_step: 0 });
    await expect(readRuns(folder)).rejects.toMatchObject({
      code: 'data-malformed',
      message: expect.stringContaining('history'),
    });
  });
});

test('a speaker is the name, or the role up to its bracket, which says to whom or how', () => {
  expect(stepOf('t', 'assistant', 'Math_Expert')).toEqual({
    speaker: 'Math_Expert',
    addressee: null,
    manner: null,
    text: 't',
  });
  expect(stepOf('t', 'Orchestrator (-> WebSurfer)', null)).toMatchObject({
    speaker: 'Orchestrator',
    addressee: 'WebSurfer',
    manner: null,
  });
  expect(stepOf('t', 'Orchestrator (thought)', undefined)).toMatchObject({
    speaker: 'Orchestrator',
    addressee: null,
    manner: 'thought',
  });
  expect(stepOf('t', 'WebSurfer', '')).toMatchObject({ speaker: 'WebSurfer', manner: null });
});
