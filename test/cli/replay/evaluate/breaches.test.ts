import { describe, expect, test } from 'vitest';
import { breachMs, namedBy } from '../../../../src/cli/replay/evaluate/breaches.ts';
import { fault, minute, window } from './faults.ts';

const front = (...p90: readonly (number | null)[]) => p90.map((p90Ms, i) => ({ timeMs: i * minute, p90Ms }));

describe('a breach of the service level', () => {
  test('is the first row after the injection above 1.5 times the trailing median', () => {
    expect(breachMs(front(100, 100, 100, 100, 140, 151, 900), fault(3 * minute))).toBe(5 * minute);
  });

  test('that was there before the injection, or comes later than five minutes after, is not the fault’s', () => {
    expect(breachMs(front(100, 100, 900, 100, 100), fault(2 * minute))).toBeNull();
    expect(breachMs(front(100, 100, 100, 100, 100, 100, 100, 100, 900), fault(2 * minute))).toBeNull();
  });

  test('rows that were not measured say nothing', () => {
    expect(breachMs(front(100, null, null, 900), fault(minute))).toBe(3 * minute);
    expect(breachMs(front(null, null, 900), fault(minute))).toBeNull();
  });
});

describe('a service is named before a time', () => {
  const at = 10 * minute;
  const named = (windows: Parameters<typeof namedBy>[0]) => namedBy(windows, fault(at, 'a'), at + 2 * minute, 0.5);

  test('by a window that has it on top and at the threshold', () => {
    expect(named([window(at + minute, { a: 0.5, b: 0.4 })])).toBe(true);
    expect(named([window(at + minute, { a: 0.49, b: 0.4 })])).toBe(false);
    expect(named([window(at + minute, { a: 0.7, b: 0.8 })])).toBe(false);
  });

  test('not by one from before the injection, nor by one that ends later', () => {
    expect(named([window(at, { a: 0.9 })])).toBe(false);
    expect(named([window(at + 3 * minute, { a: 0.9 })])).toBe(false);
  });
});
