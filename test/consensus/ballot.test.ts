import { expect, test } from 'vitest';
import {
  type Ballot,
  type BallotCertificate,
  checkBallots,
  claimsOf,
  isBallotSigned,
  signBallot,
  verifyBallotEquivocation,
} from '../../src/consensus/ballot.ts';
import { createInstance } from '../../src/consensus/instance.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { testKeys } from './cluster.ts';

const { validators, pairs } = testKeys(4);
const signers = pairs.map(ed25519Signer);
const instance = createInstance('pbft', 'test', createValidatorSet(validators));
const scheme = ed25519();
const ballot: Ballot = { phase: 'COMMIT', height: 3, view: 1, blockHash: new Uint8Array(32).fill(1) };
const other: Ballot = { ...ballot, blockHash: new Uint8Array(32).fill(2) };
const rules = { quorum: instance.set.quorum, mayCount: (already: boolean) => !already };

function signed(voters: readonly number[], as: Ballot = ballot): BallotCertificate {
  return { ...as, signatures: voters.map((voter) => ({ voter, signature: signBallot(instance, signers[voter], as) })) };
}

test('a quorum of ballots is a certificate', () => {
  expect(checkBallots(instance, scheme, signed([0, 1, 2]), rules)).toBeNull();
  expect(checkBallots(instance, scheme, signed([0, 1, 2], { ...ballot, blockHash: null }), rules)).toBeNull();
});

test('too few, repeated, unknown and forged signers spoil it', () => {
  expect(checkBallots(instance, scheme, signed([0, 1]), rules)).toBe('TOO_FEW_SIGNERS');
  expect(checkBallots(instance, scheme, signed([0, 1, 1]), rules)).toBe('DUPLICATE_SIGNER');
  const stranger = { voter: 4, signature: signBallot(instance, signers[0], ballot) };
  const { signatures } = signed([0, 1, 2]);
  expect(checkBallots(instance, scheme, { ...ballot, signatures: [...signatures, stranger] }, rules)).toBe(
    'UNKNOWN_SIGNER',
  );
  expect(checkBallots(instance, scheme, { ...other, signatures }, rules)).toBe('BAD_SIGNATURE');
});

test.each([
  ['phase', { phase: 'PREPARE' }],
  ['height', { height: 4 }],
  ['view', { view: 2 }],
  ['block', { blockHash: null }],
])('a ballot counts for no other %s', (_what, changed) => {
  const signature = signBallot(instance, signers[0], ballot);
  expect(isBallotSigned(instance, scheme, ballot, { voter: 0, signature })).toBe(true);
  expect(isBallotSigned(instance, scheme, { ...ballot, ...changed }, { voter: 0, signature })).toBe(false);
});

test('a ballot counts in no other instance, protocol or set', () => {
  const signature = signBallot(instance, signers[0], ballot);
  for (const elsewhere of [
    createInstance('pbft', 'other', instance.set),
    createInstance('tendermint', 'test', instance.set),
    createInstance('pbft', 'test', createValidatorSet(validators.slice(0, 3))),
  ])
    expect(isBallotSigned(elsewhere, scheme, ballot, { voter: 0, signature })).toBe(false);
});

test('two ballots for one place convict their signer, and nothing else does', () => {
  const [signature, otherSignature] = [ballot, other].map((one) => signBallot(instance, signers[2], one));
  const evidence = { instance: instance.name, voter: 2, signature, otherSignature, ballots: [ballot, other] } as const;
  expect(verifyBallotEquivocation(instance, scheme, evidence)).toBe(true);
  expect(verifyBallotEquivocation(instance, scheme, { ...evidence, voter: 1 })).toBe(false);
  expect(verifyBallotEquivocation(instance, scheme, { ...evidence, ballots: [ballot, ballot] })).toBe(false);
  const later = { ...other, view: 2 };
  const lawful = {
    ...evidence,
    otherSignature: signBallot(instance, signers[2], later),
    ballots: [ballot, later],
  } as const;
  expect(verifyBallotEquivocation(instance, scheme, lawful)).toBe(false);
});

test('malformed ballots are refused and never thrown over', () => {
  const signature = new Uint8Array(64);
  for (const bad of [{ height: -1 }, { view: 0.5 }, { blockHash: new Uint8Array(31) }, { height: Number.NaN }])
    expect(isBallotSigned(instance, scheme, { ...ballot, ...bad }, { voter: 0, signature })).toBe(false);
  expect(isBallotSigned(instance, scheme, ballot, { voter: 9, signature })).toBe(false);
});

test('what is claimed of signatures is what their check will look at; nothing is claimed of strangers or of malformed ballots', () => {
  const { signatures } = signed([0, 2]);
  const asked: Uint8Array[][] = [];
  const verify = (...claim: Uint8Array[]): boolean => asked.push(claim) > 0;
  for (const by of signatures) isBallotSigned(instance, { verify }, ballot, by);
  const claimed = claimsOf(instance, ballot, [...signatures, { voter: 9, signature: new Uint8Array(64) }]);
  expect(claimed.map(({ publicKey, message, signature }) => [publicKey, message, signature])).toEqual(asked);
  expect(claimed.every(({ publicKey, message, signature }) => scheme.verify(publicKey, message, signature))).toBe(true);
  expect(claimsOf(instance, { ...ballot, height: -1 }, signatures)).toEqual([]);
});
