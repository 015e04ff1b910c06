/** What the argument of Castro and Liskov (OSDI 1999) rests on, in adversarial runs: sections 4.2 to 4.4. */
import { expect, test } from 'vitest';
import { signBallot } from '../../../src/consensus/ballot.ts';
import { hashBlock } from '../../../src/consensus/block.ts';
import { hex } from '../../../src/consensus/encoding.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import type { Judge } from '../../../src/consensus/pbft/judge.ts';
import { type ViewChange, viewChangeStatement } from '../../../src/consensus/pbft/message.ts';
import { callFor, emptyBlock, isValidViewChange } from '../../../src/consensus/pbft/new-view.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { RULES } from '../../../src/consensus/pbft/rules.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { pbft } from '../../../src/consensus/simulator/models/pbft.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { holdsInRuns, Sets } from '../watched.ts';

test('4.2: if prepared(m, v, n, i) is true then prepared(m’, v, n, j) is false for any other m’', () => {
  holdsInRuns(pbft, 150, (report, quorum, instance) => {
    const voters = new Sets();
    const prepared = new Map<string, string>();
    return {
      onSaid(speaker, _isHonest, message) {
        if ((message.type !== 'vote' && message.type !== 'prePrepare') || message.from !== speaker) return;
        if (message.type === 'vote' && message.phase !== 'PREPARE') return;
        // The primary's pre-prepare is its PREPARE.
        const isVote = message.type === 'vote';
        const slot = `${message.view} ${isVote ? message.height : message.block.height}`;
        const value = hex(isVote ? message.blockHash : hashBlock(instance, message.block));
        if (voters.add(`${slot} ${value}`, speaker) < quorum) return;
        const known = prepared.get(slot);
        if (known !== undefined && known !== value) report(`two blocks prepared in view and height ${slot}`);
        prepared.set(slot, value);
      },
    };
  });
});

test('4.4: what a quorum committed in a view, every later quorum at its height is for too', () => {
  holdsInRuns(pbft, 150, (report, quorum) => {
    const voters = new Sets();
    const committed = new Map<number, string>();
    return {
      onSaid(speaker, _isHonest, message) {
        if (message.type !== 'vote' || message.phase !== 'COMMIT' || message.from !== speaker) return;
        const value = hex(message.blockHash);
        if (voters.add(`${message.view} ${message.height} ${value}`, speaker) < quorum) return;
        const known = committed.get(message.height);
        if (known !== undefined && known !== value) report(`height ${message.height} changed`);
        committed.set(message.height, value);
      },
    };
  });
});

test('4.4: an honest replica that asks to leave a view votes in it no more', () => {
  holdsInRuns(pbft, 150, (report) => {
    const left = new Map<number, number>();
    return {
      onSaid(speaker, isHonest, message) {
        if (!isHonest) return;
        if (message.type === 'viewChange') left.set(speaker, Math.max(left.get(speaker) ?? 0, message.view));
        // Repeated votes are sent to one; a new one goes to all, and is of the view that was asked for at least.
        if (message.type === 'vote' && message.view < (left.get(speaker) ?? 0))
          report(`${speaker} voted in view ${message.view}`);
      },
    };
  });
});

const scheme = new IdealSignatures();
const signers = [0, 1, 2, 3].map((i) => scheme.createSigner(i));
const instance = createInstance(
  'pbft',
  'test',
  createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }))),
);
const judge: Judge = {
  instance,
  scheme,
  parameters: createPbftParameters({ window: 4, checkpointEvery: 2 }),
  rules: RULES,
  quorum: 3,
};

function preparedBlock(height: number, view: number, voters: readonly number[] = [0, 1, 2]) {
  const item = {
    offset: height,
    digest: new Uint8Array(32).fill(view + 1),
    verdict: 'APPROVED',
    reason: '',
    dryRun: false,
    decidedMs: 1,
  } as const;
  const block = { height, parent: instance.genesis, view, items: [item] };
  const ballot = { phase: 'PREPARE', height, view, blockHash: hashBlock(instance, block) };
  const signatures = voters.map((voter) => ({ voter, signature: signBallot(instance, signers[voter], ballot) }));
  return { block, certificate: { ...ballot, signatures } };
}

function viewChange(from: number, view: number, prepared: ViewChange['prepared']): ViewChange {
  const told = { type: 'viewChange', from, view, stable: null, prepared } as const;
  return { ...told, signature: signers[from].sign(viewChangeStatement(instance, told)) };
}

test('4.4: a new view calls for the block prepared in the highest view, and for an empty one in a gap', () => {
  const older = preparedBlock(1, 0);
  const newer = preparedBlock(1, 2);
  const above = preparedBlock(3, 1);
  const changes = [viewChange(0, 3, [older]), viewChange(1, 3, [newer, above]), viewChange(2, 3, [])];
  for (const order of [changes, [...changes].reverse()]) {
    const { blocks } = callFor(judge, 3, order);
    expect(blocks).toEqual([newer.block, emptyBlock(instance, 2, 3), above.block]);
  }
});

test('4.4: a view change that does not prove what it says is refused', () => {
  expect(isValidViewChange(judge, viewChange(1, 3, [preparedBlock(1, 0), preparedBlock(3, 2)]))).toBe(true);
  const wrong = [
    viewChange(1, 3, [preparedBlock(1, 0, [0, 1])]),
    viewChange(1, 3, [preparedBlock(1, 0, [0, 1, 1])]),
    viewChange(1, 3, [preparedBlock(1, 3)]),
    viewChange(1, 3, [preparedBlock(5, 0)]),
    viewChange(1, 3, [preparedBlock(2, 0), preparedBlock(1, 0)]),
    viewChange(1, 0, []),
    { ...viewChange(1, 3, []), from: 2 },
    { ...viewChange(1, 3, []), view: 4 },
    { ...viewChange(1, 3, [preparedBlock(1, 0)]), prepared: [] },
  ];
  for (const message of wrong) expect(isValidViewChange(judge, message)).toBe(false);
});
