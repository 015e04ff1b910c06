import { expect, test } from 'vitest';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import type { Effect } from '../../../src/consensus/protocol.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

test('proposals offered together ride in one block', () => {
  const keys = keyPairFromSeed(Buffer.alloc(32, 1));
  const set = createValidatorSet([{ id: 'v1', publicKey: keys.publicKey }]);
  const replica = new HotStuffReplica({
    instance: createInstance('hotstuff-2', 'test/aura.proposals/0', set),
    validator: 'v1',
    signer: ed25519Signer(keys),
    scheme: ed25519(),
    parameters: createParameters(),
    logStart: 0,
  });
  const sent = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  const [announcement] = sent(replica.step({ type: 'start', nonce: new Uint8Array(16) }));
  replica.step({ type: 'message', position: 0, message: announcement });
  const offers = [0, 1, 2].map((offset) => ({
    proposal: { offset, digest: sha256(Uint8Array.of(offset)), decidedMs: 1_000 },
    check: { verdict: 'approve', dryRun: false } as const,
  }));
  const [message] = sent(replica.step({ type: 'offeredTogether', offers }));
  expect(message.body).toMatchObject({
    type: 'proposal',
    block: { items: offers.map(({ proposal: { offset } }) => ({ offset })) },
  });
});
