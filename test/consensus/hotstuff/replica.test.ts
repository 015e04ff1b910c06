import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBlock } from '../../../src/consensus/block.ts';
import { verifyEquivocation } from '../../../src/consensus/equivocation.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import { type Body, type Message, signMessage } from '../../../src/consensus/message.ts';
import type { Check, Effect } from '../../../src/consensus/protocol.ts';
import { ed25519Signer } from '../../../src/consensus/signature.ts';
import { APPROVE, Cluster, proposalValue, testInstance, testKeys } from '../cluster.ts';

const REJECT: Check = { verdict: 'reject', dryRun: false, reason: 'COOLDOWN' };

test('a lone proposal takes one block, three other PREPARE votes at most and four COMMIT votes, and nothing follows', () => {
  const cluster = new Cluster(4);
  const before = cluster.log.length;
  cluster.append(proposalValue('lone'));
  cluster.settle();
  const kinds = cluster.log.slice(before).map(({ body }) => (body.type === 'vote' ? body.phase : body.type));
  expect(kinds.filter((kind) => kind === 'proposal')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'PREPARE').length).toBeLessThanOrEqual(3);
  expect(kinds.filter((kind) => kind === 'COMMIT')).toHaveLength(4);
  expect(kinds).toHaveLength(kinds.lastIndexOf('COMMIT') + 1);
  expect(cluster.decisions).toHaveLength(1);
});

test('what comes while a block is under way rides in the next one, up to the bound', () => {
  const cluster = new Cluster(4, { blockItemsMax: 10 });
  for (let i = 0; i < 25; i++) cluster.append(proposalValue(`p${i}`));
  cluster.settle();
  const sizes = cluster.seen[0].flatMap((effect) => (effect.type === 'committed' ? [effect.block.items.length] : []));
  expect(sizes).toEqual([1, 10, 10, 4]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 10, 16])(
  '%i validators decide, and so they do when as many are down as may be',
  (n) => {
    const cluster = new Cluster(n);
    const down = Array.from({ length: cluster.instance.set.faulty }, (_, i) => i);
    for (let i = 0; i < 6; i++) {
      cluster.append(proposalValue(`p${i}`));
      cluster.settle(i < 3 ? [] : down);
    }
    expect(cluster.decisions).toHaveLength(6);
  },
);

test('nothing is decided by fewer than a quorum, however long they try', () => {
  const cluster = new Cluster(4);
  cluster.append(proposalValue('p'));
  cluster.settle([0, 1]);
  expect(cluster.decisions).toHaveLength(0);
  cluster.settle();
  expect(cluster.decisions).toHaveLength(1);
});

test('where checks rest on decisions, a block is proposed and found valid by those alone who have checked anew since the last', () => {
  const cluster = new Cluster(4, { blockItemsMax: 1 }, undefined, true);
  cluster.append(proposalValue('p'));
  cluster.append(proposalValue('q'));
  cluster.settle();
  expect(cluster.decisions).toHaveLength(1);
  const before = cluster.log.length;
  for (const i of [0, 1, 2]) cluster.checkAnew(i);
  cluster.settle();
  expect(cluster.decisions).toHaveLength(2);
  const said = cluster.log.slice(before).filter(({ validator }) => validator === 'v3');
  const kinds = said.map(({ body }) => (body.type === 'vote' ? body.phase : body.type));
  expect(kinds).not.toContain('proposal');
  expect(kinds).not.toContain('PREPARE');
  expect(kinds).toContain('COMMIT');
});

test('a validator whose own check disagrees does not vote for it, and the others decide', () => {
  const cluster = new Cluster(4);
  cluster.append(proposalValue('p'), [APPROVE, APPROVE, APPROVE, REJECT]);
  cluster.settle();
  expect(cluster.decisions).toMatchObject([{ verdict: 'APPROVED' }]);
  const cast = cluster.log.filter(
    ({ validator, body }) => validator === 'v3' && body.type === 'vote' && body.phase === 'PREPARE',
  );
  expect(cast).toHaveLength(0);
});

test('rejections may name different reasons; the decision carries the one proposed', () => {
  const cluster = new Cluster(4);
  const reasons = ['BUDGET_SPENT', 'COOLDOWN', 'EXPIRED', 'STALE'];
  cluster.append(
    proposalValue('p'),
    reasons.map((reason): Check => ({ verdict: 'reject', dryRun: true, reason })),
  );
  cluster.settle();
  expect(cluster.decisions).toMatchObject([{ verdict: 'REJECTED', dryRun: true }]);
  expect(reasons).toContain(cluster.decisions[0].reason);
});

test('a leader that proposes two blocks leaves evidence that convinces anyone', () => {
  const cluster = new Cluster(4);
  const { instance, keys } = cluster;
  const leader = cluster.replicas[0].ledger.leader;
  const { id } = keys.validators[leader];
  cluster.append(proposalValue('p'));
  const honest = cluster.log.findLast(({ body }) => body.type === 'proposal') ?? expect.fail('no proposal');
  if (honest.body.type !== 'proposal') return expect.fail('no proposal');
  const { block } = honest.body;
  const other = { ...block, items: block.items.map((item) => ({ ...item, dryRun: true })) };
  const body: Body = { ...honest.body, block: other };
  cluster.log.push(signMessage(instance, ed25519Signer(keys.pairs[leader]), id, 1, body, hashBlock(instance, other)));
  cluster.settle();
  const evidence = cluster.seen.flat().flatMap((effect) => (effect.type === 'equivocation' ? [effect.evidence] : []));
  expect(evidence).toHaveLength(4);
  for (const one of evidence) {
    expect(one.validator).toBe(id);
    expect(verifyEquivocation(instance, cluster.schemes[0], one)).toBe(true);
  }
  expect(cluster.decisions).toMatchObject([{ dryRun: false }]);
});

test('a liar that times out views in which nothing is open costs no honest leader its turns', () => {
  const cluster = new Cluster(4);
  const { instance, keys, log } = cluster;
  const { ledger } = cluster.replicas[0];
  cluster.append(proposalValue('first'));
  cluster.settle();
  for (let round = 0; round < 4; round++) {
    const { view, high } = ledger;
    const body: Body = { type: 'timeout', view, high, cause: 'TIMER' };
    // In its own turns it keeps quiet.
    if (ledger.leader !== 3) log.push(signMessage(instance, ed25519Signer(keys.pairs[3]), 'v3', 1, body));
    cluster.settle([3]);
  }
  expect(log.filter(({ validator, body }) => validator !== 'v3' && body.type === 'timeout')).toEqual([]);
  const leaders = new Set<number>();
  for (let i = 0; i < 8; i++) {
    leaders.add(ledger.leader);
    cluster.append(proposalValue(`p${i}`));
    cluster.settle();
  }
  expect(leaders.size).toBe(4);
});

test('of two processes of one validator the later fences the earlier', () => {
  const cluster = new Cluster(4);
  const first = cluster.replicas[2];
  cluster.start(2);
  cluster.settle();
  const effects: Effect[] = [];
  for (let at = first.nextPosition; at < cluster.log.length; at++) {
    effects.push(...first.step({ type: 'message', position: at, message: cluster.log[at] }));
  }
  expect(effects).toContainEqual({ type: 'fenced', by: 2 });
  expect(first.status).toBe('fenced');
  expect(first.step({ type: 'timer', timer: 'view', view: 1 })).toEqual([]);
  cluster.append(proposalValue('p'));
  cluster.settle();
  expect(cluster.decisions).toHaveLength(1);
});

test('an announcement that the log did not take is made again', () => {
  const { validators, pairs } = testKeys(4);
  const replica = new HotStuffReplica({
    instance: testInstance(validators),
    validator: 'v0',
    signer: ed25519Signer(pairs[0]),
    scheme: new Cluster(4).schemes[0],
    parameters: createParameters(),
    logStart: 0,
  });
  const sent = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.type === 'send' ? [effect.message.body.type] : []));
  expect(sent(replica.step({ type: 'start', nonce: new Uint8Array(16) }))).toEqual(['incarnation']);
  expect(replica.status).toBe('recovering');
  expect(sent(replica.step({ type: 'timer', timer: 'start', view: 0 }))).toEqual(['incarnation']);
});

test('records that hostile hands append change no decision and throw nothing', () => {
  const cluster = new Cluster(4);
  cluster.append(proposalValue('p0'));
  cluster.settle();
  const stranger = testKeys(9).pairs[8];
  const numbers = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 4 }));
  const bytes = fc.oneof(fc.uint8Array(), fc.constantFrom(cluster.replicas[0].ledger.head.blockHash));
  const item = fc.record({
    offset: numbers,
    digest: bytes,
    verdict: fc.constantFrom('APPROVED' as const, 'REJECTED' as const),
    reason: fc.string(),
    dryRun: fc.boolean(),
    decidedMs: numbers,
  });
  const block = fc.record({ height: numbers, parent: bytes, view: numbers, items: fc.array(item, { maxLength: 3 }) });
  const ref = fc.option(fc.record({ view: numbers, blockHash: bytes }));
  const signatures = fc.array(fc.record({ validator: fc.string(), incarnation: numbers, signature: bytes }), {
    maxLength: 3,
  });
  const body: fc.Arbitrary<Body> = fc.oneof(
    fc.record({ type: fc.constant('incarnation' as const), nonce: bytes }),
    fc.record({ type: fc.constant('proposal' as const), view: numbers, block, justify: ref }),
    fc.record({
      type: fc.constant('vote' as const),
      phase: fc.constantFrom('PREPARE' as const, 'COMMIT' as const),
      view: numbers,
      blockHash: bytes,
    }),
    fc.record({
      type: fc.constant('timeout' as const),
      view: numbers,
      high: ref,
      cause: fc.constantFrom('TIMER' as const),
    }),
    fc.record({
      type: fc.constant('checkpoint' as const),
      through: numbers,
      height: numbers,
      view: numbers,
      blockHash: bytes,
      certificate: fc.record({ phase: fc.constant('COMMIT' as const), view: numbers, blockHash: bytes, signatures }),
      proposalsFrom: numbers,
      state: bytes,
    }),
  );
  const message: fc.Arbitrary<Message> = fc.record({
    instance: fc.constantFrom(cluster.instance.name, 'other'),
    validator: fc.constantFrom('v0', 'v1', 'v2', 'v3', 'stranger'),
    incarnation: fc.oneof(fc.constant(1), numbers),
    body,
    signature: fc.oneof(bytes, fc.constant(ed25519Signer(stranger).sign(new Uint8Array(0)))),
  });
  let n = 0;
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), (hostile) => {
      cluster.log.push(...hostile);
      cluster.append(proposalValue(`hostile ${++n}`));
      cluster.log.push(...hostile);
      cluster.settle();
      expect(cluster.decisions).toHaveLength(1 + n);
      cluster.start(n % 4);
      cluster.settle();
    }),
    { numRuns: 40 },
  );
});

test('a driver that offers nonsense is told so', () => {
  const replica = new Cluster(4).replicas[0];
  const digest = new Uint8Array(32);
  const offer =
    (proposal: { offset: number; digest: Uint8Array; decidedMs: number }, check: Check = APPROVE) =>
    () =>
      replica.step({ type: 'offered', proposal, check });
  expect(offer({ offset: -1, digest, decidedMs: 0 })).toThrow('BAD_PARAMETER');
  expect(offer({ offset: 0, digest, decidedMs: 0.5 })).toThrow('BAD_PARAMETER');
  expect(offer({ offset: 0, digest: new Uint8Array(3), decidedMs: 0 })).toThrow('BAD_PARAMETER');
  expect(offer({ offset: 0, digest, decidedMs: 0 }, { ...REJECT, reason: 'in words' })).toThrow('BAD_PARAMETER');
  expect(() => createParameters({ timeoutMs: 0 })).toThrow('BAD_PARAMETER');
  expect(() => createParameters({ decidedKept: 1 })).toThrow('BAD_PARAMETER');
});
