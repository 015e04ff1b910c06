import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rankingOf, rankOf, suspicion } from '../../../../src/cli/replay/evaluate/ranking.ts';
import { fault, minute, window } from './faults.ts';

describe('AS@k', () => {
  test('is the share of faults whose service is among the first k', () => {
    expect(rankingOf([1, 2, 3, 4, 5, 6, 1, 9])).toEqual({ faults: 8, at1: 2 / 8, at3: 4 / 8, at5: 6 / 8 });
    expect(rankingOf([])).toEqual({ faults: 0, at1: 0, at3: 0, at5: 0 });
  });

  test('never falls with k', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 })), (ranks) => {
        const { at1, at3, at5 } = rankingOf(ranks);
        expect(at1 <= at3 && at3 <= at5 && at5 <= 1).toBe(true);
      }),
    );
  });
});

describe('the rank of a service', () => {
  test('counts those that are as suspect or more', () => {
    const suspects = new Map([
      ['a', 1],
      ['b', 3],
      ['c', 2],
      ['d', 2],
    ]);
    expect(['b', 'c', 'd', 'a'].map((service) => rankOf(service, suspects))).toEqual([1, 3, 3, 4]);
    expect(rankOf('unheard', suspects)).toBe(5);
  });

  test('is none where nobody was named, which is no hit', () => {
    const rank = rankOf('a', suspicion([window(20 * minute, { a: 1 })], fault(minute)));
    expect(rankingOf([rank])).toEqual({ faults: 1, at1: 0, at3: 0, at5: 0 });
  });
});

describe('suspicion', () => {
  test('is the mean log-odds over the windows that ended while the fault lasted', () => {
    const windows = [
      window(10 * minute, { a: 0.99, b: 0.01 }),
      window(11 * minute, { a: 0.5, b: 0.9 }),
      window(13 * minute, { a: 0.9, b: 0.5 }),
      window(14 * minute, { a: 0.99, b: 0.01 }),
    ];
    const suspects = suspicion(windows, fault(10 * minute));
    expect(suspects.get('a')).toBeCloseTo(Math.log(9) / 2, 12);
    expect(suspects.get('b')).toBeCloseTo(Math.log(9) / 2, 12);
  });

  test('of an agent that some windows do not hold is that of the others: absence is no even chance', () => {
    const windows = [
      window(minute, { a: 0.01 }),
      window(2 * minute, { a: 0.01 }),
      window(3 * minute, { a: 0.01, late: 0.001 }),
    ];
    const suspects = suspicion(windows, fault(0));
    expect(suspects.get('late')).toBeCloseTo(Math.log(0.001 / 0.999), 12);
    expect(rankOf('a', suspects)).toBe(1);
  });

  test('stays finite where a score is certain', () => {
    const suspects = suspicion([window(minute, { a: 1, b: 0 })], fault(0));
    expect(suspects.get('a')).toBe(16);
    expect(suspects.get('b')).toBe(-16);
  });
});
