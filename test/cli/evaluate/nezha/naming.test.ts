import { expect, test } from 'vitest';
import { falseAlarms, faultyHours, namedIn, thresholdWithin } from '../../../../src/cli/evaluate/nezha/naming.ts';
import type { ScoredWindow } from '../../../../src/cli/replay/score-book.ts';

const minute = 60_000;
const hour = 60 * minute;

/** One window a minute from the hour on; each entry gives cart's and pay's scores. */
function windows(scores: readonly (readonly [number, number])[]): readonly ScoredWindow[] {
  return scores.map(([cart, pay], w) => ({
    endMs: (w + 1) * minute,
    failure: new Map([
      ['cart', cart],
      ['pay', pay],
    ]),
  }));
}

const named = (scores: readonly (readonly [number, number])[]) =>
  namedIn(
    windows(scores),
    scores.map((_, w) => w * minute),
  );

test('the highest score is named, and nobody where two share it', () => {
  const services = named([
    [0.9, 0.2],
    [0.3, 0.4],
    [0.5, 0.5],
  ]).map(({ service }) => service);
  expect(services).toEqual(['cart', 'pay', null]);
});

test('consecutive windows that name one service are one alarm, another service is another', () => {
  const scores = named([
    [0.9, 0.1],
    [0.9, 0.1],
    [0.1, 0.9],
    [0.1, 0.2],
    [0.1, 0.9],
  ]);
  expect(falseAlarms(scores, 0.5, minute, () => true)).toEqual({ alarms: 3, hours: 5 / 60 });
  expect(falseAlarms(scores, 0.5, minute, () => false)).toEqual({ alarms: 0, hours: 0 });
});

test('the threshold chosen keeps the rate, and the next lower score would not', () => {
  const scores = Array.from({ length: 60 }, (_, i): readonly [number, number] => [
    i % 2 === 0 ? 0.1 + i / 100 : 0,
    0.05,
  ]);
  const days = [named(scores)];
  const threshold = thresholdWithin(days, 3, minute, () => true);
  expect(falseAlarms(days[0], threshold, minute, () => true).alarms).toBe(3);
  expect(falseAlarms(days[0], threshold - 0.02, minute, () => true).alarms).toBe(4);
});

test('a fault takes every hour of the clock that it touches', () => {
  const injectMs = 2 * hour - minute;
  expect([...faultyHours([{ injectMs, endMs: 2 * hour + minute }])]).toEqual([1, 2]);
});
