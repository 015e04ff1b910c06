/** What a process looks at of what it hears, and what it tells one that stands still. */
import { expect, test } from 'vitest';
import { signBallot } from '../../../src/consensus/ballot.ts';
import { type Block, hashBlock } from '../../../src/consensus/block.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import {
  type Phase,
  type Proposal,
  parentOf,
  proposalStatement,
  type TendermintMessage,
  type Vote,
} from '../../../src/consensus/tendermint/message.ts';
import { createTendermintParameters } from '../../../src/consensus/tendermint/parameters.ts';
import { TendermintReplica } from '../../../src/consensus/tendermint/replica.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

const N = 7;
const QUORUM = 5;
/** Under test. Process 1 proposes in round 0 of height 1. */
const SELF = 0;

const ideal = new IdealSignatures();
const signers = Array.from({ length: N }, (_, i) => ideal.createSigner(i));
const set = createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
const instance = createInstance('tendermint', 'test', set);

const proposed = { offset: 0, digest: new Uint8Array(32).fill(7), decidedMs: 5 };
const block: Block = {
  height: 1,
  parent: instance.genesis,
  view: 0,
  items: [{ ...proposed, verdict: 'APPROVED', reason: '', dryRun: false }],
};
const blockHash = hashBlock(instance, block);
const place = {
  type: 'proposal',
  from: 1,
  height: 1,
  round: 0,
  block,
  last: null,
  validRound: -1,
  proof: null,
} as const;
const proposal: Proposal = { ...place, signature: signers[1].sign(proposalStatement(instance, place, blockHash)) };

function vote(from: number, phase: Phase, voted: Uint8Array | null = blockHash): Vote {
  const signature = signBallot(instance, signers[from], { phase, height: 1, view: 0, blockHash: voted });
  return { type: 'vote', from, phase, height: 1, round: 0, blockHash: voted, signature };
}

function begin() {
  let verified = 0;
  const scheme = {
    verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
      verified++;
      return ideal.verify(publicKey, message, signature);
    },
  };
  const parameters = createTendermintParameters();
  const replica = new TendermintReplica({
    instance,
    index: SELF,
    signer: signers[SELF],
    scheme,
    parameters,
    records: [],
  });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  replica.step({ type: 'offered', proposal: proposed, check: { verdict: 'approve', dryRun: false } });
  const hear = (message: TendermintMessage): readonly TendermintMessage[] =>
    replica
      .step({ type: 'message', position: 0, message })
      .flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  return { replica, hear, verified: () => verified };
}

test('prevotes beyond the proof-of-lock are not looked at', () => {
  const { hear, verified, replica } = begin();
  hear(proposal);
  for (let i = 1; i < N; i++) hear(vote(i, 'PREVOTE'));
  expect(replica.lockedRound).toBe(0);
  expect(verified()).toBe(1 + (QUORUM - 1));
  // One for something else still is, as it could be evidence.
  hear(vote(1, 'PREVOTE', null));
  expect(verified()).toBe(1 + (QUORUM - 1) + 1);
});

test('who stands still is told what it does not have, and nothing twice', () => {
  const { hear } = begin();
  hear(proposal);
  for (const i of [1, 2]) hear(vote(i, 'PREVOTE'));
  const status = { type: 'status', from: 3, height: 1, round: 0 } as const;
  const kinds = (told: readonly TendermintMessage[]) =>
    told.map((one) => (one.type === 'vote' ? `${one.phase} of ${one.from}` : one.type));
  expect(kinds(hear({ ...status, held: [] }))).toEqual(['proposal', `PREVOTE of ${SELF}`]);
  const held = { round: 0, proposal: blockHash, prevotes: [1, 3], precommits: [] };
  expect(kinds(hear({ ...status, held: [held] }))).toEqual([`PREVOTE of ${SELF}`]);
  expect(kinds(hear({ ...status, held: [{ ...held, prevotes: [SELF, 3] }] }))).toEqual([]);
  // A proposer that showed it another block.
  const other = { ...held, proposal: new Uint8Array(32), prevotes: [SELF] };
  expect(kinds(hear({ ...status, held: [other] }))).toEqual(['proposal']);
});

test('of a round that it has left, the votes of all are told', () => {
  const { hear, replica } = begin();
  for (const i of [1, 2]) hear(vote(i, 'PREVOTE', null));
  // Three others in round 3 take it there.
  for (const from of [4, 5, 6]) {
    const signature = signBallot(instance, signers[from], { phase: 'PREVOTE', height: 1, view: 3, blockHash: null });
    hear({ ...vote(from, 'PREVOTE', null), round: 3, signature });
  }
  expect(replica.round).toBe(3);
  const held = { round: 0, proposal: null, prevotes: [2], precommits: [] };
  const told = hear({ type: 'status', from: 3, height: 1, round: 0, held: [held] });
  expect(told.map((one) => (one.type === 'vote' ? [one.round, one.from] : one.type))).toContainEqual([0, 1]);
  expect(told.map((one) => (one.type === 'vote' ? [one.round, one.from] : one.type))).not.toContainEqual([0, 2]);
});

test('a later valid block that it was told of is not forgotten for one of its own round', () => {
  const { hear, replica } = begin();
  hear(proposal);
  const other: Block = { ...block, view: 1, items: [{ ...block.items[0], decidedMs: 6 }] };
  const ballot = { phase: 'PREVOTE', height: 1, view: 1, blockHash: hashBlock(instance, other) };
  const voters = [2, 3, 4, 5, 6];
  const signatures = voters.map((voter) => ({ voter, signature: signBallot(instance, signers[voter], ballot) }));
  hear({ type: 'locked', from: 3, block: other, last: null, proof: { ...ballot, signatures } });
  expect([replica.validRound, replica.lockedRound]).toEqual([1, -1]);
  for (let i = 1; i < QUORUM; i++) hear(vote(i, 'PREVOTE'));
  expect([replica.validRound, replica.lockedRound]).toEqual([1, 0]);
});

test('a vote from a later height is refused where it is forged, and taken where it is signed', () => {
  for (const height of [2, 5]) {
    const { replica } = begin();
    const ballot = { phase: 'PREVOTE', height, view: 0, blockHash: null } as const;
    const refusals = (signer: number): readonly string[] =>
      replica
        .step({
          type: 'message',
          position: 0,
          message: { ...vote(2, 'PREVOTE', null), height, signature: signBallot(instance, signers[signer], ballot) },
        })
        .flatMap((effect) => (effect.type === 'refused' ? [effect.code] : []));
    expect(refusals(3)).toEqual(['BAD_SIGNATURE']);
    expect(refusals(2)).toEqual([]);
  }
});

test('while heights are decided nobody asks', () => {
  const { hear, replica } = begin();
  const next = { ...proposed, offset: 1, digest: parentOf(blockHash, 0) };
  replica.step({ type: 'offered', proposal: next, check: { verdict: 'approve', dryRun: false } });
  const resend = () =>
    replica
      .step({ type: 'timer', timer: 'resend', view: 0 })
      .filter((effect) => effect.type === 'send' && effect.message.type === 'status').length;
  expect(resend()).toBe(1);
  hear(proposal);
  for (const phase of ['PREVOTE', 'PRECOMMIT'] as const) for (let i = 1; i < N; i++) hear(vote(i, phase));
  expect(replica.height).toBe(1);
  expect(resend()).toBe(0);
  expect(resend()).toBe(1);
});

test('liars alone, or strangers, open no height at which there is nothing to propose: a correct proposer would be blamed', () => {
  const replica = new TendermintReplica({
    instance,
    index: SELF,
    signer: signers[SELF],
    scheme: ideal,
    parameters: createTendermintParameters(),
    records: [],
  });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  const hear = (message: TendermintMessage): string => {
    replica.step({ type: 'message', position: 0, message });
    return replica.currentStep;
  };
  const { signature } = vote(6, 'PREVOTE');
  for (const from of [2, 3, 4]) expect(hear({ ...vote(from, 'PREVOTE', null), signature })).toBe('idle');
  for (const from of [5, 6]) expect(hear(vote(from, 'PREVOTE', null))).toBe('idle');
  expect(hear(vote(6, 'PRECOMMIT', null))).toBe('idle');
  expect(hear(vote(4, 'PREVOTE', null))).toBe('propose');
});
