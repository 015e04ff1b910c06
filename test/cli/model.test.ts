import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shippedModel } from '../../src/cli/engine.ts';
import { lastJson, run } from './fake-io.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aura-models-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const models = () => join(folder, 'models');
const aura = (...args: string[]) => run(['model', ...args, '--models', models(), '--json']);

const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => 0.1 * (i - k)));

/** A CfC of 2 units on 3 inputs, without backbone, as ncps would write it. */
const cfc = {
  weights: Object.fromEntries(
    ['ff1', 'ff2', 'time_a', 'time_b'].flatMap((head) => [
      [`rnn_cell.${head}.weight`, matrix(2, 5)],
      [`rnn_cell.${head}.bias`, [0.1, -0.1]],
    ]),
  ),
};

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

test('the shipped model is there without a folder, said to be shipped, with its card', async () => {
  const listed = lastJson(await aura('list')) as { models: { name: string; shipped: boolean; kind: string }[] };
  expect(listed.models).toContainEqual(
    expect.objectContaining({ name: 'failure-v1', shipped: true, kind: 'failure', inputs: 24 }),
  );
  const card = lastJson(await aura('card', 'failure-v1'));
  expect(card).toMatchObject({
    data: { command: expect.stringContaining('train-model'), seed: 1 },
    split: { training: { runs: 56 }, test: { runs: 24 } },
    metrics: { failure: { brier: expect.any(Number) } },
    alarms: { horizonMs: 10_000, threshold: 0.5, falseAlarmsPerAgentHour: expect.any(Number) },
    calibration: {
      method: 'platt',
      slope: expect.any(Number),
      brierSkill: expect.any(Number),
      reliability: expect.any(Array),
    },
    limits: expect.arrayContaining([
      expect.stringContaining('10 s'),
      'has seen windows of 1, 2, 5, 10 s and no others',
      'has seen cells of 8 to 100 agents and none larger or smaller',
    ]),
  });
  const { out } = await run(['model', 'card', 'failure-v1']);
  for (const title of ['model', 'data', 'split', 'metrics', 'alarms', 'calibration', 'explanation', 'limits'])
    expect(out).toMatch(RegExp(`^${title}$`, 'm'));
});

test('an imported ncps model is listed, has a card, and its ONNX step runs at any number of rows', async () => {
  const imported = await aura('import', file('mine.json', cfc));
  expect(imported.exitCode).toBe(0);
  expect(lastJson(imported)).toMatchObject({ imported: [{ name: 'mine', kind: 'network', inputs: 3, outputs: 2 }] });
  expect(lastJson(await aura('list'))).toMatchObject({
    models: expect.arrayContaining([
      expect.objectContaining({ name: 'failure-v1' }),
      expect.objectContaining({ name: 'mine', shipped: false }),
    ]),
  });
  expect(lastJson(await aura('card', 'mine'))).toMatchObject({
    calibration: null,
    metrics: { checked: expect.any(String) },
  });

  const out = join(folder, 'step.onnx');
  const exported = lastJson(await aura('export', 'mine', '--out', out));
  expect(exported).toMatchObject({
    opset: 17,
    inputs: { features: ['N', 3] },
    outputs: { scores: ['N', 2], hidden_next: ['N', 2] },
  });
  expect(exported.largestDifference).toBeLessThan(1e-5);
  const session = await InferenceSession.create(new Uint8Array(readFileSync(out)));
  const found = await session.run({
    features: new Tensor('float32', new Float32Array(9), [3, 3]),
    hidden: new Tensor('float32', new Float32Array(6), [3, 2]),
    elapsed: new Tensor('float32', new Float32Array(3), [3]),
  });
  expect(found.scores.dims).toEqual([3, 2]);
  await session.release();
});

test('the shipped model is exported with its calibration, at a fixed number of rows', async () => {
  const out = join(folder, 'failure.onnx');
  const exported = lastJson(await aura('export', 'failure-v1', '--out', out, '--rows', '16'));
  expect(exported).toMatchObject({ outputs: { failure: [16], log_odds: [16], hidden_next: [16, 32] } });
  expect(existsSync(out)).toBe(true);
});

describe('names', () => {
  test('a file of several models gives each its own, or one with --only and --name', async () => {
    const several = file('several.json', { first: cfc, second: cfc });
    expect(lastJson(await aura('import', several))).toMatchObject({
      imported: [{ name: 'first' }, { name: 'second' }],
    });
    expect(lastJson(await aura('import', several, '--only', 'second', '--name', 'third'))).toMatchObject({
      imported: [{ name: 'third' }],
    });
    expect(lastJson(await aura('import', several, '--only', 'nobody'))).toMatchObject({
      error: { code: 'model-not-found' },
    });
    expect(lastJson(await aura('import', several, '--name', 'x'))).toMatchObject({ error: { code: 'usage-invalid' } });
  });

  test('another model of a name is replaced only when asked for; the same one may come again', async () => {
    await aura('import', file('mine.json', cfc));
    expect((await aura('import', file('mine.json', cfc))).exitCode).toBe(0);
    const other = { ...cfc, mode: 'no_gate' };
    expect(lastJson(await aura('import', file('mine.json', other)))).toMatchObject({ error: { code: 'model-exists' } });
    expect((await aura('import', file('mine.json', other), '--replace')).exitCode).toBe(0);
  });

  test('a model file of AURA keeps its own, which its hash covers, whatever its file is called', async () => {
    const shipped = JSON.parse(readFileSync(shippedModel, 'utf8'));
    const ran = await aura('import', file('x.json', shipped), '--name', 'mine');
    expect(lastJson(ran)).toMatchObject({
      error: { code: 'usage-invalid', message: expect.stringContaining(shipped.name) },
    });
    expect(existsSync(models())).toBe(false);
    expect(lastJson(await aura('import', file('a copy.json', shipped)))).toMatchObject({
      imported: [{ name: shipped.name }],
    });
  });

  test('no file escapes from the folder', async () => {
    expect(lastJson(await aura('import', file('mine.json', cfc), '--name', '../x'))).toMatchObject({
      error: { code: 'usage-invalid' },
    });
    expect(existsSync(join(folder, 'x.json'))).toBe(false);
  });
});

describe('what is wrong is said with the field, its value and what would be valid', () => {
  test.each([
    [
      'weights of the wrong shape',
      { ...cfc, weights: { ...cfc.weights, 'rnn_cell.ff2.weight': matrix(2, 4) } },
      'weights-shape',
      /ff2\.weight' is 2 x 4; it must be 2 x 5/,
    ],
    [
      'a weight that is no number',
      { ...cfc, weights: { ...cfc.weights, x: 'y' } },
      'model-malformed',
      /weights\.x is "y"/,
    ],
    ['a changed model file', { format: 'aura-liquid-model', version: 1 }, 'model-malformed', /model file/],
  ])('%s', async (_, content, code, message) => {
    const ran = await aura('import', file('bad.json', content));
    expect(ran.exitCode).toBe(1);
    expect(lastJson(ran)).toMatchObject({ error: { code, message: expect.stringMatching(message) } });
    expect(existsSync(join(models(), 'bad.json'))).toBe(false);
  });

  test('a file that is no JSON, an unknown model, a folder with a spoiled file', async () => {
    const path = join(folder, 'x.json');
    writeFileSync(path, '{');
    expect(lastJson(await aura('import', path))).toMatchObject({ error: { code: 'file-unreadable' } });
    expect(lastJson(await aura('card', 'nobody'))).toMatchObject({
      error: { code: 'model-not-found', message: expect.stringContaining('failure-v1') },
    });
    await aura('import', file('mine.json', cfc));
    const stored = join(models(), 'mine.json');
    writeFileSync(stored, readFileSync(stored, 'utf8').replace('"outputs": 2', '"outputs": 3'));
    expect(lastJson(await aura('list'))).toMatchObject({
      models: expect.not.arrayContaining([expect.objectContaining({ name: 'mine' })]),
      unusable: [{ path: stored, code: 'model-hash' }],
    });
  });
});

test.each([
  ['--warm', '99999999d'],
  ['--effective', '-271821-04-20'],
])('a use at a time that no calendar has is refused before it is written (%s)', async (option, time) => {
  const { exitCode, err } = await run(['model', 'use', 'failure-v2', `${option}=${time}`, '--models', models()]);
  expect({ exitCode, err }).toMatchObject({ exitCode: 2, err: expect.stringContaining('no calendar') });
});
