import { expect, test } from 'vitest';
import { hex } from '../../src/consensus/encoding.ts';
import {
  generateKeyPair,
  keyPairFromPem,
  keyPairFromSeed,
  privateKeyToPem,
  publicKeyFromBase64,
  publicKeyFromPem,
  publicKeyToBase64,
  publicKeyToPem,
} from '../../src/consensus/keys.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';

test('RFC 8032, 7.1, test 1', () => {
  const keys = keyPairFromSeed(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'));
  expect(hex(keys.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  const signature = ed25519Signer(keys).sign(new Uint8Array(0));
  expect(hex(signature)).toBe(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
  expect(ed25519().verify(keys.publicKey, new Uint8Array(0), signature)).toBe(true);
});

test('keys survive PEM and base64', () => {
  const keys = generateKeyPair();
  expect(keyPairFromPem(privateKeyToPem(keys.privateKey)).publicKey).toEqual(keys.publicKey);
  expect(publicKeyFromPem(publicKeyToPem(keys.publicKey))).toEqual(keys.publicKey);
  expect(publicKeyFromBase64(publicKeyToBase64(keys.publicKey))).toEqual(keys.publicKey);
});

test('what is no key is refused, and the error does not repeat a secret', () => {
  for (const bad of ['', 'AAAA', `${publicKeyToBase64(generateKeyPair().publicKey)}=`]) {
    expect(() => publicKeyFromBase64(bad)).toThrow('BAD_KEY');
  }
  expect(() => publicKeyFromPem('nonsense')).toThrow('BAD_KEY');
  expect(() => keyPairFromPem('my secret')).toThrow(/^(?!.*my secret)BAD_KEY/s);
});

test('remembered signatures answer as the scheme does', () => {
  const keys = generateKeyPair();
  const memo = new VerifiedSignatures(ed25519(), 2);
  const signature = memo.signer(ed25519Signer(keys)).sign(Buffer.from('a'));
  expect(memo.verify(keys.publicKey, Buffer.from('a'), signature)).toBe(true);
  expect(memo.verify(keys.publicKey, Buffer.from('b'), signature)).toBe(false);
  expect(memo.verify(generateKeyPair().publicKey, Buffer.from('a'), signature)).toBe(false);
  expect(memo.verify(new Uint8Array(5), Buffer.from('a'), signature)).toBe(false);
  expect(memo.verify(keys.publicKey, Buffer.from('a'), new Uint8Array(3))).toBe(false);
});

test('what was remembered does not count under another division into signature, key and message', () => {
  const liar = generateKeyPair();
  const { publicKey } = generateKeyPair();
  const memo = new VerifiedSignatures(ed25519());
  const forged = Buffer.from('said by nobody');
  // The liar signs a message of its own choice that holds another's key and what that one is to have said.
  const message = Buffer.concat([Buffer.from('mine'), publicKey, forged]);
  const signature = ed25519Signer(liar).sign(message);
  expect(memo.verify(liar.publicKey, message, signature)).toBe(true);
  const stretched = Buffer.concat([signature, liar.publicKey, Buffer.from('mine')]);
  expect(memo.knows({ publicKey, message: forged, signature: stretched })).toBe(false);
  expect(memo.verify(publicKey, forged, stretched)).toBe(false);
});

test('any two quorums share an honest validator, and the honest alone are one', () => {
  for (let n = 1; n <= 40; n++) {
    const members = Array.from({ length: n }, (_, i) => ({ id: `v${i}`, publicKey: new Uint8Array(32).fill(i + 1) }));
    const { faulty, quorum } = createValidatorSet(members);
    expect(2 * quorum - n).toBeGreaterThan(faulty);
    expect(quorum).toBeLessThanOrEqual(n - faulty);
    if (n % 3 === 1) expect(quorum).toBe(2 * faulty + 1);
  }
});

test('a validator set is the same in any order, and refuses what would count twice', () => {
  const [a, b] = [generateKeyPair(), generateKeyPair()].map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }));
  expect(createValidatorSet([b, a]).hash).toEqual(createValidatorSet([a, b]).hash);
  expect(() => createValidatorSet([a, { ...b, id: a.id }])).toThrow('BAD_VALIDATOR_SET');
  expect(() => createValidatorSet([a, { ...a, id: 'again' }])).toThrow('BAD_VALIDATOR_SET');
  expect(() => createValidatorSet([])).toThrow('BAD_VALIDATOR_SET');
  expect(() => createValidatorSet([{ id: 'short', publicKey: new Uint8Array(31) }])).toThrow('BAD_VALIDATOR_SET');
});
