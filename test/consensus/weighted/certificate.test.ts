import { expect, test } from 'vitest';
import { type BlockHeader, hashHeader } from '../../../src/consensus/block.ts';
import type { Certificate } from '../../../src/consensus/certificate.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { voteStatement } from '../../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { checkWeightedCertificate } from '../../../src/consensus/weighted/certificate.ts';
import { hashEndorsement, PROTOCOL, protocolFor, weightedVariant } from '../../../src/consensus/weighted/electorate.ts';
import { testKeys } from '../cluster.ts';

// Five validators, one of whom may lie: v0 and v1 weigh 2, the others 1, and 5 of 7 bind.
const { validators, pairs } = testKeys(5);
const set = createValidatorSet(validators);
const scheme = ed25519();
const endorsement = { below: sha256(Buffer.from('below')), heavy: [0, 1], signedBelow: [0, 1, 2] };

const headerUnder = (under: typeof endorsement): BlockHeader => ({
  height: 7,
  parent: hashEndorsement(under),
  view: 9,
  itemsRoot: sha256(Buffer.from('items')),
  itemCount: 1,
});

function make(signers: readonly number[], under = endorsement, faulty?: number) {
  const instance = createInstance(faulty === undefined ? PROTOCOL : protocolFor(faulty), 'test/0', set);
  const header = headerUnder(under);
  const blockHash = hashHeader(instance, header);
  const signatures = signers.map((i) => ({
    validator: `v${i}`,
    incarnation: 1,
    signature: ed25519Signer(pairs[i]).sign(voteStatement(instance, 1, 'COMMIT', 9, blockHash)),
  }));
  const certificate: Certificate = { phase: 'COMMIT', view: 9, blockHash, signatures, endorsement: under };
  return { instance, header, certificate };
}

const check = ({ instance, header, certificate }: ReturnType<typeof make>) =>
  checkWeightedCertificate(instance, scheme, header, certificate);

test('two heavy votes and another bind, and so do all but one of the heavy', () => {
  expect(check(make([0, 1, 4]))).toBe(null);
  expect(check(make([1, 2, 3, 4]))).toBe(null);
});

test('heads without weight do not, nor weight without heads', () => {
  expect(check(make([1, 2, 3]))).toBe('TOO_LITTLE_WEIGHT');
  expect(check(make([2, 3, 4]))).toBe('TOO_LITTLE_WEIGHT');
  expect(check(make([0, 1]))).toBe('TOO_FEW_SIGNERS');
  expect(check(make([0, 1, 1]))).toBe('DUPLICATE_SIGNER');
});

test('weights other than those the signers voted under count for nothing', () => {
  const made = make([1, 2, 3]);
  const heavier = { ...endorsement, heavy: [1, 2] };
  expect(check({ ...made, certificate: { ...made.certificate, endorsement: heavier } })).toBe('WRONG_WEIGHTS');
  const { endorsement: _left, ...bare } = made.certificate;
  expect(check({ ...made, certificate: bare })).toBe('NO_WEIGHTS');
  for (const heavy of [[0, 1, 2], [1], [1, 1], [0, 5]]) {
    expect(check(make([0, 1, 2], { ...endorsement, heavy }))).toBe('WRONG_WEIGHTS');
  }
  for (const heavy of [
    [-1, 1],
    [0.5, 1],
    [Number.NaN, 1],
  ]) {
    const hostile = { ...made.certificate, endorsement: { ...endorsement, heavy } };
    expect(check({ ...made, certificate: hostile })).toBe('WRONG_WEIGHTS');
  }
});

test('a protocol that tolerates fewer liars goes by a name of its own', () => {
  const names = [undefined, 0, 1, 2].map((faulty) => weightedVariant(faulty).protocol);
  expect(names).toEqual([PROTOCOL, protocolFor(0), protocolFor(1), protocolFor(2)]);
  expect(new Set(names).size).toBe(4);
});

test('a certificate that tolerates fewer liars counts only where that is what was agreed', () => {
  const made = make([0, 1, 2], { ...endorsement, heavy: [] }, 0);
  expect(checkWeightedCertificate(made.instance, scheme, made.header, made.certificate, 0)).toBe(null);
  expect(check(made)).toBe('WRONG_WEIGHTS');
});

test('the bytes that a block names as its weights cannot be read as other weights', () => {
  // v0 and v2 are heavy; v0, v1 and v4 signed below. As numbers: 2 0 2, 3 0 1 4.
  const made = make([0, 1, 3], { ...endorsement, heavy: [0, 2], signedBelow: [0, 1, 4] });
  expect(check(made)).toBe('TOO_LITTLE_WEIGHT');
  // Read from the third number on: 2 3 0, 1 4.
  const below = Buffer.concat([endorsement.below, Buffer.from('0000000200000000', 'hex')]);
  const shifted = { below, heavy: [3, 0], signedBelow: [4] };
  expect(check({ ...made, certificate: { ...made.certificate, endorsement: shifted } })).toBe('WRONG_WEIGHTS');
});
