import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jointCommitted, jointVote, votersOf } from '../../../src/consensus/raft/quorum/joint.ts';
import { majorityCommitted, majorityOf, majorityVote } from '../../../src/consensus/raft/quorum/majority.ts';

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 }).map((list) => list.sort((a, b) => a - b));
const acks = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 })))
  .map((list) => new Map(list));
const votes = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean())).map((list) => new Map(list));
const joint = fc.record({ incoming: ids, outgoing: ids });

test('any two quorums share a member', () => {
  for (let n = 1; n <= 101; n++) {
    expect(2 * majorityOf(n)).toBeGreaterThan(n);
    // And no more than needed: the quorum is live while fewer than half are silent.
    expect(2 * (majorityOf(n) - 1)).toBeLessThanOrEqual(n);
  }
});

test('the committed index is the highest that more than half of the voters have', () => {
  fc.assert(
    fc.property(ids, acks, (voters, acked) => {
      fc.pre(voters.length > 0);
      const holds = (index: number): boolean =>
        2 * voters.filter((id) => (acked.get(id) ?? 0) >= index).length > voters.length;
      const slow = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].find(holds);
      expect(majorityCommitted(voters, acked)).toBe(slow);
    }),
  );
});

test('a vote is decided exactly when those who are silent cannot change it', () => {
  fc.assert(
    fc.property(ids, votes, (voters, cast) => {
      fc.pre(voters.length > 0);
      const silent = voters.filter((id) => !cast.has(id));
      const finals = new Set<boolean>();
      for (let bits = 0; bits < 2 ** silent.length; bits++) {
        const yes = voters.filter((id) => cast.get(id) ?? ((bits >> silent.indexOf(id)) & 1) === 1).length;
        finals.add(2 * yes > voters.length);
      }
      const slow = finals.size === 2 ? 'pending' : finals.has(true) ? 'won' : 'lost';
      expect(majorityVote(voters, cast)).toBe(slow);
    }),
  );
});

test('an empty set agrees to everything, so a majority joint with it, or with itself, is that majority', () => {
  fc.assert(
    fc.property(ids, acks, votes, (voters, acked, cast) => {
      for (const outgoing of [[], voters]) {
        expect(jointCommitted({ incoming: voters, outgoing }, acked)).toBe(majorityCommitted(voters, acked));
        expect(jointVote({ incoming: voters, outgoing }, cast)).toBe(majorityVote(voters, cast));
      }
    }),
  );
});

test('a joint quorum does not care which set is which, and needs both', () => {
  fc.assert(
    fc.property(joint, acks, votes, (voters, acked, cast) => {
      const swapped = { incoming: voters.outgoing, outgoing: voters.incoming };
      expect(jointCommitted(voters, acked)).toBe(jointCommitted(swapped, acked));
      expect(jointVote(voters, cast)).toBe(jointVote(swapped, cast));
      const both = [majorityVote(voters.incoming, cast), majorityVote(voters.outgoing, cast)];
      expect(jointVote(voters, cast) === 'won').toBe(both.every((vote) => vote === 'won'));
      expect(jointVote(voters, cast) === 'lost').toBe(both.some((vote) => vote === 'lost'));
    }),
  );
});

test('more acknowledgements never lower the committed index', () => {
  fc.assert(
    fc.property(
      joint,
      acks,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      (voters, acked, id, more) => {
        const later = new Map(acked).set(id, (acked.get(id) ?? 0) + more);
        expect(jointCommitted(voters, later)).toBeGreaterThanOrEqual(jointCommitted(voters, acked));
      },
    ),
  );
});

test('two winning candidates of one term share a voter, in every configuration and from each to the next', () => {
  fc.assert(
    fc.property(joint, fc.array(fc.constantFrom(0, 1), { minLength: 9, maxLength: 9 }), (voters, choices) => {
      fc.pre(voters.incoming.length > 0);
      // Everybody votes for one of two candidates; not both win, whether by the joint set or by either side of it.
      const grants = (candidate: number) =>
        new Map(votersOf(voters).map((id) => [id, choices[id - 1] === candidate] as const));
      const wins = (candidate: number): boolean => jointVote(voters, grants(candidate)) === 'won';
      expect(wins(0) && wins(1)).toBe(false);
      if (voters.outgoing.length === 0) return;
      for (const side of [voters.incoming, voters.outgoing])
        expect(wins(0) && majorityVote(side, grants(1)) === 'won').toBe(false);
    }),
  );
});
