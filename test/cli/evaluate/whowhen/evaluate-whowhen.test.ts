import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evaluateWhowhen } from '../../../../src/cli/evaluate/whowhen/evaluate-whowhen.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whowhen-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const request = () => ({ folder, modelsDir: folder, signal: new AbortController().signal, tell: () => {} });

async function write(name: string, annotation: object): Promise<void> {
  const history = [
    { role: 'assistant', name: 'Chief', content: `count the stones of ${name}` },
    { role: 'user', name: 'Ann', content: 'I assume that there are twelve of them' },
    { role: 'user', name: 'Bob', content: 'I agree. TERMINATE' },
  ];
  await writeFile(
    join(folder, `${name}.json`),
    JSON.stringify({ history, question: 'count the stones', ...annotation }),
  );
}

describe('evaluating attribution', () => {
  test('a folder that the model never saw is scored as it is, beside floors and baselines on the same runs', async () => {
    for (let i = 0; i < 8; i++) await write(String(i), { mistake_agent: 'Ann', mistake_step: '1' });
    await write('8', {});
    const { data, ours, floors, baselines, published, targets, text } = await evaluateWhowhen(request());
    expect(data).toMatchObject({ runs: 9, annotated: 8, teams: { group: 8, led: 0 } });
    expect(ours).toMatchObject({
      protocol: 'none of these runs was used for the fit',
      all: { cases: 8, agent: 100, step: 100, interval95: { agent: [100, 100] } },
    });
    expect(floors).toMatchObject({ step: { all: { highest: 'step 1', percent: 100 } } });
    expect(baselines['liquid network, cfc']).toMatchObject({ folds: 5, all: { cases: 8 } });
    expect(published).toMatchObject({ 'GPT-4o, whole log': { 'Hand-Crafted': { agent: 55.2 } } });
    expect(targets.map(({ met }) => met)).toEqual([true, false, true, false]);
    expect(text.join('\n')).toContain('ours');
  });

  test('runs without annotation cannot be scored', async () => {
    await write('1', {});
    await expect(evaluateWhowhen(request())).rejects.toMatchObject({ code: 'data-missing' });
  });

  test('a file that is no attribution model is refused', async () => {
    await mkdir(join(folder, 'a'));
    await write('a/1', { mistake_agent: 'Ann', mistake_step: 1 });
    const file = join(folder, 'model.txt');
    await writeFile(file, '{"format": "aura-liquid-network"}');
    await expect(evaluateWhowhen({ ...request(), model: file })).rejects.toMatchObject({ code: 'model-malformed' });
    await expect(evaluateWhowhen({ ...request(), model: `${file}x` })).rejects.toMatchObject({
      code: 'file-unreadable',
    });
  });
});
