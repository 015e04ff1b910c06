import { expect, test } from 'vitest';
import { type Certificate, checkCertificate } from '../../src/consensus/certificate.ts';
import { type Hash, sha256 } from '../../src/consensus/encoding.ts';
import { verifyEquivocation } from '../../src/consensus/equivocation.ts';
import type { Instance } from '../../src/consensus/instance.ts';
import { type Phase, voteStatement } from '../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { testInstance, testKeys } from './cluster.ts';

const { validators, pairs } = testKeys(4);
const instance = testInstance(validators);
const scheme = ed25519();
const blockHash = sha256(Buffer.from('block'));
const expected = { phase: 'COMMIT', blockHash } as const;

function vote(
  i: number,
  where: Instance = instance,
  phase: Phase = 'COMMIT',
  view = 5,
  hash: Hash = blockHash,
  incarnation = 1,
) {
  const signature = ed25519Signer(pairs[i]).sign(voteStatement(where, incarnation, phase, view, hash));
  return { validator: `v${i}`, incarnation, signature };
}

const good: Certificate = { phase: 'COMMIT', view: 5, blockHash, signatures: [vote(3), vote(0), vote(1)] };
const check = (certificate: Certificate) => checkCertificate(instance, scheme, certificate, expected);
const withSignatures = (...signatures: Certificate['signatures']) => check({ ...good, signatures });

test("a quorum's votes count, in any order, and so do more", () => {
  expect(check(good)).toBe(null);
  expect(withSignatures(vote(0), vote(1), vote(2), vote(3))).toBe(null);
});

test('a certificate is refused for each thing that may be wrong with it', () => {
  expect(withSignatures(vote(0), vote(1))).toBe('TOO_FEW_SIGNERS');
  expect(withSignatures(vote(0), vote(1), vote(1))).toBe('DUPLICATE_SIGNER');
  expect(withSignatures(vote(0), vote(1), { ...vote(2), validator: 'stranger' })).toBe('UNKNOWN_SIGNER');
  expect(withSignatures(vote(0), vote(1), { ...vote(2), validator: 'v3' })).toBe('BAD_SIGNATURE');
  expect(withSignatures(vote(0), vote(1), { ...vote(2), signature: new Uint8Array(64) })).toBe('BAD_SIGNATURE');
  expect(withSignatures(vote(0), vote(1), { ...vote(2), incarnation: 2 })).toBe('BAD_SIGNATURE');
  expect(withSignatures(vote(0), vote(1), { ...vote(2), incarnation: -1 })).toBe('MALFORMED');
  expect(check({ ...good, view: 6 })).toBe('BAD_SIGNATURE');
  expect(check({ ...good, view: 0.5 })).toBe('MALFORMED');
  expect(check({ ...good, phase: 'PREPARE' })).toBe('WRONG_PHASE');
  expect(check({ ...good, blockHash: sha256(blockHash) })).toBe('WRONG_BLOCK');
});

test('votes of another phase, view, block, instance or validator set do not count', () => {
  const others = [
    vote(2, instance, 'PREPARE'),
    vote(2, instance, 'COMMIT', 4),
    vote(2, instance, 'COMMIT', 5, sha256(blockHash)),
    vote(2, testInstance(validators, 'test/aura.proposals/1')),
    vote(2, testInstance(validators.slice(0, 3))),
  ];
  for (const other of others) expect(withSignatures(vote(0), vote(1), other)).toBe('BAD_SIGNATURE');
});

test('two votes for different blocks are evidence, and nothing less is', () => {
  const other = sha256(Buffer.from('other block'));
  const votes = [
    { blockHash, signature: vote(2).signature },
    { blockHash: other, signature: vote(2, instance, 'COMMIT', 5, other).signature },
  ] as const;
  const evidence = {
    instance: instance.name,
    validator: 'v2',
    incarnation: 1,
    phase: 'COMMIT',
    view: 5,
    votes,
  } as const;
  const verify = (changed: Partial<typeof evidence> | object) =>
    verifyEquivocation(instance, scheme, { ...evidence, ...changed });
  expect(verify({})).toBe(true);
  expect(verify({ validator: 'v1' })).toBe(false);
  expect(verify({ validator: 'stranger' })).toBe(false);
  expect(verify({ view: 4 })).toBe(false);
  for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) {
    expect(verify({ view: bad })).toBe(false);
    expect(verify({ incarnation: bad })).toBe(false);
  }
  expect(verify({ phase: 'PREPARE' })).toBe(false);
  expect(verify({ instance: 'test/aura.proposals/1' })).toBe(false);
  expect(verify({ votes: [votes[0], votes[0]] })).toBe(false);
  // A vote of the incarnation before, still on its way when its process was killed, frames nobody.
  const before = vote(2, instance, 'COMMIT', 5, other, 2).signature;
  expect(verify({ votes: [votes[0], { blockHash: other, signature: before }] })).toBe(false);
});
