/** What a replica takes over from others that it missed (TOCS 5.2, 5.3): whoever tells it may lie, so each message must prove itself. */
import { expect, test } from 'vitest';
import { type Ballot, signBallot } from '../../../src/consensus/ballot.ts';
import { type Block, hashBlock } from '../../../src/consensus/block.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { CHECKPOINT, type PbftMessage } from '../../../src/consensus/pbft/message.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { PbftReplica } from '../../../src/consensus/pbft/replica.ts';
import { RULES } from '../../../src/consensus/pbft/rules.ts';
import { StateMachine } from '../../../src/consensus/pbft/state.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

const scheme = new IdealSignatures();
const signers = [0, 1, 2, 3].map((i) => scheme.createSigner(i));
const set = createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
const instance = createInstance('pbft', 'test', set);
const parameters = createPbftParameters({ checkpointEvery: 2, window: 4 });

function blockOf(height: number, text: string): Block {
  const digest = sha256(Buffer.from(text));
  const item = { offset: height, digest, verdict: 'APPROVED', reason: '', dryRun: false, decidedMs: 1 } as const;
  return { height, parent: instance.genesis, view: 0, items: [item] };
}

const signed = (ballot: Ballot, voters: readonly number[] = [1, 2, 3]) =>
  voters.map((voter) => ({ voter, signature: signBallot(instance, signers[voter], ballot) }));

/** A replica that has heard nothing is told this: how far it comes, and why not. */
function told(message: PbftMessage): string {
  const replica = new PbftReplica({ instance, index: 0, signer: signers[0], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  const effects = replica.step({ type: 'message', position: 0, message });
  const refused = effects.flatMap((effect) => (effect.type === 'refused' ? [effect.code] : []));
  return refused.length > 0 ? refused.join() : `height ${replica.height}`;
}

test('a decided block is taken with a quorum of COMMITs for it, and for nothing less', () => {
  const [block, other] = [blockOf(1, 'decided'), blockOf(1, 'made up')];
  const commit = { phase: 'COMMIT', height: 1, view: 0, blockHash: hashBlock(instance, block) };
  const say = (ballot: Ballot, of = block, voters?: readonly number[]) =>
    told({ type: 'decided', from: 3, block: of, certificate: { ...ballot, signatures: signed(ballot, voters) } });
  expect(say(commit)).toBe('height 1');
  expect(say(commit, other)).toBe('UNPROVED');
  expect(say({ ...commit, phase: 'PREPARE' })).toBe('UNPROVED');
  expect(say({ ...commit, height: 2 })).toBe('UNPROVED');
  expect(say({ ...commit, blockHash: null })).toBe('UNPROVED');
  expect(say(commit, block, [2, 3])).toBe('UNPROVED');
  expect(say(commit, block, [2, 3, 3])).toBe('UNPROVED');
  expect(say(commit, { ...block, items: [] })).toBe('UNPROVED');
});

test('a decided block that is malformed is refused unread, whatever is said to prove it', () => {
  const block = blockOf(1, 'decided');
  const [item] = block.items;
  const commit = { phase: 'COMMIT', height: 1, view: 0, blockHash: hashBlock(instance, block) };
  const say = (malformed: Block) =>
    told({ type: 'decided', from: 3, block: malformed, certificate: { ...commit, signatures: signed(commit) } });
  expect(say({ ...block, view: -1 })).toBe('BAD_BLOCK');
  expect(say({ ...block, view: -1, items: [] })).toBe('BAD_BLOCK');
  expect(say({ ...block, items: [{ ...item, offset: -1 }] })).toBe('BAD_BLOCK');
  expect(say({ ...block, items: [{ ...item, digest: new Uint8Array(31) }] })).toBe('BAD_BLOCK');
  expect(say({ ...block, items: [{ ...item, reason: 'x'.repeat(100_000) }] })).toBe('BAD_BLOCK');
});

test('a state is taken over as a quorum has signed it, byte for byte', () => {
  const machine = (...texts: readonly string[]): StateMachine => {
    const state = new StateMachine(instance, RULES, parameters.decidedKept);
    for (const [i, text] of texts.entries()) state.apply(blockOf(i + 1, text));
    return state;
  };
  const [state, other] = [machine('a', 'b'), machine('a', 'made up')].map((one) => one.encode());
  const digest = sha256(state);
  const say = (bytes: Uint8Array, phase = CHECKPOINT, voters?: readonly number[]) => {
    const signatures = signed({ phase, height: 2, view: 0, blockHash: digest }, voters);
    return told({ type: 'state', from: 3, proof: { height: 2, digest, signatures }, state: bytes });
  };
  expect(say(state)).toBe('height 2');
  expect(say(other)).toBe('UNPROVED');
  expect(say(state, 'COMMIT')).toBe('UNPROVED');
  expect(say(state, CHECKPOINT, [2, 3])).toBe('UNPROVED');
  expect(say(state, CHECKPOINT, [2, 2, 3])).toBe('UNPROVED');
});

test('the state that a quorum signs at a height is its own word: forged checkpoints count for nothing', () => {
  const height = 2;
  const digest = sha256(Buffer.from('state'));
  const signature = signBallot(instance, signers[3], { phase: CHECKPOINT, height, view: 0, blockHash: digest });
  expect(told({ type: 'checkpoint', from: 1, height, digest, signature })).toBe('BAD_SIGNATURE');
  expect(told({ type: 'checkpoint', from: 3, height, digest, signature })).toBe('height 0');
});

test('a decided item that repeats another under the offset of an open proposal leaves that one open', () => {
  const replica = new PbftReplica({ instance, index: 0, signer: signers[0], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  const digest = sha256(Buffer.from('open'));
  replica.step({ type: 'offered', proposal: { offset: 2, digest, decidedMs: 1 }, check: { verdict: 'wait' } });
  // The same digest at the heights, and so at the offsets, 1 and 2.
  for (const block of [blockOf(1, 'decided'), blockOf(2, 'decided')]) {
    const commit = { phase: 'COMMIT', height: block.height, view: 0, blockHash: hashBlock(instance, block) };
    const certificate = { ...commit, signatures: signed(commit) };
    replica.step({ type: 'message', position: 0, message: { type: 'decided', from: 3, block, certificate } });
  }
  expect(replica.height).toBe(2);
  expect(replica.openProposals).toBe(1);
});
