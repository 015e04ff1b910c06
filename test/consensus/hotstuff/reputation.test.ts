import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStanding, leaderOf, recordFailure, recordSuccess } from '../../../src/consensus/hotstuff/reputation.ts';

const standings = (n: number) => Array.from({ length: n }, createStanding);

test('the live validators lead in turn', () => {
  const all = standings(4);
  expect([1, 2, 3, 4, 5].map((view) => leaderOf(all, view, 1))).toEqual([1, 2, 3, 0, 1]);
});

test('one that fails sits out, each time for longer, and success halves that', () => {
  const all = standings(4);
  const absence = () => {
    const from = all[1].benchedThrough;
    recordFailure(all, 1, from);
    return all[1].benchedThrough - from;
  };
  expect([absence(), absence(), absence()]).toEqual([8, 16, 32]);
  recordSuccess(all, 1);
  expect(absence()).toBe(16);
  for (const standing of all) standing.signedHeight = all[1].benchedThrough;
  for (let view = 0; view < 8; view++) expect(leaderOf(all, view, all[1].benchedThrough)).not.toBe(1);
});

test('one that signs nothing for long does not lead', () => {
  const all = standings(4);
  for (const standing of all.slice(1)) standing.signedHeight = 99;
  for (let view = 0; view < 8; view++) expect(leaderOf(all, view, 100)).not.toBe(0);
});

test('whoever fails, an honest validator leads after at most 2f views of one height', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(200)), fc.nat(1000), (f, history, view) => {
      const n = 3 * f + 1;
      const all = standings(n);
      for (const [i, index] of history.entries()) recordFailure(all, index % n, i >> 3);
      const height = history.length;
      const silent = new Set(Array.from({ length: f }, (_, i) => (i * 3) % n));
      let failed = 0;
      for (; silent.has(leaderOf(all, view + failed, height)); failed++) {
        recordFailure(all, leaderOf(all, view + failed, height), height);
        if (failed > n) break;
      }
      // Benched validators can only lead when all are benched; then turns go round everyone, which takes at most f more views.
      expect(failed).toBeLessThanOrEqual(2 * f);
    }),
  );
});
