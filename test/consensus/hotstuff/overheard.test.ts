import { expect, test } from 'vitest';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import type { Message } from '../../../src/consensus/message.ts';
import type { Check, Effect } from '../../../src/consensus/protocol.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import { APPROVE, testInstance, testKeys } from '../cluster.ts';

const { validators, pairs } = testKeys(4);
const instance = testInstance(validators);
const scheme = new VerifiedSignatures(ed25519());

const said = (effects: readonly Effect[]): Message[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));

/** Four validators around a log that the test appends to, all of them active; `checks`: what each is told of the one proposal. */
function four(checks: readonly (Check | null)[]) {
  const log: Message[] = [];
  const replicas = pairs.map(
    (keys, i) =>
      new HotStuffReplica({
        instance,
        validator: validators[i].id,
        signer: scheme.signer(ed25519Signer(keys)),
        scheme,
        parameters: createParameters(),
        logStart: 0,
      }),
  );
  const append = (message: Message): Message[] => {
    const position = log.push(message) - 1;
    return replicas.flatMap((replica) => said(replica.step({ type: 'message', position, message })));
  };
  for (const [i, replica] of replicas.entries())
    for (const message of said(replica.step({ type: 'start', nonce: new Uint8Array(16).fill(i) }))) append(message);
  const proposal = { offset: 0, digest: sha256(Uint8Array.of(1)), decidedMs: 1_000 };
  const offered = checks.flatMap((check, i) =>
    check === null ? [] : said(replicas[i].step({ type: 'offered', proposal, check })),
  );
  return { replicas, append, offered, log };
}

const overhear = (replica: HotStuffReplica, message: Message): Message[] =>
  said(replica.step({ type: 'overheard', message }));

test('a block that is overheard is voted for at once, and not again when the log has it: two hops decide', () => {
  const { replicas, append, offered } = four([APPROVE, APPROVE, APPROVE, APPROVE]);
  const [block] = offered;
  expect(offered.map(({ body }) => body.type)).toEqual(['proposal']);
  const prepares = replicas.flatMap((replica) => overhear(replica, block));
  expect(prepares.map(({ validator, body }) => [validator, body.type])).toEqual(
    validators.filter(({ id }) => id !== block.validator).map(({ id }) => [id, 'vote']),
  );
  const commits = [block, ...prepares].flatMap(append);
  expect(commits.map(({ body }) => body.type === 'vote' && body.phase)).toEqual([
    'COMMIT',
    'COMMIT',
    'COMMIT',
    'COMMIT',
  ]);
  for (const commit of commits) append(commit);
  expect(replicas.map(({ height }) => height)).toEqual([1, 1, 1, 1]);
});

test('votes that reach the log without the block that was overheard count for nothing, and stay the only ones of their view', () => {
  const { replicas, append, offered } = four([APPROVE, APPROVE, APPROVE, APPROVE]);
  const [block] = offered;
  const prepares = replicas.flatMap((replica) => overhear(replica, block));
  expect(prepares.flatMap(append)).toEqual([]);
  expect(append(block).filter(({ body }) => body.type === 'vote')).toEqual([]);
  expect(replicas.map(({ ledger }) => [ledger.isPrepared, ledger.prepares.size])).toEqual(Array(4).fill([false, 1]));
});

test('nobody votes for what its own check has not settled or settles otherwise; the log has the last word', () => {
  const [{ validator }] = four([APPROVE, APPROVE, APPROVE, APPROVE]).offered;
  const leader = validators.findIndex(({ id }) => id === validator);
  const others: (Check | null)[] = [
    { verdict: 'wait' },
    { verdict: 'reject', dryRun: false, reason: 'BUDGET_SPENT' },
    null,
  ];
  const checks = validators.map((_, i) => (i === leader ? APPROVE : (others.shift() ?? null)));
  const { replicas, append, offered } = four(checks);
  expect(replicas.flatMap((replica) => overhear(replica, offered[0]))).toEqual([]);
  const disputes = append(offered[0]).map((message) => [message.validator, message.body.type]);
  const disputing = validators[checks.findIndex((check) => check?.verdict === 'reject')].id;
  expect(disputes).toEqual([[disputing, 'timeout']]);
});

test('only a block that the log would take as its next record is voted for', () => {
  const { replicas, offered } = four([APPROVE, APPROVE, APPROVE, APPROVE]);
  const [block] = offered;
  const [other] = replicas.filter((_, i) => validators[i].id !== block.validator);
  const { body } = block;
  if (body.type !== 'proposal') throw new Error('not a block');
  const stranger = validators.find(({ id }) => id !== block.validator);
  const changed: Partial<Message>[] = [
    { signature: new Uint8Array(64) },
    { validator: stranger?.id ?? '' },
    { incarnation: block.incarnation + 1 },
    { instance: 'test/aura.proposals/1' },
    { body: { ...body, view: body.view + 1 } },
    { body: { ...body, block: { ...body.block, height: 2 } } },
    { body: { type: 'vote', phase: 'COMMIT', view: body.view, blockHash: new Uint8Array(32) } },
  ];
  for (const change of changed) expect(overhear(other, { ...block, ...change } as Message)).toEqual([]);
  expect(overhear(other, block)).toHaveLength(1);
});

test('a validator that has not read its own start yet votes for nothing that it overhears', () => {
  const { log, offered } = four([APPROVE, APPROVE, APPROVE, APPROVE]);
  const late = new HotStuffReplica({
    instance,
    validator: validators[3].id,
    signer: scheme.signer(ed25519Signer(pairs[3])),
    scheme,
    parameters: createParameters(),
    logStart: 0,
  });
  for (const [position, message] of log.entries()) late.step({ type: 'message', position, message });
  late.step({
    type: 'offered',
    proposal: { offset: 0, digest: sha256(Uint8Array.of(1)), decidedMs: 1_000 },
    check: APPROVE,
  });
  const [announced] = said(late.step({ type: 'start', nonce: new Uint8Array(16).fill(9) }));
  expect(overhear(late, offered[0])).toEqual([]);
  late.step({ type: 'message', position: log.length, message: announced });
  expect(overhear(late, offered[0])).toHaveLength(1);
});
