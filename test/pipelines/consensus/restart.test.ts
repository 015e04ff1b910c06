/** What a validator makes of what it finds when it starts: in its saved state, in the log, and of others that speak as it does. */
import { expect, test } from 'vitest';
import { instanceName } from '../../../pipelines/consensus/agreement.ts';
import {
  encodeSaved,
  readSaved,
  type SavedState,
  validatorStateTopic,
} from '../../../pipelines/consensus/saved-state.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';
import { DecisionLedger } from '../../../src/interventions/ledger.ts';
import { recordBytesMax } from '../../../src/streams/log.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { until } from '../../streams/wire.ts';
import { House, ids, members, pairs } from './house.ts';

const key = 'demo/reference/0';

async function decide(house: House, ...names: readonly string[]): Promise<void> {
  for (const id of names) {
    await house.send(house.topics.proposals, key, proposalOf({ id }));
    await house.decided(id);
  }
}

async function savedOf(house: House): Promise<ReadonlyMap<string, SavedState>> {
  const validators = new Map(members.map(({ id, publicKey }) => [id, publicKey]));
  const expected = { instance: instanceName(house.agreement, 0), validators, scheme: ed25519() };
  return await readSaved(house.log, 0, expected, 10_000);
}

function signerOf(id: string) {
  const pair = pairs.get(id);
  if (pair === undefined) throw new Error(`no validator ${id}`);
  return ed25519Signer(pair);
}

test('two processes that host one validator: the earlier one is told what to do', async () => {
  const house = await House.open();
  await house.start('first', ['v1', 'v2']);
  await house.start('others', ['v3', 'v4']);
  await decide(house, 'p0');
  await house.start('second', ['v1']);
  await until('the first is fenced', () => house.failures.length > 0);
  expect(house.failures[0]).toMatch(
    /^first validators: ValidatorError: v1 was started in another process.*AURA_VALIDATORS.*\[validator-elsewhere\]$/,
  );
});

/** A house that has decided, whose validators have all saved their state and were stopped, and what they saved. */
async function stopped() {
  const house = await House.open();
  await house.start();
  await decide(house, 'p0', 'p1');
  await until('all have saved', async () => (await savedOf(house)).size === 4);
  await house.stop('all');
  return { house, before: await savedOf(house) };
}

test('a log that ends before what a validator has read of it is refused', async () => {
  const { house, before } = await stopped();
  const saved = before.get('v1');
  if (saved === undefined) throw new Error('nothing was saved');
  const ahead = { ...saved, through: saved.through + 1_000 };
  await house.sendBytes(validatorStateTopic, 'v1', encodeSaved(ahead, signerOf('v1')));
  await house.start();
  await until('it is refused', () => house.failures.length > 0);
  expect(house.failures[0]).toMatch(/ends before offset \d+, and v1 has read \d+ of it: .*\[log-rolled-back\]$/);
});

test('saved states that are older, torn, forged, of others or of another installation are passed over', async () => {
  const { house, before } = await stopped();
  for (const id of ids) {
    const saved = before.get(id);
    if (saved === undefined) throw new Error(`${id} saved nothing`);
    const ahead = { ...saved, through: saved.through + 1 };
    const good = encodeSaved(saved, signerOf(id));
    const stranger = signerOf(id === 'v1' ? 'v2' : 'v1');
    await house.sendBytes(
      validatorStateTopic,
      id,
      encodeSaved({ ...ahead, instance: 'elsewhere/aura.proposals/0' }, signerOf(id)),
      encodeSaved({ ...ahead, instance: instanceName(house.agreement, 1) }, signerOf(id)),
      encodeSaved({ ...ahead, validator: 'v9' }, signerOf(id)),
      encodeSaved(ahead, stranger),
      encodeSaved({ ...saved, through: saved.through - 1 }, signerOf(id)),
      good.subarray(0, good.length - 1),
      Buffer.concat([good, Buffer.alloc(1)]),
      Buffer.from(good).fill(0xff, 0, 4),
      Buffer.alloc(0),
      Buffer.from('nonsense'),
    );
  }
  expect(await savedOf(house)).toEqual(before);
  await house.start();
  await decide(house, 'p2', 'p3');
  expect(house.failures).toEqual([]);
});

test('decided proposals that are gone from their topic do not hold up what is counted after them', async () => {
  const house = await House.open({ checkpointEvery: 4 });
  await house.start();
  await decide(house, 'p0', 'p1', 'p2');
  await house.stop('all');
  const [{ high }] = await house.log.bounds(house.topics.proposals.name);
  const gone = { topic: house.topics.proposals.name, partition: 0, offset: high };
  await house.log.deleteBefore([gone], Number.MAX_SAFE_INTEGER);
  await house.start();
  await decide(house, 'p3');
  await until('all have saved', async () => (await savedOf(house)).size === 4);
  expect(house.failures).toEqual([]);
});

/** A ledger that takes exactly so many bytes. */
function ledgerOf(bytes: number): Uint8Array {
  const item = { tenant: 'acme', fleet: 'shop', cell: 7, kind: 'THROTTLE', targets: ['a'], dryRun: false };
  const withId = (proposalId: string): Uint8Array => {
    const ledger = new DecisionLedger();
    ledger.record({ ...item, proposalId, verdict: 'APPROVED', decidedMs: 1, expiresMs: 2 });
    return ledger.encode();
  };
  return withId('x'.repeat(bytes - withId('').length));
}

test('a state that has outgrown what the log takes is not saved, and the validators go on', async () => {
  const { house, before } = await stopped();
  const [{ high }] = await house.log.bounds(validatorStateTopic);
  await house.log.deleteBefore([{ topic: validatorStateTopic, partition: 0, offset: high }], Number.MAX_SAFE_INTEGER);
  for (const [id, saved] of before) {
    const others = encodeSaved({ ...saved, ledger: new Uint8Array(0) }, signerOf(id)).length + id.length;
    const full = encodeSaved({ ...saved, ledger: ledgerOf(recordBytesMax - others) }, signerOf(id));
    await house.sendBytes(validatorStateTopic, id, full);
  }
  await house.start();
  await decide(house, 'p2', 'p3', 'p4', 'p5');
  expect(house.failures).toEqual([]);
  for (const [id, { through }] of await savedOf(house)) expect(through).toBe(before.get(id)?.through);
});
