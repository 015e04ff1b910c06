/** Which proposals and decided blocks are believed (lines 22, 28 and 49 of Algorithm 1): each condition, broken by itself. */
import { expect, test } from 'vitest';
import { type Ballot, signBallot } from '../../../src/consensus/ballot.ts';
import { type Block, hashBlock } from '../../../src/consensus/block.ts';
import { type Hash, sha256 } from '../../../src/consensus/encoding.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import {
  type Proposal,
  parentOf,
  proposalStatement,
  type TendermintMessage,
} from '../../../src/consensus/tendermint/message.ts';
import { createTendermintParameters } from '../../../src/consensus/tendermint/parameters.ts';
import { ProofOfLock } from '../../../src/consensus/tendermint/proof-of-lock.ts';
import { TendermintReplica } from '../../../src/consensus/tendermint/replica.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

const scheme = new IdealSignatures();
const signers = [0, 1, 2, 3].map((i) => scheme.createSigner(i));
const set = createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
const instance = createInstance('tendermint', 'test', set);
const NOWHERE = sha256(Buffer.from('nowhere'));

function blockOf(height: number, parent: Hash, view = 0, text = 'p'): Block {
  const digest = sha256(Buffer.from(`${text}${height}`));
  const item = { offset: height, digest, verdict: 'APPROVED', reason: '', dryRun: false, decidedMs: 1 } as const;
  return { height, parent, view, items: [item] };
}

function certified(ballot: Ballot, voters: readonly number[] = [1, 2, 3]) {
  const signatures = voters.map((voter) => ({ voter, signature: signBallot(instance, signers[voter], ballot) }));
  return { ...ballot, signatures };
}

/** Of height 1, decided in round 1. */
const first = blockOf(1, instance.genesis);
const head = hashBlock(instance, first);
const decision = { phase: 'PRECOMMIT', height: 1, view: 1, blockHash: head };
const decided = { type: 'decided', from: 2, block: first, certificate: certified(decision), lastRound: 0 } as const;

/** What is said to a process, at height 1 or past it; the code of its refusal, or null. */
function told(message: TendermintMessage, begins: readonly TendermintMessage[] = [decided]): string | null {
  const parameters = createTendermintParameters();
  const replica = new TendermintReplica({ instance, index: 0, signer: signers[0], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  for (const one of begins) replica.step({ type: 'message', position: 0, message: one });
  const effects = replica.step({ type: 'message', position: 0, message });
  const [refused] = effects.flatMap((effect) => (effect.type === 'refused' ? [effect.code] : []));
  return refused ?? null;
}

const block = blockOf(2, parentOf(head, 1));
const blockHash = hashBlock(instance, block);
const prevotes = (change: Partial<Ballot> = {}, voters?: readonly number[]) =>
  certified({ phase: 'PREVOTE', height: 2, view: 0, blockHash, ...change }, voters);

/** Of height 2 in round 1, proposer 3: the block of round 0 with its proof-of-lock. */
const again = { height: 2, round: 1, block, last: decided.certificate, validRound: 0, proof: prevotes() };
/** In round 0, proposer 2. */
const fresh = { ...again, round: 0, validRound: -1, proof: null };

function propose(change: Partial<Proposal>, like: Partial<Proposal> = fresh): string | null {
  const place = { ...fresh, ...like, ...change };
  const from = change.from ?? (2 + place.round) % 4;
  const signature = signers[from].sign(proposalStatement(instance, place, hashBlock(instance, place.block)));
  return told({ type: 'proposal', ...place, from, signature });
}

test('a new block is believed of the round’s proposer, of that round, on the head and the round that decided it', () => {
  expect(propose({})).toBe(null);
  expect(propose({ from: 3 })).toBe('NOT_PROPOSER');
  expect(propose({ block: blockOf(2, NOWHERE) })).toBe('BAD_BLOCK');
  expect(propose({ block: blockOf(2, head) })).toBe('BAD_BLOCK');
  expect(propose({ block: blockOf(2, block.parent, 1) })).toBe('BAD_BLOCK');
  expect(propose({ block: { ...block, items: first.items } })).toBe('BAD_BLOCK');
  expect(propose({ block: { ...block, items: [...block.items, ...block.items] } })).toBe('BAD_BLOCK');
  expect(propose({ validRound: 0 })).toBe('BAD_BLOCK');
});

test('that the head was decided in another round than here must be proved', () => {
  const otherwise = { ...decision, view: 5 };
  const on = blockOf(2, parentOf(head, 5));
  expect(propose({ block: on, last: certified(otherwise) })).toBe(null);
  expect(propose({ block: on, last: certified(otherwise, [2, 3]) })).toBe('UNPROVED');
  expect(propose({ block: on, last: certified({ ...otherwise, phase: 'PREVOTE' }) })).toBe('BAD_BLOCK');
  expect(propose({ block: on })).toBe('BAD_BLOCK');
  expect(propose({ block: on, last: null })).toBe('BAD_BLOCK');
});

test('an old block is believed with a quorum of prevotes for it, of the earlier round that is named', () => {
  expect(propose({}, again)).toBe(null);
  const wrong: readonly Partial<Proposal>[] = [
    { proof: prevotes({ blockHash: NOWHERE }) },
    { proof: prevotes({ blockHash: null }) },
    { proof: prevotes({ phase: 'PRECOMMIT' }) },
    { proof: prevotes({ height: 1 }) },
    { proof: prevotes({ view: 1 }) },
    { validRound: 1, proof: prevotes({ view: 1 }) },
    { validRound: -1 },
    { proof: null },
    {
      block: blockOf(2, block.parent, 1),
      proof: prevotes({ blockHash: hashBlock(instance, blockOf(2, block.parent, 1)) }),
    },
  ];
  for (const change of wrong) expect(propose(change, again)).toBe('BAD_BLOCK');
  expect(propose({ proof: prevotes({}, [2, 3]) }, again)).toBe('UNPROVED');
  expect(propose({ proof: prevotes({}, [2, 3, 3]) }, again)).toBe('UNPROVED');
});

test('a decided block is believed with a quorum of precommits for it, and on the head alone', () => {
  const say = (change: object, begins: readonly TendermintMessage[] = []) =>
    told({ ...decided, ...change } as TendermintMessage, begins);
  expect(say({})).toBe(null);
  expect(say({ block: blockOf(1, instance.genesis, 0, 'made up') })).toBe('UNPROVED');
  expect(say({ certificate: certified({ ...decision, phase: 'PREVOTE' }) })).toBe('UNPROVED');
  expect(say({ certificate: certified({ ...decision, height: 2 }) })).toBe('UNPROVED');
  expect(say({ certificate: certified(decision, [2, 3]) })).toBe('UNPROVED');
  const second = { block, certificate: certified({ phase: 'PRECOMMIT', height: 2, view: 0, blockHash }), lastRound: 1 };
  expect(say(second, [decided])).toBe(null);
  // Who is blamed hangs on it.
  expect(say({ ...second, lastRound: 0 }, [decided])).toBe('BAD_BLOCK');
});

test('lines 23 and 29: a locked process is free for its own block, and for one with a proof at least as late', () => {
  const lock = new ProofOfLock();
  const proposal = (validRound: number) =>
    ({ ...again, validRound, type: 'proposal', from: 3, signature: NOWHERE }) as const;
  expect(lock.isFreeFor({ ...proposal(-1), proof: null }, NOWHERE)).toBe(true);
  lock.lock({ round: 2, block, last: null, blockHash, proof: prevotes({ view: 2 }) });
  expect(lock.isFreeFor({ ...proposal(-1), proof: null }, blockHash)).toBe(true);
  expect(lock.isFreeFor({ ...proposal(-1), proof: null }, NOWHERE)).toBe(false);
  expect(lock.isFreeFor(proposal(1), NOWHERE)).toBe(false);
  expect(lock.isFreeFor(proposal(2), NOWHERE)).toBe(true);
});

test('a proposal whose proof-of-lock would be of a round after the last number there is has no statement, and is refused', () => {
  const place = {
    ...again,
    validRound: Number.MAX_SAFE_INTEGER,
    from: 2,
    type: 'proposal',
    signature: NOWHERE,
  } as const;
  // Of the height that comes after the next, it is looked at for its signature alone.
  const early = { ...place, height: 3, block: { ...block, height: 3 } };
  expect(told(early)).toBe('BAD_SIGNATURE');
  expect(told(place)).not.toBe(null);
  const parameters = createTendermintParameters();
  const replica = new TendermintReplica({ instance, index: 0, signer: signers[0], scheme, parameters, records: [] });
  const first = { ...place, from: 1, height: 1, round: 0, block: blockOf(1, instance.genesis) };
  expect(replica.claims([first])).toEqual([]);
});

test('what proves the round of the head is passed on with its proof, also where the proposer left that out for those who know it', () => {
  const unproved = { ...fresh, last: { ...decided.certificate, signatures: [] } };
  const signature = signers[2].sign(proposalStatement(instance, unproved, blockHash));
  const proposal = { type: 'proposal', ...unproved, from: 2, signature } as const;
  const locked = { type: 'locked', from: 2, block, last: unproved.last, proof: prevotes() } as const;

  const parameters = createTendermintParameters();
  const replica = new TendermintReplica({ instance, index: 0, signer: signers[0], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  const hear = (message: TendermintMessage) => replica.step({ type: 'message', position: 0, message });
  for (const message of [decided, proposal]) hear(message);
  const [item] = block.items;
  replica.step({ type: 'offered', proposal: item, check: { verdict: 'approve', dryRun: false } });
  const said = hear({ type: 'status', from: 1, height: 2, round: 0, held: [] }).flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'proposal' ? [effect.message] : [],
  );
  expect(said).toHaveLength(1);

  // Whoever has decided the head in another round believes the proof alone.
  const elsewhere = { ...decided, certificate: certified({ ...decision, view: 5 }) };
  expect(told(proposal, [elsewhere])).toBe('UNPROVED');
  expect(told(said[0], [elsewhere])).toBe(null);

  // The same of a valid block: it is proposed again when the turn of this process comes.
  hear(locked);
  expect(replica.validRound).toBe(0);
  const [[, valid]] = (replica.inspect() as unknown[]).slice(2, 3) as [unknown, { last: unknown }][];
  expect(valid.last).toEqual(decided.certificate);
});
