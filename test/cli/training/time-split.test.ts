import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EPISODES_MIN, timeSplit } from '../../../src/cli/training/time-split.ts';

const APART = 10_000;

/** Incidents a minute apart, each of one agent for 20 s. */
const minutely = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ fromMs: 60_000 * (i + 1), toMs: 60_000 * (i + 1) + 20_000 }));

test('three fifths are learned from, a fifth is chosen by and a fifth measured on, in order of time', () => {
  const { cutsMs, episodes } = timeSplit(minutely(20), APART, 2_000_000);
  expect(episodes).toEqual({ training: 12, validation: 4, test: 4 });
  // Halfway between the end of one incident and the start of the next.
  expect(cutsMs).toEqual([12 * 60_000 + 40_000, 16 * 60_000 + 40_000]);
});

test('cuts fall between incidents, whatever they are, and each part has what it needs', () => {
  const spans = fc.array(
    fc.record({ fromMs: fc.integer({ min: 0, max: 5_000_000 }), lengthMs: fc.integer({ min: 1, max: 60_000 }) }),
    { minLength: 12, maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(spans, (list) => {
      const failures = list.map(({ fromMs, lengthMs }) => ({ fromMs, toMs: fromMs + lengthMs }));
      let split: ReturnType<typeof timeSplit>;
      try {
        split = timeSplit(failures, APART, 6_000_000);
      } catch (error) {
        expect(error).toMatchObject({ code: 'data-insufficient' });
        return;
      }
      const { cutsMs, episodes } = split;
      expect(cutsMs[0]).toBeLessThan(cutsMs[1]);
      for (const cut of cutsMs) {
        for (const { fromMs, toMs } of failures) {
          expect(cut <= fromMs - APART / 2 || cut >= toMs + APART / 2).toBe(true);
        }
      }
      for (const part of ['training', 'validation', 'test'] as const) {
        expect(episodes[part]).toBeGreaterThanOrEqual(EPISODES_MIN[part]);
      }
    }),
  );
});

test('failures that overlap or follow at once are one incident: a cascade is not cut in two', () => {
  const cascade = minutely(8).flatMap(({ fromMs, toMs }) => [
    { fromMs, toMs },
    { fromMs: fromMs + 5000, toMs: toMs + 5000 },
    { fromMs: toMs + 14_000, toMs: toMs + 15_000 },
  ]);
  expect(timeSplit(cascade, APART, 2_000_000).episodes).toEqual({ training: 4, validation: 2, test: 2 });
});

test('too few are refused, with how many there are and how many are needed', () => {
  expect(() => timeSplit(minutely(7), APART, 2_000_000)).toThrow(
    expect.objectContaining({
      code: 'data-insufficient',
      message: expect.stringMatching(/holds 7 incidents .*at least 8 are needed: 4 to learn from, then 2 .* then 2/),
    }),
  );
  // One that is not over hides all that follow.
  expect(() => timeSplit([{ fromMs: 0, toMs: null }, ...minutely(20)], APART, 2_000_000)).toThrow(/holds 1 incident /);
});
