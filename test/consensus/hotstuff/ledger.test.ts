/** What the log says where validators lie under their own keys: each rule of the ledger, broken by itself. The simulator's liars break few of them alone. */
import { expect, test } from 'vitest';
import { type Block, hashBlock, type Item } from '../../../src/consensus/block.ts';
import { type Hash, sha256 } from '../../../src/consensus/encoding.ts';
import { Ledger } from '../../../src/consensus/hotstuff/ledger.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { type Body, type Phase, type Proposal, signMessage } from '../../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';
import { testInstance, testKeys } from '../cluster.ts';

const { validators, pairs } = testKeys(4);
const signers = pairs.map(ed25519Signer);
const instance = testInstance(validators);
const elsewhere = testInstance(validators, 'elsewhere');
const NOWHERE = sha256(Buffer.from('nowhere'));

/** `text`: what the record at the offset says. */
function item(offset: number, text = `p${offset}`): Item {
  const digest = sha256(Buffer.from(text));
  return { offset, digest, verdict: 'APPROVED', reason: '', dryRun: false, decidedMs: 1000 };
}

/** A log that all four have started in; its records are applied as they are written. */
class Written {
  readonly ledger = new Ledger({
    instance,
    parameters: createParameters({ blockItemsMax: 8, decidedKept: 8 }),
    scheme: ed25519(),
  });
  #position = 0;

  constructor() {
    for (const from of signers.keys()) this.say(from, { type: 'incarnation', nonce: new Uint8Array(16) });
  }

  /** What came of it: the refusal's code, or the type of the transition. */
  say(from: number, body: Body, incarnation = 1, signer = signers[from], within = instance): string {
    const blockHash = body.type === 'proposal' ? hashBlock(within, body.block) : undefined;
    const message = signMessage(within, signer, validators[from].id, incarnation, body, blockHash);
    const transition = this.ledger.apply(this.#position++, message);
    return transition.type === 'refused' ? transition.code : transition.type;
  }

  /** What the leader ought to propose. */
  proposal(items: readonly Item[]): Proposal {
    const { view, height, anchor, high } = this.ledger;
    return { type: 'proposal', view, block: { height: height + 1, parent: anchor, view, items }, justify: high };
  }

  propose(items: readonly Item[]): string {
    return this.say(this.ledger.leader, this.proposal(items));
  }

  vote(from: number, phase: Phase, blockHash: Hash, view = this.ledger.view): string {
    return this.say(from, { type: 'vote', phase, view, blockHash });
  }

  timeOut(from: number): string {
    const { view, high } = this.ledger;
    return this.say(from, { type: 'timeout', view, high, cause: 'TIMER' });
  }

  /** A quorum, the leader's own PREPARE counted, votes for what is proposed. */
  voteAll(phase: Phase): string {
    const { leader, proposal } = this.ledger;
    const hash = proposal?.blockHash ?? expect.fail('nothing is proposed');
    const voters = [0, 1, 2, 3].filter((from) => from !== leader);
    const took = voters.map((from) => this.vote(from, phase, hash));
    return took.find((one) => one === 'prepared' || one === 'committed') ?? took.join();
  }

  decide(items: readonly Item[]): void {
    expect([this.propose(items), this.voteAll('PREPARE'), this.voteAll('COMMIT')]).toEqual([
      'proposed',
      'prepared',
      'committed',
    ]);
  }

  failView(): void {
    expect([0, 1, 2].map((from) => this.timeOut(from))).toEqual(['noted', 'noted', 'viewFailed']);
  }
}

/** Height 2 in view 3, with two proposals decided. */
function begun(): Written {
  const log = new Written();
  log.decide([item(0), item(1)]);
  log.failView();
  return log;
}

const items = [item(2), item(3)];
const changed = (change: (block: Block, view: number) => Partial<Block>) => (log: Written) => {
  const proposal = log.proposal(items);
  return { ...proposal, block: { ...proposal.block, ...change(proposal.block, proposal.view) } };
};
const of =
  (...held: readonly Item[]) =>
  (log: Written) =>
    log.proposal(held);
const justified = (justify: (log: Written) => Proposal['justify']) => (log: Written) => ({
  ...log.proposal(items),
  justify: justify(log),
});

test.each<[string, string, (log: Written) => Proposal]>([
  ['of a height that is decided', 'BAD_BLOCK', changed(({ height }) => ({ height: height - 1 }))],
  ['of a height that is not yet due', 'BAD_BLOCK', changed(({ height }) => ({ height: height + 1 }))],
  ['on another block than the last', 'BAD_BLOCK', changed(() => ({ parent: NOWHERE }))],
  ['made in an earlier view and prepared in none', 'BAD_BLOCK', changed((_block, view) => ({ view: view - 1 }))],
  ['made in a later view', 'BAD_BLOCK', changed((_block, view) => ({ view: view + 1 }))],
  ['made in no view', 'BAD_BLOCK', changed(() => ({ view: 0 }))],
  ['of nothing', 'BAD_BLOCK', of()],
  ['of more than a block holds', 'BAD_BLOCK', of(...Array.from({ length: 9 }, (_, i) => item(2 + i)))],
  ['with one offset twice', 'BAD_BLOCK', of(item(2), item(2, 'other'))],
  ['with one offset twice, not side by side', 'BAD_BLOCK', of(item(2), item(3), item(2, 'other'))],
  ['with a copy of what it holds', 'BAD_BLOCK', of(item(2), item(3, 'p2'))],
  [
    'with a copy of what it holds among many',
    'BAD_BLOCK',
    of(item(2), item(3), item(4), item(5), item(6), item(7, 'p2')),
  ],
  ['with an offset that is decided', 'SETTLED_ITEM', of(item(2), item(1, 'other'))],
  ['with a copy of what is decided', 'SETTLED_ITEM', of(item(2), item(3, 'p1'))],
  ['justified by nothing', 'BAD_JUSTIFY', justified(() => null)],
  [
    'justified by another block',
    'BAD_JUSTIFY',
    justified(({ ledger }) => ({ view: ledger.head.view, blockHash: NOWHERE })),
  ],
  [
    'justified by another view',
    'BAD_JUSTIFY',
    justified(({ ledger: { head } }) => ({ view: head.view + 1, blockHash: head.blockHash })),
  ],
])("a leader's block %s is refused", (_what, code, lie) => {
  const log = begun();
  expect(log.say(log.ledger.leader, lie(log))).toBe(code);
  expect(log.propose(items)).toBe('proposed');
});

test('a block may hold its proposals in any order', () => {
  const log = begun();
  expect(log.propose([item(4), item(2), item(3)])).toBe('proposed');
});

test('only the leader proposes, in its own name, in the open view, once', () => {
  const log = begun();
  const { leader, view } = log.ledger;
  const proposal = log.proposal(items);
  const other = (leader + 1) % 4;
  expect(log.say(other, proposal)).toBe('NOT_LEADER');
  expect(log.say(leader, proposal, 1, signers[other])).toBe('BAD_SIGNATURE');
  expect(log.say(leader, { ...proposal, view: view + 1 })).toBe('EARLY');
  expect(log.say(leader, { ...proposal, view: view - 1 })).toBe('LATE');
  expect(log.say(leader, proposal)).toBe('proposed');
  expect(log.say(leader, log.proposal([item(9)]))).toBe('SECOND_PROPOSAL');
});

test('what was forgotten of the decided proposals is decided no more', () => {
  const log = new Written();
  log.decide([item(5)]);
  log.decide(Array.from({ length: 8 }, (_, i) => item(10 + i)));
  expect(log.propose([item(5, 'other')])).toBe('SETTLED_ITEM');
  expect(log.propose([item(4)])).toBe('SETTLED_ITEM');
  expect(log.propose([item(6)])).toBe('proposed');
});

test('votes are for the block at hand, one a validator, and COMMIT only once it is prepared in this very view', () => {
  const log = begun();
  expect(log.vote(0, 'PREPARE', NOWHERE)).toBe('OTHER_BLOCK');
  log.propose(items);
  const blockHash = log.ledger.proposal?.blockHash ?? NOWHERE;
  const [one, other] = [0, 1, 2, 3].filter((from) => from !== log.ledger.leader);
  expect(log.vote(one, 'PREPARE', NOWHERE)).toBe('OTHER_BLOCK');
  expect(log.vote(one, 'COMMIT', blockHash)).toBe('UNPREPARED');
  expect(log.say(one, { type: 'vote', phase: 'PREPARE', view: log.ledger.view, blockHash }, 1, signers[other])).toBe(
    'BAD_SIGNATURE',
  );
  expect([1, 2].map(() => log.vote(one, 'PREPARE', blockHash))).toEqual(['noted', 'COUNTED']);
  expect(log.vote(other, 'PREPARE', blockHash)).toBe('prepared');
  expect(log.vote(one, 'COMMIT', NOWHERE)).toBe('OTHER_BLOCK');
  expect([1, 2].map(() => log.vote(one, 'COMMIT', blockHash))).toEqual(['noted', 'COUNTED']);
});

test('a prepared block stands in the next view: it alone is proposed, and prepared again before anybody commits it', () => {
  const log = begun();
  log.propose(items);
  log.voteAll('PREPARE');
  const { lock } = log.ledger;
  if (lock === null) return expect.fail('nothing is prepared');
  expect(log.vote(0, 'COMMIT', lock.blockHash)).toBe('noted');
  log.failView();
  const { leader, view, high } = log.ledger;
  expect(high).toEqual({ view: lock.view, blockHash: lock.blockHash });
  expect([0, 1, 2, 3].map((from) => log.vote(from, 'COMMIT', lock.blockHash))).toEqual(Array(4).fill('UNPREPARED'));
  expect(log.propose([item(9)])).toBe('BREAKS_LOCK');
  const again: Proposal = { type: 'proposal', view, block: lock.block, justify: high };
  const { head } = log.ledger;
  expect(log.say(leader, { ...again, justify: { view: head.view, blockHash: head.blockHash } })).toBe('BAD_JUSTIFY');
  expect(log.say(leader, again)).toBe('proposed');
  // Its lock is of the view before: votes that complete nothing here commit nothing.
  expect(log.vote(0, 'COMMIT', lock.blockHash)).toBe('UNPREPARED');
  expect([log.voteAll('PREPARE'), log.voteAll('COMMIT')]).toEqual(['prepared', 'committed']);
});

test('a timeout counts once, signed, and names no certificate that the log does not hold', () => {
  const log = begun();
  const { view, high } = log.ledger;
  if (high === null) return expect.fail('nothing is decided');
  const timeout = { type: 'timeout', view, high, cause: 'TIMER' } as const;
  expect(log.say(0, { ...timeout, high: { ...high, view: high.view + 1 } })).toBe('UNKNOWN_HIGH');
  expect(log.say(0, timeout, 1, signers[1])).toBe('BAD_SIGNATURE');
  expect([1, 2, 3].map(() => log.say(0, timeout))).toEqual(['noted', 'COUNTED', 'COUNTED']);
  expect(log.ledger.view).toBe(view);
});

test('a validator speaks as its latest incarnation, which it alone announces, and in one instance', () => {
  const log = begun();
  const nonce = new Uint8Array(16);
  expect(log.say(0, { type: 'incarnation', nonce }, 1)).toBe('STALE_INCARNATION');
  expect(log.say(0, { type: 'incarnation', nonce }, 2, signers[1])).toBe('BAD_SIGNATURE');
  expect(log.say(0, { type: 'incarnation', nonce }, 2, signers[0], elsewhere)).toBe('OTHER_INSTANCE');
  const { view, high } = log.ledger;
  const timeout = { type: 'timeout', view, high, cause: 'TIMER' } as const;
  expect(log.say(0, timeout, 2)).toBe('VOID_INCARNATION');
  expect(log.say(0, { type: 'incarnation', nonce }, 2)).toBe('incarnated');
  expect(log.say(0, timeout, 1)).toBe('VOID_INCARNATION');
  expect(log.say(0, timeout, 2)).toBe('noted');
});
