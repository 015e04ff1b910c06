import { expect, test } from 'vitest';
import { falseAlarms } from '../../../../src/cli/replay/evaluate/alarms.ts';
import { fault, minute, window } from './faults.ts';

const hour = 60 * minute;

test('consecutive windows of one service are one alarm; two services are two', () => {
  const scores = [0.1, 0.9, 0.95, 0.1, 0.9].map((a, i) => window((i + 1) * minute, { a, b: i === 2 ? 0.9 : 0 }));
  expect(falseAlarms(scores, [], 0.9, minute)).toEqual({ alarms: 3, hours: 5 / 60 });
});

test('hours with a fault do not count, and an alarm that began in one is not counted again', () => {
  const ends = Array.from({ length: 180 }, (_, i) => (i + 1) * minute);
  const windows = ends.map((endMs) => window(endMs, { a: endMs > 110 * minute && endMs < 130 * minute ? 1 : 0 }));
  expect(falseAlarms(windows, [], 0.5, minute).alarms).toBe(1);
  const { alarms, hours } = falseAlarms(windows, [fault(hour + 10 * minute)], 0.5, minute);
  expect(alarms).toBe(0);
  expect(hours).toBeCloseTo(2, 9);
});

test('a fault across the full hour makes both hours faulty', () => {
  const windows = [window(59 * minute, {}), window(60 * minute, {}), window(61 * minute, {}), window(121 * minute, {})];
  expect(falseAlarms(windows, [fault(hour - minute)], 0.5, minute).hours).toBe(1 / 60);
});

test('time without windows is none in which there could have been an alarm', () => {
  const week = 168 * hour;
  const windows = [minute, 2 * minute, week + minute, week + 2 * minute].map((endMs) => window(endMs, { a: 0.1 }));
  expect(falseAlarms(windows, [], 0.5, minute).hours).toBeCloseTo(4 / 60, 12);
});
