/** The lemmas of Buchman, Kwon and Milosevic (2018), section 4, in adversarial runs. Lemmas 5 to 7 (termination) are the simulator's stalls. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameHash } from '../../../src/consensus/ballot.ts';
import { hex } from '../../../src/consensus/encoding.ts';
import { tendermint } from '../../../src/consensus/simulator/models/tendermint.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { holdsInRuns, Sets } from '../watched.ts';

test('lemma 1: any two quorums have a correct process in common', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (n) => {
      const set = createValidatorSet(
        Array.from({ length: n }, (_, i) => ({ id: `v${i}`, publicKey: new Uint8Array(32).fill(i + 1) })),
      );
      // Two quorums overlap in at least 2q - n, of which f may be faulty; and the correct ones alone are a quorum.
      expect(2 * set.quorum - n).toBeGreaterThan(set.faulty);
      expect(n - set.faulty).toBeGreaterThanOrEqual(set.quorum);
    }),
  );
});

test('lemma 2: once f + 1 correct processes lock a block in a round, they prevote it or nil in all later rounds', () => {
  holdsInRuns(tendermint, 250, (report, quorum) => {
    const lockers = new Sets();
    /** By height: the block that f + 1 correct processes locked, in which round, and their set's key. */
    const fixed = new Map<number, { readonly round: number; readonly blockHash: Uint8Array; readonly key: string }>();
    const enough = Math.floor((quorum - 1) / 2) + 1;
    return {
      onSaid(speaker, isHonest, message) {
        if (!isHonest || message.type !== 'vote' || message.blockHash === null) return;
        // Correct processes hand on what others said.
        if (message.from !== speaker) return;
        const { from, phase, height, round, blockHash } = message;
        const known = fixed.get(height);
        if (phase === 'PREVOTE') {
          if (known === undefined || round <= known.round || sameHash(known.blockHash, blockHash)) return;
          if (lockers.get(known.key).has(from)) report(`${from} prevoted another block in round ${round} of ${height}`);
          return;
        }
        // To precommit a block is to lock it.
        const key = `${height} ${round} ${hex(blockHash)}`;
        if (lockers.add(key, from) >= enough && known === undefined) fixed.set(height, { round, blockHash, key });
      },
    };
  });
});

test('lemma 3, agreement: no two blocks of a height are ever precommitted by quorums', () => {
  holdsInRuns(tendermint, 150, (report, quorum) => {
    const voters = new Sets();
    const decided = new Map<number, string>();
    return {
      onSaid(speaker, _isHonest, message) {
        if (message.type !== 'vote' || message.phase !== 'PRECOMMIT' || message.from !== speaker) return;
        if (message.blockHash === null) return;
        const value = hex(message.blockHash);
        if (voters.add(`${message.height} ${message.round} ${value}`, speaker) < quorum) return;
        const known = decided.get(message.height);
        if (known !== undefined && known !== value) report(`two blocks at height ${message.height}`);
        decided.set(message.height, value);
      },
    };
  });
});

test('line 38: a correct process precommits a block only after a quorum prevoted it in that round', () => {
  holdsInRuns(tendermint, 150, (report, quorum) => {
    const prevotes = new Sets();
    return {
      onSaid(speaker, isHonest, message) {
        if (message.type !== 'vote' || message.blockHash === null || message.from !== speaker) return;
        const key = `${message.height} ${message.round} ${hex(message.blockHash)}`;
        if (message.phase === 'PREVOTE') prevotes.add(key, speaker);
        // Its own prevote may be on its disk alone, when it died before it was sent.
        else if (isHonest && prevotes.add(key, speaker) < quorum) report(`${speaker} precommitted ${key} too early`);
      },
    };
  });
});
