import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel } from '../../src/liquid/model.ts';
import { lastJson, run } from './fake-io.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aura-train-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const train = (source: string, ...args: readonly string[]) =>
  run(['train', source, ...args, '--json'], { env: { AURA_MODELS_DIR: join(folder, 'models') } });

describe('training on the reference fleet', { timeout: 60_000 }, () => {
  const small = ['--training', '2', '--validation', '1', '--test', '1', '--epochs', '2'];

  test('writes a model under its name, with a card that says how it was made and what was measured', async () => {
    const ran = await train('reference', '--name', 'small', '--units', '6', ...small);
    expect(ran.exitCode).toBe(0);
    const path = join(folder, 'models', 'small.json');
    const model = readModel(JSON.parse(readFileSync(path, 'utf8')));
    expect(lastJson(ran)).toMatchObject({ model: model.id, path, epochs: 2, metrics: { failure: expect.anything() } });
    expect(model.made).toMatchObject({
      command: 'aura train reference --name small --units 6 --training 2 --validation 1 --test 1 --epochs 2',
      seed: 1,
      start: 'random weights',
      splits: { training: { runs: 2 }, validation: { runs: 1 }, test: { runs: 1 } },
      seen: { windowsMs: expect.any(Array), failures: expect.arrayContaining(['slow']) },
    });
    const card = await run(['model', 'card', 'small', '--models', join(folder, 'models')]);
    for (const part of ['calibration', 'explanation', 'happened', 'said', 'has seen windows of', 'kinds and no others'])
      expect(card.out).toContain(part);

    const again = await train('reference', '--name', 'small', ...small);
    expect(lastJson(again)).toMatchObject({ error: { code: 'model-exists', message: expect.stringContaining(path) } });
    expect(readModel(JSON.parse(readFileSync(path, 'utf8'))).id).toBe(model.id);
  });

  test('begins with another model’s weights if asked to, and keeps them where no epoch is better', async () => {
    const out = join(folder, 'tuned.json');
    // Steps so long that they only do harm.
    const ran = await train(
      'reference',
      '--name',
      'tuned',
      '--out',
      out,
      '--start',
      'failure-v1',
      '--learning-rate',
      '0.9',
      ...small,
    );
    expect(lastJson(ran)).toMatchObject({
      epochKept: 0,
      metrics: { start: { model: expect.stringMatching(/^failure-v1@/) } },
    });
    const shipped = readModel(
      JSON.parse(readFileSync(new URL('../../src/liquid/models/failure-v1.json', import.meta.url), 'utf8')),
    );
    expect(readModel(JSON.parse(readFileSync(out, 'utf8'))).theta).toEqual(shipped.theta);
    expect(existsSync(join(folder, 'models', 'tuned.json'))).toBe(false);
  });
});

describe('what makes no sense is refused before anything is read, with the value and what is valid', () => {
  const own = ['--name', 'n', '--tenant', 'acme'];
  test.each([
    ['a name that is none', ['reference', '--name', 'a/b'], /a\/b.*1 to 64 of the characters/],
    ['no name', ['topics', '--tenant', 'acme'], /--name/],
    ['a tenant that is none', ['topics', '--name', 'n', '--tenant', 'a b'], /--tenant is "a b"; valid is/],
    [
      'a time without a zone',
      ['topics', ...own, '--from', '2026-01-01T00:00:00'],
      /Valid is a time of ISO 8601 with its zone/,
    ],
    [
      'an end before the start',
      ['topics', ...own, '--from', '2026-01-02T00:00Z', '--to', '2026-01-01T00:00Z'],
      /--to is .*; valid is after --from/,
    ],
    [
      'a label that there is not',
      ['history', ...own, '--labels', 'sad'],
      /Valid are incidents, down, silent, outcomes/,
    ],
    ['incidents without a file', ['history', ...own, '--labels', 'incidents'], /no --incidents file is given/],
    [
      'a file that is not to count',
      ['history', ...own, '--labels', 'down', '--incidents', 'x.csv'],
      /leaves incidents out/,
    ],
    [
      'a variant of another model',
      ['history', ...own, '--start', 'failure-v1', '--variant', 'ltc'],
      /valid is --start none/,
    ],
    ['two thresholds', ['history', ...own, '--threshold', '0.4', '--false-alarms', '1'], /one of the two/],
    ['a threshold that is none', ['history', ...own, '--threshold', '1.5'], /above 0 and below 1/],
  ])('%s', async (_, args, message) => {
    const [source, ...rest] = args;
    const ran = await train(source, ...rest);
    expect(ran.exitCode).toBe(2);
    expect(JSON.stringify(lastJson(ran))).toMatch('usage-invalid');
    expect((lastJson(ran) as { error: { message: string } }).error.message).toMatch(message);
  });

  test('a file that is there already, and one in a folder that is not there', async () => {
    const out = join(folder, 'taken.json');
    writeFileSync(out, 'precious');
    const nowhere = join(folder, 'nowhere', 'm.json');
    for (const [path, ...replace] of [[out], [nowhere], [nowhere, '--replace']] as const) {
      const ran = await train('reference', '--name', 'n', '--out', path, ...replace);
      expect(ran.err).not.toMatch('recorded');
      expect(lastJson(ran)).toMatchObject({
        error: { code: path === out ? 'model-exists' : 'file-unwritable', message: expect.stringContaining(path) },
      });
    }
    expect(readFileSync(out, 'utf8')).toBe('precious');
  });

  test('a model to begin with that is not there, or gives no failure scores', async () => {
    expect(lastJson(await train('reference', '--name', 'n', '--start', 'nothing'))).toMatchObject({
      error: { code: 'model-not-found' },
    });
  });

  test('incidents that cannot be read, before the cluster is asked', async () => {
    const path = join(folder, 'bad.csv');
    writeFileSync(path, 'agent,from,to\nstore,yesterday,\n');
    expect(lastJson(await train('topics', ...own, '--incidents', path))).toMatchObject({
      error: { code: 'data-malformed', message: expect.stringMatching(/bad\.csv:2: from is "yesterday"/) },
    });
  });
});
