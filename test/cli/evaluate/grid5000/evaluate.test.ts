/** The whole evaluation on fleets that come and go at random: no method can do better than chance there, but every part has to run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../../src/cli/evaluate/evaluation.ts';
import { evaluateGrid5000 } from '../../../../src/cli/evaluate/grid5000/evaluate-grid5000.ts';
import { readFolder } from '../../../../src/cli/evaluate/grid5000/folder.ts';
import { places, randomEvents } from '../../../liquid/availability/fleets.ts';

const NODES = 20;
const header = 'node_id,event_type,start_unix,stop_unix';
let folder = '';
const requestFor = (path: string, more = {}) => ({
  folder: path,
  modelsDir: join(folder, 'models'),
  signal: new AbortController().signal,
  tell: () => {},
  ...more,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-grid5000-'));
  const lines = randomEvents(1, NODES, 30).map(({ node, available, startS, stopS }) =>
    [node, available ? 1 : 0, startS, stopS].join(','),
  );
  await writeFile(join(folder, 'events.csv.gz'), gzipSync(`${header}\n${lines.join('\n')}\n`));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the evaluation', () => {
  let evaluation: Evaluation;
  beforeAll(async () => {
    evaluation = await evaluateGrid5000(requestFor(folder));
  }, 60_000);

  it('gives AUC and AP of ours, of every baseline and of every floor on the same cases', () => {
    const { ours, baselines, floors, data } = evaluation;
    expect(data.placesKnown).toBe(false);
    expect(data.cases).toBeGreaterThan(1000);
    const all = [ours, ...Object.values(baselines), ...Object.values(floors)];
    expect(all).toHaveLength(14);
    for (const { auc, ap } of all) {
      expect(auc).toBeGreaterThan(0.3);
      expect(auc).toBeLessThan(0.7);
      expect(ap).toBeGreaterThan(0.5 * Number(data.baseRate));
    }
  });

  it('names each figure to reach, says that the network comes from elsewhere, and gives one answer', async () => {
    expect(evaluation.targets.map(({ figure }) => figure)).toEqual([
      'AUC',
      "AP, times the logistic floor's",
      "AUC, less the trees'",
      "AP, less the trees'",
    ]);
    expect(evaluation.method.trainedOnThisFolder).toBe(false);
    expect(evaluation.text.join('\n')).toContain('trained on another folder');
    expect(JSON.parse(JSON.stringify(await evaluateGrid5000(requestFor(folder))))).toEqual(
      JSON.parse(JSON.stringify(evaluation)),
    );
  }, 60_000);

  it('tells how many of the cases lie in the time that the network was trained on', async () => {
    const { method, data, text } = evaluation;
    expect(method).toMatchObject({ trainedOnThisFolder: false, casesOfTrainingTime: data.cases });
    expect(text.join('\n')).toContain(`${data.cases} of the ${data.cases} cases lie in the time`);
    const later = await mkdtemp(join(folder, 'later-'));
    const year = 365 * 86_400;
    const lines = randomEvents(1, NODES, 30).map(({ node, available, startS, stopS }) =>
      [node, available ? 1 : 0, startS + year, stopS + year].join(','),
    );
    await writeFile(join(later, 'events.csv'), `${header}\n${lines.join('\n')}\n`);
    const other = await evaluateGrid5000(requestFor(later));
    expect(other.method.casesOfTrainingTime).toBe(0);
    expect(other.text.join('\n')).not.toContain('learned from');
  }, 60_000);

  it('refuses a model that scores agents', async () => {
    await expect(evaluateGrid5000(requestFor(folder, { model: 'failure-v1' }))).rejects.toThrow(/failure-v1/);
  }, 60_000);
});

describe('a folder', () => {
  it('without events is named', async () => {
    await expect(readFolder(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'data-missing' });
  });

  it('with what is no event names the line', async () => {
    const bad = await mkdtemp(join(folder, 'bad-'));
    for (const line of ['1,2,10,20', '1,1,20,10', '1,x,10,20', '1.5,1,10,20']) {
      await writeFile(join(bad, 'events.csv'), `${header}\n${line}\n`);
      await expect(readFolder(bad)).rejects.toMatchObject({ code: 'data-malformed' });
    }
  });

  it('reads where nodes stand from nodes.csv, in it or beside it', async () => {
    const inside = await mkdtemp(join(folder, 'inside-'));
    await writeFile(join(inside, 'events.csv'), `${header}\n0,1,10,20\n7,1,10,30\n`);
    const rows = [...places(2)].map(([node, { site, cluster }]) => `${node},${site},${cluster}`);
    await writeFile(join(inside, 'nodes.csv'), `node_id,site,cluster\n${rows.join('\n')}\n`);
    expect((await readFolder(inside)).trace.sites).toEqual(['s0', 's1']);
  });
});
