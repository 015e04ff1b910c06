import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CheckpointTracker } from '../../src/consensus/checkpoint.ts';
import { equalBytes } from '../../src/consensus/encoding.ts';
import { Ledger } from '../../src/consensus/hotstuff/ledger.ts';
import { decodeLedger, encodeLedger } from '../../src/consensus/hotstuff/ledger-state.ts';
import { HotStuffReplica } from '../../src/consensus/hotstuff/replica.ts';
import { type Message, signMessage } from '../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { Cluster, proposalValue } from './cluster.ts';

const cluster = new Cluster(4, { checkpointEvery: 3 });
for (let i = 0; i < 8; i++) {
  cluster.append(proposalValue(`p${i}`));
  cluster.settle();
}
const { log, instance, parameters } = cluster;
const scheme = cluster.schemes[0];
const track = (self: string | null, records: readonly (Message | null)[] = log) => {
  const tracker = new CheckpointTracker(instance, scheme, self);
  for (const [position, message] of records.entries()) if (message !== null) tracker.observe(position, message);
  return tracker;
};
const only = (...ids: string[]) =>
  log.map((message) => (message.body.type === 'checkpoint' && !ids.includes(message.validator) ? null : message));

test('all validators write the same checkpoint at the same height', () => {
  const states = log.flatMap(({ body }) => (body.type === 'checkpoint' && body.height === 6 ? [body.state] : []));
  expect(states).toHaveLength(4);
  for (const state of states) expect(equalBytes(state, states[0])).toBe(true);
});

test('replaying from a checkpoint ends in the same state as replaying from the beginning', () => {
  const config = { instance, parameters, scheme };
  const whole = new Ledger(config);
  for (const [position, message] of log.entries()) whole.apply(position, message);
  const found = track('v0').best() ?? expect.fail('no checkpoint');
  expect(found.height).toBe(6);
  const resumed = decodeLedger(config, found.state);
  for (let at = found.through + 1; at < log.length; at++) resumed.apply(at, log[at]);
  expect(equalBytes(encodeLedger(resumed), encodeLedger(whole))).toBe(true);
  expect(resumed.height).toBe(8);
});

test('the state survives its encoding at every record of the log', () => {
  const config = { instance, parameters, scheme };
  const ledger = new Ledger(config);
  for (const [position, message] of log.entries()) {
    ledger.apply(position, message);
    const bytes = Uint8Array.from(encodeLedger(ledger));
    expect(equalBytes(encodeLedger(decodeLedger(config, bytes)), bytes)).toBe(true);
  }
});

test('its own word is enough, one other validator is not, and f + 1 others are', () => {
  expect(track('v0', only('v0')).best()?.height).toBe(6);
  expect(track('v0', only('v1')).best()).toBe(null);
  expect(track('v0', only('v1', 'v2')).best()).toMatchObject({ height: 6, proposalsFrom: null });
  expect(track(null, only('v0')).best()).toBe(null);
});

test('f + 1 who tell the state apart at one place are not believed', () => {
  const records = only('v1', 'v2').map((message) => {
    if (message?.validator !== 'v1' || message.body.type !== 'checkpoint') return message;
    const { incarnation, body } = message;
    const state = Uint8Array.from(body.state, (byte, i) => (i === 0 ? byte ^ 1 : byte));
    return signMessage(instance, ed25519Signer(cluster.keys.pairs[1]), 'v1', incarnation, { ...body, state });
  });
  expect(track(null, records).best()).toBe(null);
  expect(track(null, only('v1', 'v2')).best()?.height).toBe(6);
});

test('where one is a checkpoint ahead of the other, the one that both have written is believed', () => {
  const records = only('v1', 'v2').map((message) =>
    message?.validator === 'v2' && message.body.type === 'checkpoint' && message.body.height > 3 ? null : message,
  );
  expect(track(null, records).best()?.height).toBe(3);
});

test('a forged checkpoint, and an old one appended again, change nothing', () => {
  const isOwn = (message: Message) => message.validator === 'v0' && message.body.type === 'checkpoint';
  const [old, latest] = log.filter(isOwn);
  const forged = { ...latest, body: { ...latest.body, height: 99, through: log.length } } as Message;
  const best = track('v0').best();
  expect(track('v0', [...log, old, forged]).best()).toEqual(best);
});

test('the log may be cut behind a stable checkpoint, and a validator still starts; cut further, it refuses to vote blindly', () => {
  const tracker = track('v0');
  const through = tracker.stableThrough;
  const start = (logStart: number, checkpoint: ReturnType<CheckpointTracker['best']>) =>
    new HotStuffReplica({
      instance,
      validator: 'v0',
      signer: ed25519Signer(cluster.keys.pairs[0]),
      scheme: ed25519(),
      parameters,
      logStart,
      checkpoint,
    });
  expect(start(through + 1, tracker.best()).nextPosition).toBe(through + 1);
  expect(() => start(through + 2, tracker.best())).toThrow('HISTORY_MISSING');
  expect(() => start(1, null)).toThrow('HISTORY_MISSING');
});

test('a validator that starts when all others are long under way catches up and votes', () => {
  const late = new Cluster(4, { checkpointEvery: 2 });
  for (let i = 0; i < 5; i++) {
    late.append(proposalValue(`p${i}`));
    late.settle([3]);
  }
  expect(late.decisions).toHaveLength(5);
  late.start(3);
  late.settle([2]);
  late.append(proposalValue('last'));
  late.settle([2]);
  // With v2 gone, the quorum of three needs the one that came late.
  expect(late.decisions).toHaveLength(6);
  expect(late.decisions[5].certificate.signatures.map(({ validator }) => validator)).toContain('v3');
});

test('a checkpoint that a stranger made up neither counts nor keeps a validator from starting', () => {
  const real = log.find(({ body }) => body.type === 'checkpoint') ?? expect.fail('no checkpoint');
  const { body } = real;
  if (body.type !== 'checkpoint') return expect.fail('no checkpoint');
  const best = track('v0').best();
  const numbers = fc.oneof(fc.integer({ min: -5, max: 50 }), fc.double(), fc.constantFrom(-1, 2 ** 53, Number.NaN));
  const made = fc.record({
    incarnation: numbers,
    through: numbers,
    height: numbers,
    view: numbers,
    proposalsFrom: numbers,
  });
  fc.assert(
    fc.property(made, fc.uint8Array({ maxLength: 40, size: 'max' }), ({ incarnation, ...numbers }, blockHash) => {
      const hostile: Message = { ...real, incarnation, body: { ...body, ...numbers, blockHash } };
      expect(track('v0', [...log, hostile]).best()).toEqual(best);
      expect(track('v0', [hostile, ...log.slice(1)]).best()).toEqual(best);
    }),
  );
  // A negative incarnation has no encoding; it once made every start throw.
  const negative: Message = { ...real, incarnation: -1, body: { ...body, through: log.length - 1 } };
  expect(track('v0', [...log, negative]).best()).toEqual(best);
});
