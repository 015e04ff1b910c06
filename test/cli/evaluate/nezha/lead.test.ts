import { expect, test } from 'vitest';
import { type Breach, isNamed, readings, windowsOf } from '../../../../src/cli/evaluate/nezha/lead.ts';
import type { Named } from '../../../../src/cli/evaluate/nezha/naming.ts';

const minute = 60_000;
const fault = { system: 'OB', day: '2022-08-22', injectMs: 30_000, endMs: 210_000, service: 'cart', kind: 'cpu' };
/** The front end's row of the third scrape; scrapes at 20 s past the minute, windows end at 22 s. */
const breach: Breach = { fault, timeMs: 2 * minute + 20_000 };
const scrape = (m: number, service: string): Named => ({
  endMs: m * minute + 22_000,
  lastRowMs: m * minute + 21_000,
  service,
  score: 0.8,
});
const all = [0, 1, 2, 3, 4].map((m) => scrape(m, 'cart'));

test('each reading takes one scrape more, and none from before the injection', () => {
  const ends = readings.map((reading) => windowsOf(reading, breach, all, minute).map(({ endMs }) => endMs));
  expect(ends).toEqual([[82_000], [82_000, 142_000], [82_000, 142_000, 202_000]]);
});

test('the service at fault is named where it is on top and at the threshold', () => {
  const late = [scrape(1, 'pay'), scrape(2, 'cart')];
  expect(readings.map((reading) => isNamed(reading, breach, late, 0.8, minute))).toEqual([false, true, true]);
  expect(isNamed('nextScrape', breach, late, 0.81, minute)).toBe(false);
});
