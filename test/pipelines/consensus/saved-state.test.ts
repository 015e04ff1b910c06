import { expect, test } from 'vitest';
import {
  encodeSaved,
  readSaved,
  type SavedState,
  validatorStateTopic,
} from '../../../pipelines/consensus/saved-state.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { type Checkpoint, createMessage, isSigned, statement } from '../../../src/consensus/message.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import { pairs, validators } from '../../cli/signed-decision.ts';

test('a state that one validator saved, whatever it holds, does not let it speak for another', async () => {
  const instance = createInstance('hotstuff-2', 'test/aura.proposals/0', createValidatorSet(validators));
  const [victim, liar] = ['v0', 'v1'];
  const body: Checkpoint = {
    type: 'checkpoint',
    through: 1_000,
    height: 7,
    view: 9,
    blockHash: new Uint8Array(32),
    certificate: { phase: 'COMMIT', view: 9, blockHash: new Uint8Array(32), signatures: [] },
    proposalsFrom: 0,
    state: new Uint8Array(0),
  };
  const said = statement(instance, victim, 1, body);
  const saved: SavedState = {
    instance: instance.name,
    validator: liar,
    through: 1,
    height: 1,
    proposalsFrom: 0,
    snapshotsFrom: 0,
    state: new Uint8Array(0),
    ledger: Buffer.concat([pairs[0].publicKey, said]),
  };
  const value = encodeSaved(saved, ed25519Signer(pairs[1]));
  const log = new MemoryLog({ now: () => 0 });
  await log.createTopics([{ name: validatorStateTopic, partitions: 1, compacted: true }]);
  await (await log.writer()).write([{ topic: validatorStateTopic, partition: 0, key: Buffer.from(liar), value }]);
  const scheme = new VerifiedSignatures(ed25519());
  const expected = { instance: instance.name, validators: new Map([[liar, pairs[1].publicKey]]), scheme };
  expect((await readSaved(log, 0, expected, 10_000)).get(liar)).toMatchObject({ through: 1 });

  // In the record: u32 length, body, u32 64, signature. The body ends with the victim's key and what it is to have said.
  const signed = value.subarray(4, value.length - 68);
  const mine = signed.subarray(0, signed.length - said.length - 32);
  const signature = Buffer.concat([value.subarray(value.length - 64), pairs[1].publicKey, mine]);
  const forged = createMessage({ instance: instance.name, validator: victim, incarnation: 1, body, signature });
  expect(isSigned(instance, scheme, forged)).toBe(false);
  await log.close();
});
