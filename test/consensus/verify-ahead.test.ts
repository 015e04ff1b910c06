/** Signatures verified before a machine asks: nobody believes what was not verified for it, and nothing is left to do for the step. */
import { expect, test } from 'vitest';
import { createInstance } from '../../src/consensus/instance.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import { ed25519, ed25519Signer, type SignatureScheme, VerifiedSignatures } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { verifyAhead } from '../../src/consensus/verify-ahead.ts';
import { Cluster } from '../bench/consensus/cluster.ts';
import { CONTESTANTS } from '../bench/consensus/contestants.ts';

const signers = [1, 2, 3, 4].map((byte) => ed25519Signer(keyPairFromSeed(new Uint8Array(32).fill(byte))));
const claims = [1, 2, 3].map((byte) => {
  const message = new Uint8Array(40).fill(byte);
  return { publicKey: signers[0].publicKey, message, signature: signers[0].sign(message) };
});

class Counting implements SignatureScheme {
  readonly #inner = ed25519();
  alone = 0;
  together = 0;

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    this.alone++;
    return this.#inner.verify(publicKey, message, signature);
  }

  verifyAll(some: typeof claims): readonly boolean[] {
    this.together += some.length;
    return some.map(({ publicKey, message, signature }) => this.#inner.verify(publicKey, message, signature));
  }
}

test('a memory learns what was asked for it and found valid, and nothing else', () => {
  const scheme = new Counting();
  const [one, other] = [new VerifiedSignatures(scheme), new VerifiedSignatures(scheme)];
  const forged = { ...claims[1], message: claims[2].message };
  verifyAhead(scheme, [
    { memory: one, claim: claims[0] },
    { memory: one, claim: forged },
    { memory: other, claim: claims[1] },
  ]);
  expect([one.knows(claims[0]), one.knows(claims[1]), one.knows(forged)]).toEqual([true, false, false]);
  expect([other.knows(claims[0]), other.knows(claims[1])]).toEqual([false, true]);
  expect(one.verify(forged.publicKey, forged.message, forged.signature)).toBe(false);
});

test('several at once are answered as one by one, and each is verified once', () => {
  const scheme = new Counting();
  const memory = new VerifiedSignatures(scheme);
  const forged = { ...claims[0], message: claims[1].message };
  const some = [claims[0], forged, claims[1], claims[0], claims[2]];
  expect(memory.verifyAll(some)).toEqual([true, false, true, true, true]);
  expect(memory.verifyAll([claims[1], claims[2]])).toEqual([true, true]);
  expect(scheme).toMatchObject({ alone: 0, together: 5 });
});

const lyingTolerant = CONTESTANTS.filter(({ tolerates }) => tolerates === 'lies');

test.each(lyingTolerant.map(({ name }) => name))('%s: what a step checks was verified ahead of it', (name) => {
  const chosen = CONTESTANTS.find((one) => one.name === name);
  chosen?.with(({ model, create }) => {
    const set = createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
    const instance = createInstance(model.protocol, 'test', set);
    const scheme = new Counting();
    const seats = signers.map((signer, index) => {
      const memory = new VerifiedSignatures(scheme);
      return { machine: create({ instance, index, scheme: memory, signer: memory.signer(signer) }), memory };
    });
    const cluster = new Cluster({ channel: model.channel, seats, honest: [0, 1, 2, 3], scheme });
    scheme.alone = 0;
    scheme.together = 0;
    for (let offset = 0; offset < 12; offset++) {
      const proposal = { offset, digest: new Uint8Array(32).fill(offset + 1), decidedMs: 1000 };
      cluster.offer([{ proposal, check: { verdict: 'approve', dryRun: false } }]);
      cluster.run(() => cluster.decided.byAll > offset);
    }
    // Three others check the proposal, and each of the four at most two votes more in the first phase and three in the second.
    expect(scheme.together).toBeGreaterThan(0);
    expect(scheme.alone + scheme.together).toBeLessThanOrEqual(12 * (3 + 4 * 2 + 4 * 3));
    // Alone: what only one of them was about to check at the time.
    expect(scheme.alone).toBeLessThan(scheme.together / 4);
  });
});
