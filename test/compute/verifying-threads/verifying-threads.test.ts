/** Signatures verified on several threads: the same answers as one after the other, whatever becomes of the threads. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLAIMS_MAX, SharedClaims, type SignedBytes } from '../../../src/compute/verifying-threads/shared-claims.ts';
import { VerifyingThreads } from '../../../src/compute/verifying-threads/verifying-threads.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';

const module = new URL('../../../src/consensus/verifying-program.ts', import.meta.url);
const here = ed25519();
const signers = [1, 2, 3].map((byte) => ed25519Signer(keyPairFromSeed(new Uint8Array(32).fill(byte))));

function claim(message: Uint8Array, signer = signers[0]): SignedBytes {
  return { publicKey: signer.publicKey, message, signature: signer.sign(message) };
}

/** Valid, or wrong in one of the ways in which a stranger's may be. */
const claims = fc
  .record({
    signer: fc.integer({ min: 0, max: 2 }),
    message: fc.oneof(
      { weight: 9, arbitrary: fc.uint8Array({ maxLength: 300, size: 'max' }) },
      { weight: 1, arbitrary: fc.constant(new Uint8Array(2000)) },
    ),
    fault: fc.constantFrom('none', 'none', 'bit', 'other message', 'other key', 'short signature', 'short key'),
  })
  .map(({ signer, message, fault }): SignedBytes => {
    const valid = claim(message, signers[signer]);
    switch (fault) {
      case 'bit':
        return { ...valid, signature: valid.signature.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) };
      case 'other message':
        return { ...valid, message: Uint8Array.of(...message, 1) };
      case 'other key':
        return { ...valid, publicKey: signers[(signer + 1) % 3].publicKey };
      case 'short signature':
        return { ...valid, signature: valid.signature.subarray(1) };
      case 'short key':
        return { ...valid, publicKey: valid.publicKey.subarray(1) };
      default:
        return valid;
    }
  });

const oneByOne = (some: readonly SignedBytes[]): boolean[] =>
  some.map(({ publicKey, message, signature }) => here.verify(publicKey, message, signature));

describe.each([0, 1, 3])('with %i threads', (threads) => {
  let pool: VerifyingThreads;
  beforeAll(async () => {
    pool = await VerifyingThreads.open({ threads, module, here });
  });
  afterAll(async () => await pool.close());

  test('the answers are those of one after the other', () => {
    expect(pool.threads).toBe(threads);
    fc.assert(
      fc.property(fc.array(claims, { maxLength: 24, size: 'max' }), (some) => {
        expect(pool.verifyAll(some)).toEqual(oneByOne(some));
      }),
      { numRuns: 60 },
    );
  });

  test('also where there are more than fit into one batch', () => {
    const good = claim(Uint8Array.of(1));
    const bad = { ...good, message: Uint8Array.of(2) };
    const some = Array.from({ length: CLAIMS_MAX + 20 }, (_, i) => (i % 7 === 0 ? bad : good));
    expect(pool.verifyAll(some)).toEqual(some.map((one) => one === good));
  });
});

test('what is asked after the end is verified all the same', async () => {
  const pool = await VerifyingThreads.open({ threads: 2, module, here });
  await pool.close();
  const good = claim(Uint8Array.of(1));
  expect(pool.verifyAll([good, { ...good, message: Uint8Array.of(2) }, good])).toEqual([true, false, true]);
  expect(pool.threads).toBe(0);
});

test('threads that die at their first claim are done without', async () => {
  const dying = new URL('dying-verifier.ts', import.meta.url);
  const pool = await VerifyingThreads.open({ threads: 2, module: dying, here });
  const good = claim(Uint8Array.of(1));
  const some = [good, { ...good, message: Uint8Array.of(2) }, good, good, good, good];
  for (let i = 0; i < 20; i++) expect(pool.verifyAll(some)).toEqual([true, false, true, true, true, true]);
  await pool.close();
});

test('a module that cannot be loaded, and a wrong number of threads, are refused', async () => {
  const missing = new URL('no-such-module.ts', import.meta.url);
  await expect(VerifyingThreads.open({ threads: 1, module: missing, here })).rejects.toMatchObject({
    code: 'program-invalid',
  });
  await expect(VerifyingThreads.open({ threads: 1.5, module, here })).rejects.toMatchObject({ code: 'job-invalid' });
});

test('a claim of the largest size that is shared is read as it was written, beside others; a larger one is not shared', () => {
  const sized = (size: number) => claim(Uint8Array.from({ length: size }, (_, i) => i % 251));
  const largest = 1024 - 32 - 64;
  expect([0, largest, largest + 1].map((size) => SharedClaims.fits(sized(size)))).toEqual([true, true, false]);
  const some = [sized(largest), sized(largest), sized(0)];
  const owner = new SharedClaims();
  owner.open(some);
  const thread = new SharedClaims(owner.memory);
  expect(some.map(() => thread.take())).toEqual(some.map((one, index) => ({ ...one, batch: 1, index })));
});

test('an answer that comes late is none about the next batch', () => {
  const owner = new SharedClaims();
  const thread = new SharedClaims(owner.memory);
  const first = owner.open([claim(Uint8Array.of(1)), claim(Uint8Array.of(2))]);
  const taken = thread.take();
  expect(taken).toMatchObject({ batch: first, index: 0, message: Uint8Array.of(1) });
  const second = owner.open([claim(Uint8Array.of(3))]);
  thread.answer(first, 0, true);
  expect(owner.answerOf(second, 0, 0)).toBeNull();
  thread.answer(second, 0, false);
  expect(owner.answerOf(second, 0, 0)).toBe(false);
});

test('each index is taken once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: CLAIMS_MAX }), fc.infiniteStream(fc.boolean()), (count, whose) => {
      const owner = new SharedClaims();
      const thread = new SharedClaims(owner.memory);
      const one = claim(Uint8Array.of(1));
      owner.open(Array.from({ length: count }, () => one));
      const taken: number[] = [];
      for (let next: number | null = 0; next !== null; ) {
        next = whose.next().value ? owner.takeIndex() : (thread.take()?.index ?? null);
        if (next !== null) taken.push(next);
      }
      expect(taken).toEqual(Array.from({ length: count }, (_, i) => i));
    }),
    { numRuns: 20 },
  );
});
