import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readIncidents, timeOf } from '../../../src/cli/training/incidents.ts';

const folder = mkdtempSync(join(tmpdir(), 'aura-incidents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const first = Date.parse('2026-03-01T09:30:00Z');

test('CSV and JSON say the same, with fleets where they are named and ends where there are any', async () => {
  const csv =
    'agent,fleet,from,to\nstore-1,,2026-03-01T09:30:00Z,2026-03-01T10:40:00.5+01:00\nstore-2,shop,2026-03-01T10:30+0100,\n';
  const json = JSON.stringify([
    { agent: 'store-1', from: '2026-03-01T09:30:00Z', to: '2026-03-01T09:40:00.5Z' },
    { agent: 'store-2', fleet: 'shop', from: '2026-03-01T09:30Z', to: null },
  ]);
  const expected = [
    { agent: 'store-1', fleet: null, fromMs: first, toMs: first + 600_500 },
    { agent: 'store-2', fleet: 'shop', fromMs: first, toMs: null },
  ];
  expect(await readIncidents(file('a.csv', csv))).toMatchObject(expected);
  expect(await readIncidents(file('a.json', json))).toMatchObject(expected);
});

test('an empty fleet or end is none, in JSON as in CSV', async () => {
  const json = JSON.stringify([{ agent: 'store-1', fleet: '', from: '2026-03-01T09:30:00Z', to: '' }]);
  expect(await readIncidents(file('empty.json', json))).toMatchObject([{ fleet: null, fromMs: first, toMs: null }]);
});

describe('what is wrong is named: file, place, field, value and what is valid', () => {
  const good = 'store,2026-03-01T09:30:00Z,';
  test.each([
    ['no agent', `agent,from,to\n,2026-03-01T09:30:00Z,\n`, /bad\.csv:2: agent is missing; valid is an agent's id/],
    ['an agent that is no id', `agent,from,to\na b,2026-03-01T09:30:00Z,\n`, /:2: agent is "a b"; valid is/],
    [
      'a time without a zone',
      `agent,from,to\n${good}\nstore,2026-03-01T09:30:00,\n`,
      /:3: from is "2026-03-01T09:30:00"; valid is a time of ISO 8601 with its zone/,
    ],
    ['a day that there is not', `agent,from,to\nstore,2026-02-31T09:30:00Z,\n`, /from is "2026-02-31T09:30:00Z"/],
    ['an hour that there is not', `agent,from,to\nstore,2026-02-28T99:30:00Z,\n`, /from is "2026-02-28T99:30:00Z"/],
    ['a leap day of no leap year', `agent,from,to\n${good.slice(0, -1)},2027-02-29T00:00+01:00\n`, /to is "2027-02-29/],
    [
      'an end before the start',
      `agent,from,to\nstore,2026-03-01T09:30:00Z,2026-03-01T09:30:00Z\n`,
      /to is .*; valid is a time after from/,
    ],
    ['a column that is not there', `agent,to\nstore,2026-03-01T09:30:00Z\n`, /from is missing/],
  ])('%s', async (_, content, message) => {
    await expect(readIncidents(file('bad.csv', content))).rejects.toMatchObject({
      code: 'data-malformed',
      message: expect.stringMatching(message),
    });
  });

  test('in JSON too', async () => {
    const bad = async (content: string, message: RegExp) =>
      await expect(readIncidents(file('bad.json', content))).rejects.toMatchObject({
        code: 'data-malformed',
        message: expect.stringMatching(message),
      });
    await bad('{"agent": "a"}', /the whole is \{"agent":"a"\}; valid is a list/);
    await bad('[3]', /bad\.json\[0\] is 3; valid is/);
    await bad('[{"agent": 7, "from": "2026-03-01T09:30:00Z"}]', /\[0\]: agent is 7/);
    await bad('[{"agent": "a", "from": 1772357400}]', /from is 1772357400/);
    await bad('[', /cannot read/);
  });

  test('no file, and no incident', async () => {
    await expect(readIncidents(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'data-unreadable' });
    await expect(readIncidents(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'data-unreadable' });
    await expect(readIncidents(file('empty.csv', 'agent,from,to\n'))).rejects.toMatchObject({ code: 'data-missing' });
  });
});

test('a time needs its zone, since without one it is another time on another machine', () => {
  expect(timeOf('2026-03-01T09:30:00,250Z')).toBe(first + 250);
  for (const bad of ['2026-03-01', '2026-03-01 09:30:00Z', '09:30', 'yesterday', 5, null])
    expect(timeOf(bad)).toBe(null);
});
