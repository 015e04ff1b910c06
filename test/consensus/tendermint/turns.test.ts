/** Who proposes: what is agreed on by the decided blocks alone, and what correct processes are owed whatever liars do. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from '../../../src/consensus/tendermint/turns.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

const setOf = (n: number) =>
  createValidatorSet(
    Array.from({ length: n }, (_, i) => ({
      id: `v${String(i).padStart(3, '0')}`,
      publicKey: new Uint8Array(32).fill(i + 1),
    })),
  );

/** Rounds in which heights were decided, one after the other. */
const histories = fc.record({
  n: fc.integer({ min: 1, max: 13 }),
  benchHeights: fc.integer({ min: 0, max: 40 }),
  decidedIn: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 })), {
    maxLength: 60,
    size: 'max',
  }),
});

/** Decides one height after the other: a block blames for the height below it. */
function after(n: number, benchHeights: number, decidedIn: readonly number[]) {
  const turns = new Turns(setOf(n), benchHeights);
  const blamed = decidedIn.map((_, i) => {
    const one = i === 0 ? null : turns.blame(decidedIn[i - 1]);
    turns.record(i + 1, one);
    return one;
  });
  return { turns, blamed, next: decidedIn.length + 1 };
}

test('everybody proposes within n rounds after the first f + 1, whoever sits out', () => {
  fc.assert(
    fc.property(histories, ({ n, benchHeights, decidedIn }) => {
      const { turns, next } = after(n, benchHeights, decidedIn);
      const { faulty } = setOf(n);
      const late = Array.from({ length: n }, (_, i) => turns.proposerOf(next, faulty + 1 + i));
      expect(new Set(late).size).toBe(n);
    }),
  );
});

test('the first f + 1 rounds have f + 1 proposers, so that a correct one is among them', () => {
  fc.assert(
    fc.property(histories, ({ n, benchHeights, decidedIn }) => {
      const { turns, next } = after(n, benchHeights, decidedIn);
      const { faulty } = setOf(n);
      const early = Array.from({ length: faulty + 1 }, (_, round) => turns.proposerOf(next, round));
      expect(new Set(early).size).toBe(faulty + 1);
    }),
  );
});

test('a process that starts again from the records of the latest heights alone sees the same proposers', () => {
  fc.assert(
    fc.property(histories, ({ n, benchHeights, decidedIn }) => {
      const { turns, blamed, next } = after(n, benchHeights, decidedIn);
      const again = new Turns(setOf(n), benchHeights);
      const from = Math.max(0, blamed.length - (benchHeights + 1));
      for (let i = from; i < blamed.length; i++) again.record(i + 1, blamed[i]);
      for (let round = 0; round < 2 * n; round++)
        expect(again.proposerOf(next, round)).toBe(turns.proposerOf(next, round));
    }),
  );
});

test.each([4, 7, 10, 31])(
  'of %i, a third that never lead to anything cost f + 1 heights at most in each benchHeights',
  (n) => {
    const set = setOf(n);
    const turns = new Turns(set, 1000);
    let lastRound = 0;
    let inVain = 0;
    for (let height = 1; height <= 900; height++) {
      const blamed = turns.blame(lastRound);
      lastRound = 0;
      while (turns.proposerOf(height, lastRound) >= n - set.faulty) lastRound++;
      if (lastRound > 0) inVain++;
      turns.record(height, blamed);
    }
    // The block that blames comes one height later, so that another of them may have its turn meanwhile, but never the same twice.
    expect(inVain).toBeGreaterThan(0);
    expect(inVain).toBeLessThanOrEqual(2 * set.faulty);
  },
);

test('whoever sat out is let in again', () => {
  const turns = new Turns(setOf(4), 5);
  turns.record(1, null);
  turns.record(2, turns.blame(1));
  const opened = (height: number) => Array.from({ length: 3 }, (_, i) => turns.proposerOf(height, i % 2));
  expect(opened(3)).not.toContain(1);
  for (let height = 3; height <= 7; height++) turns.record(height, null);
  expect(new Set([0, 1, 2, 3].map((i) => turns.proposerOf(8 + 4 * i + i, 0)))).toEqual(new Set([0, 1, 2, 3]));
});
