import { expect, test } from 'vitest';
import { sha256 } from '../../src/consensus/encoding.ts';
import { EquivocationWatch, verifyEquivocation } from '../../src/consensus/equivocation.ts';
import { type Phase, voteStatement } from '../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { testInstance, testKeys } from './cluster.ts';

const { validators, pairs } = testKeys(4);
const instance = testInstance(validators);
const scheme = ed25519();
const signers = pairs.map(ed25519Signer);

interface Cast {
  readonly voter?: number;
  readonly signer?: number;
  readonly incarnation?: number;
  readonly phase?: Phase;
  readonly view?: number;
  readonly of?: string;
}

/** The watch sees these votes go by in view 7: the evidence of each. */
function watched(...casts: readonly Cast[]) {
  const watch = new EquivocationWatch(instance, scheme);
  return casts.map(({ voter = 2, signer = voter, incarnation = 1, phase = 'PREPARE', view = 7, of = 'a' }) => {
    const blockHash = sha256(Buffer.from(of));
    const signature = signers[signer].sign(voteStatement(instance, incarnation, phase, view, blockHash));
    return watch.observe(7, voter, incarnation, phase, view, blockHash, signature);
  });
}

test.each([6, 7])(
  'two votes of one validator, phase and view are evidence in the open view and the one before: %d',
  (view) => {
    for (const phase of ['PREPARE', 'COMMIT'] as const) {
      const [first, second] = watched({ view, phase }, { view, phase, of: 'b' });
      expect(first).toBeNull();
      expect(second).toMatchObject({ validator: 'v2', incarnation: 1, phase, view });
      expect(second !== null && verifyEquivocation(instance, scheme, second)).toBe(true);
    }
  },
);

test.each<[string, Cast, Cast]>([
  ['the same block', {}, {}],
  ['another phase', {}, { phase: 'COMMIT', of: 'b' }],
  ['the view before', {}, { view: 6, of: 'b' }],
  ['another incarnation', {}, { incarnation: 2, of: 'b' }],
  ['another validator', {}, { voter: 3, of: 'b' }],
  ['a view long past', { view: 5 }, { view: 5, of: 'b' }],
  ['a view to come', { view: 8 }, { view: 8, of: 'b' }],
])('a vote and one for %s are none', (_, one, other) => {
  expect(watched(one, other)).toEqual([null, null]);
});

test('a forged vote frames nobody and hides nothing', () => {
  expect(watched({}, { signer: 3, of: 'b' })).toEqual([null, null]);
  const [, forged, found] = watched({}, { signer: 3, of: 'b' }, { of: 'c' });
  expect(forged).toBeNull();
  expect(found).not.toBeNull();
  const [, , late] = watched({ signer: 3 }, { of: 'b' }, { of: 'c' });
  expect(late).not.toBeNull();
});

test('evidence that was changed convinces nobody', () => {
  const [, evidence] = watched({}, { of: 'b' });
  if (evidence === null) throw new Error('there is evidence');
  const [one, other] = evidence.votes;
  const changes = [
    { instance: 'another' },
    { validator: 'v3' },
    { validator: 'stranger' },
    { incarnation: 2 },
    { incarnation: -1 },
    { phase: 'COMMIT' as const },
    { view: 6 },
    { view: 0.5 },
    { votes: [one, one] as const },
    { votes: [one, { ...other, blockHash: other.blockHash.subarray(1) }] as const },
    { votes: [one, { ...other, signature: one.signature }] as const },
  ];
  for (const change of changes) expect(verifyEquivocation(instance, scheme, { ...evidence, ...change })).toBe(false);
  expect(verifyEquivocation(instance, scheme, evidence)).toBe(true);
});
