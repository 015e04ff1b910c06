import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFolder } from '../../../../src/cli/replay/nezha/folder.ts';
import { readLabels } from '../../../../src/cli/replay/nezha/labels.ts';
import { folderOf, lines } from '../files.ts';

describe('a folder of recordings', () => {
  test('holds every system and day that has metrics, by system and day', async () => {
    const folder = folderOf({
      'OB_2022-08-23_metrics.csv.gz': 'ts\n',
      'OB_2022-08-22_metrics.csv.gz': 'ts\n',
      'OB_2022-08-22_edges.csv.gz': 'ts\n',
      'OB_2022-08-22_dependency.csv': 'Source\n',
      'OB_2022-08-22_front.csv': 'ts\n',
      'TT_2023-01-29_metrics.csv': 'ts\n',
      'TT_2023-01-29_fault_edges.csv.gz': 'window_file\n',
      'TT_2023-01-29_normal_edges.csv.gz': 'window_file\n',
      'TT_2023-01-30_front.csv': 'ts\n',
      'labels.csv': 'system\n',
      LICENSE: '',
    });
    const { days, labels } = await openFolder(folder);
    expect(days.map(({ system, day }) => [system, day])).toEqual([
      ['OB', '2022-08-22'],
      ['OB', '2022-08-23'],
      ['TT', '2023-01-29'],
    ]);
    expect(basename(days[0].edges ?? '')).toBe('OB_2022-08-22_edges.csv.gz');
    expect(days[2]).toMatchObject({ edges: null, front: null, dependency: null });
    expect(basename(labels ?? '')).toBe('labels.csv');
  });

  test('without metrics, or that is not there, is an error with its own code', async () => {
    await expect(openFolder(folderOf({ 'labels.csv': '' }))).rejects.toMatchObject({ code: 'data-missing' });
    await expect(openFolder('/nowhere/at/all')).rejects.toMatchObject({ code: 'data-unreadable' });
  });
});

test('labels are read in order of time; a fault without an end lasts three minutes', async () => {
  const folder = folderOf({
    'OB_2022-08-22_metrics.csv': 'ts\n',
    'labels.csv': lines(
      'system,day,inject_ts,inject_time_utc,end_ts,service,pod,fault',
      'OB,2022-08-22,2000,x,2240,cartservice,cart-1,cpu_contention',
      'OB,2022-08-22,1000,x,,frontend,front-1,return',
    ),
  });
  const { labels } = await openFolder(folder);
  expect(await readLabels(labels ?? '')).toEqual([
    { system: 'OB', day: '2022-08-22', injectMs: 1_000_000, endMs: 1_180_000, service: 'frontend', kind: 'return' },
    {
      system: 'OB',
      day: '2022-08-22',
      injectMs: 2_000_000,
      endMs: 2_240_000,
      service: 'cartservice',
      kind: 'cpu_contention',
    },
  ]);
});
