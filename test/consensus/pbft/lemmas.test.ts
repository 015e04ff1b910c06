/** What the argument of Castro and Liskov (OSDI 1999) rests on, in adversarial runs: sections 4.2 to 4.4. */
import { expect, test } from 'vitest';
import { signBallot } from '../../../src/consensus/ballot.ts';
import { hashBlock } from '../../../src/consensus/block.ts';
import { hex } from '../../../src/consensus/encoding.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import type { Judge } from '../../../src/consensus/pbft/judge.ts';
import {
  type NewView,
  newViewStatement,
  type PbftMessage,
  type ViewChange,
  viewChangeStatement,
} from '../../../src/consensus/pbft/message.ts';
import { callFor, emptyBlock, isValidViewChange, proveNewView } from '../../../src/consensus/pbft/new-view.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { PbftReplica } from '../../../src/consensus/pbft/replica.ts';
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

function viewChange(
  from: number,
  view: number,
  prepared: ViewChange['prepared'],
  stable: ViewChange['stable'] = null,
): ViewChange {
  const told = { type: 'viewChange', from, view, stable, prepared } as const;
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
    // The block is another one than was prepared.
    viewChange(1, 3, [{ ...preparedBlock(1, 0), block: preparedBlock(1, 1).block }]),
    viewChange(1, 3, [{ ...preparedBlock(1, 1), block: preparedBlock(1, 0).block }]),
    viewChange(1, 3, [{ ...preparedBlock(1, 0), block: preparedBlock(2, 0).block }]),
    viewChange(1, 3, [], { height: 2, digest: new Uint8Array(32), signatures: [] }),
    { ...viewChange(1, 3, []), from: 2 },
    { ...viewChange(1, 3, []), view: 4 },
    { ...viewChange(1, 3, [preparedBlock(1, 0)]), prepared: [] },
  ];
  for (const message of wrong) expect(isValidViewChange(judge, message)).toBe(false);
});

/** View 3 by its primary, with the blocks that `viewChanges` call for, or others. */
function newView(
  viewChanges: readonly ViewChange[],
  blocks = callFor(judge, 3, viewChanges).blocks,
  from = 3,
): NewView {
  const prePrepares = blocks.map((block) => {
    const ballot = { phase: 'PREPARE', height: block.height, view: 3, blockHash: hashBlock(instance, block) };
    return {
      type: 'prePrepare',
      from: 3,
      view: 3,
      block,
      signature: signBallot(instance, signers[3], ballot),
    } as const;
  });
  const told = { type: 'newView', from, view: 3, viewChanges, prePrepares } as const;
  return { ...told, signature: signers[from].sign(newViewStatement(instance, told)) };
}

test('4.4: a new view is of a quorum of replicas that ask for this very view, and proposes what they call for', () => {
  const told = preparedBlock(1, 0);
  const [a, b, c] = [viewChange(0, 3, [told]), viewChange(1, 3, []), viewChange(2, 3, [])];
  const { block } = preparedBlock(1, 2);
  const good = newView([a, b, c]);
  expect(proveNewView(judge, good).refusal).toBe(null);
  const wrong: readonly NewView[] = [
    newView([b, c]),
    newView([b, b, c]),
    newView([a, b, c, c]),
    // One that asked for another view may have prepared something since.
    newView([a, b, viewChange(2, 2, [])]),
    newView([a, b, viewChange(2, 4, [])]),
    newView([a, b, viewChange(2, 3, [preparedBlock(2, 0, [0, 1])])]),
    newView([a, b, { ...c, signature: a.signature }]),
    newView([a, b, c], []),
    newView([a, b, c], [block]),
    newView([a, b, c], [emptyBlock(instance, 1, 3)]),
    newView([a, b, c], [{ ...told.block, items: block.items }]),
    newView([a, b, c], [told.block, preparedBlock(2, 2).block]),
  ];
  for (const message of wrong) expect(proveNewView(judge, message).refusal).toBe('BAD_NEW_VIEW');
  expect(proveNewView(judge, { ...good, signature: a.signature }).refusal).toBe('BAD_SIGNATURE');
  const [prePrepare] = good.prePrepares;
  const forged = { ...good, prePrepares: [{ ...prePrepare, signature: a.signature }] };
  expect(proveNewView(judge, forged).refusal).toBe('BAD_SIGNATURE');
});

test('4.2, 4.4: the primary of a view alone proposes in it, blocks made in it, and opens it', () => {
  const say = (...messages: readonly PbftMessage[]) => {
    const { parameters } = judge;
    const replica = new PbftReplica({ instance, index: 1, signer: signers[1], scheme, parameters, records: [] });
    replica.step({ type: 'start', nonce: new Uint8Array(16) });
    const [proposal] = preparedBlock(1, 0).block.items;
    replica.step({ type: 'offered', proposal, check: { verdict: 'approve', dryRun: false } });
    const effects = messages.flatMap((message) => replica.step({ type: 'message', position: 0, message }));
    const said = effects.flatMap((one) =>
      one.type === 'send' && one.message.type === 'vote' ? [one.message.phase] : [],
    );
    return [replica.view, ...effects.flatMap((one) => (one.type === 'refused' ? [one.code] : [])), ...said];
  };
  const prePrepare = (from: number, made = 0): PbftMessage => {
    const block = { ...preparedBlock(1, 0).block, view: made };
    const ballot = { phase: 'PREPARE', height: 1, view: 0, blockHash: hashBlock(instance, block) };
    return { type: 'prePrepare', from, view: 0, block, signature: signBallot(instance, signers[from], ballot) };
  };
  expect(say(prePrepare(0))).toEqual([0, 'PREPARE']);
  expect(say(prePrepare(2))).toEqual([0]);
  expect(say(prePrepare(0, 1))).toEqual([0, 'BAD_BLOCK']);
  const changes = [0, 2, 3].map((from) => viewChange(from, 3, []));
  expect(say(newView(changes))).toEqual([3]);
  expect(say(newView(changes, [], 2))).toEqual([0, 'NOT_PRIMARY']);
});

test('4.4: a new view puts its blocks into its primary’s mouth, in this very view: else the primary could propose others in their place', () => {
  const told = preparedBlock(1, 0);
  const good = newView([viewChange(0, 3, [told]), viewChange(1, 3, []), viewChange(2, 3, [])]);
  const [called] = good.prePrepares;
  const inAnothersMouth = { ...good, prePrepares: [{ ...called, from: 2 }] };
  const inAnotherView = { ...good, prePrepares: [{ ...called, view: 0 }] };
  for (const message of [inAnothersMouth, inAnotherView])
    expect(proveNewView(judge, message).refusal).toBe('BAD_NEW_VIEW');

  const other = { ...preparedBlock(1, 3).block, view: 3 };
  const ballot = { phase: 'PREPARE', height: 1, view: 3, blockHash: hashBlock(instance, other) };
  const signature = signBallot(instance, signers[3], ballot);
  const instead: PbftMessage = { type: 'prePrepare', from: 3, view: 3, block: other, signature };
  const { parameters } = judge;
  const replica = new PbftReplica({ instance, index: 1, signer: signers[1], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  replica.step({ type: 'offered', proposal: other.items[0], check: { verdict: 'approve', dryRun: false } });
  const effects = [inAnotherView, instead].flatMap((message) =>
    replica.step({ type: 'message', position: 0, message }),
  );
  const said = effects.flatMap((one) => (one.type === 'send' ? [one.message] : []));
  expect(said).toEqual([]);
});

test('4.4: a new view with view changes of nobody is refused, whatever number stands for nobody', () => {
  const good = newView([0, 1, 2].map((from) => viewChange(from, 3, [])));
  for (const from of [-1, 4, 0.5, 2 ** 32, Number.NaN]) {
    const viewChanges = good.viewChanges.map((one, i) => (i === 0 ? { ...one, from } : one));
    expect(proveNewView(judge, { ...good, viewChanges }).refusal).toBe('BAD_NEW_VIEW');
  }
});
