/** Which signatures a replica looks at, and that votes which it has not looked at do no harm. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BallotCertificate, checkBallots, signBallot } from '../../../src/consensus/ballot.ts';
import { type Block, hashBlock } from '../../../src/consensus/block.ts';
import type { Effect } from '../../../src/consensus/core.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import type { PbftMessage, PbftVocabulary, Phase, PrePrepare, Vote } from '../../../src/consensus/pbft/message.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { PbftReplica } from '../../../src/consensus/pbft/replica.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

const N = 7;
const QUORUM = 5;
/** The replica under test; 0 is the primary. */
const SELF = 6;

const ideal = new IdealSignatures();
const signers = Array.from({ length: N }, (_, i) => ideal.createSigner(i));
const set = createValidatorSet(signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
const instance = createInstance('pbft', 'test', set);
const rules = { quorum: QUORUM, mayCount: (again: boolean) => !again };

const proposal = { offset: 0, digest: new Uint8Array(32).fill(7), decidedMs: 5 };
const block: Block = {
  height: 1,
  parent: instance.genesis,
  view: 0,
  items: [{ ...proposal, verdict: 'APPROVED', reason: '', dryRun: false }],
};
const blockHash = hashBlock(instance, block);
const otherHash = new Uint8Array(32).fill(9);
const prePrepare: PrePrepare = {
  type: 'prePrepare',
  from: 0,
  view: 0,
  block,
  signature: signBallot(instance, signers[0], { phase: 'PREPARE', height: 1, view: 0, blockHash }),
};

function vote(from: number, phase: Phase, voted = blockHash, view = 0, signer = signers[from]): Vote {
  const signature = signBallot(instance, signer, { phase, height: 1, view, blockHash: voted });
  return { type: 'vote', from, phase, height: 1, view, blockHash: voted, signature };
}

function begin() {
  const verified: number[] = [];
  const scheme = {
    verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
      verified.push(set.validators.findIndex((one) => one.publicKey === publicKey));
      return ideal.verify(publicKey, message, signature);
    },
  };
  const parameters = createPbftParameters();
  const replica = new PbftReplica({ instance, index: SELF, signer: signers[SELF], scheme, parameters, records: [] });
  replica.step({ type: 'start', nonce: new Uint8Array(16) });
  replica.step({ type: 'offered', proposal, check: { verdict: 'approve', dryRun: false } });
  const hear = (message: PbftMessage): readonly Effect<PbftVocabulary>[] =>
    replica.step({ type: 'message', position: 0, message });
  return { replica, verified, hear };
}

const proofsIn = (effects: readonly Effect<PbftVocabulary>[]): BallotCertificate[] =>
  effects.flatMap((effect) => (effect.type === 'committed' ? [effect.certificate] : []));

describe('signatures looked at', () => {
  test('are no more than a quorum takes, however many vote', () => {
    const { replica, verified, hear } = begin();
    hear(prePrepare);
    for (const phase of ['PREPARE', 'COMMIT'] as const) for (let i = 1; i < SELF; i++) hear(vote(i, phase));
    expect(replica.height).toBe(1);
    // The primary's and its own count too.
    expect(verified).toHaveLength(1 + (QUORUM - 2) + (QUORUM - 1));
  });

  test('are none of votes for another block, of those that are too few, or of a height without a block', () => {
    const { verified, hear } = begin();
    for (const phase of ['PREPARE', 'COMMIT'] as const) for (let i = 1; i < SELF; i++) hear(vote(i, phase, otherHash));
    expect(verified).toEqual([]);
    hear(prePrepare);
    expect(verified).toEqual([0]);
  });

  test('are those of one voter alone when it votes twice, once, and it is accused', () => {
    const { verified, hear } = begin();
    expect(hear(vote(3, 'PREPARE'))).toEqual([]);
    const accused = hear(vote(3, 'PREPARE', otherHash));
    expect(accused.map(({ type }) => type)).toEqual(['equivocation']);
    for (let i = 0; i < 5; i++) hear(vote(3, 'PREPARE', new Uint8Array(32).fill(20 + i)));
    expect(verified).toEqual([3, 3]);
  });
});

test('nobody is accused for a vote that somebody else put into its mouth, before or after its own', () => {
  const forged = vote(3, 'PREPARE', otherHash, 0, signers[2]);
  for (const order of [
    [forged, vote(3, 'PREPARE')],
    [vote(3, 'PREPARE'), forged],
  ]) {
    const { hear } = begin();
    const effects = order.flatMap((message) => hear(message));
    expect(effects.filter(({ type }) => type === 'equivocation')).toEqual([]);
  }
});

test('it never repeats a vote in its own name that is not its own', () => {
  const { hear } = begin();
  hear(vote(SELF, 'PREPARE', otherHash, 0, signers[2]));
  const status = { type: 'status', from: 1, view: 0, isChanging: false, height: 0, low: 0, held: [] } as const;
  hear(prePrepare);
  const repeated = hear(status).flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  for (const message of repeated) if (message.type === 'vote') expect(message.blockHash).toEqual(blockHash);
  expect(repeated.map(({ type }) => type)).toEqual(['prePrepare', 'vote']);
});

test('forged votes, in any number and at any time, keep no honest quorum from deciding, and get into no certificate', () => {
  const real = [
    prePrepare,
    ...(['PREPARE', 'COMMIT'] as const).flatMap((phase) => [1, 2, 3, 4].map((i) => vote(i, phase))),
  ];
  const forgery = fc.record({
    from: fc.integer({ min: 0, max: SELF }),
    phase: fc.constantFrom<Phase>('PREPARE', 'COMMIT'),
    voted: fc.constantFrom(blockHash, otherHash),
    view: fc.constantFrom(0, 0, 1, 2 ** 40),
    at: fc.nat({ max: real.length }),
  });
  fc.assert(
    fc.property(
      fc.array(forgery, { maxLength: 40, size: 'max' }),
      fc.shuffledSubarray(real.slice(1), { minLength: 8 }),
      (forged, votes) => {
        const { replica, hear } = begin();
        const proofs: BallotCertificate[] = [];
        // The primary's block comes first, or the votes would wait for it to be sent again.
        for (const [i, message] of [prePrepare, ...votes].entries()) {
          for (const { from, phase, voted, view, at } of forged)
            if (at === i) proofs.push(...proofsIn(hear(vote(from, phase, voted, view, signers[5]))));
          proofs.push(...proofsIn(hear(message)));
        }
        expect(replica.height).toBe(1);
        expect(proofs).toHaveLength(1);
        expect(checkBallots(instance, ideal, proofs[0], rules)).toBeNull();
      },
    ),
  );
});

test('who stands still says what it has, and is told what it has not', () => {
  const { hear, replica } = begin();
  hear(prePrepare);
  hear(vote(1, 'PREPARE'));
  replica.step({ type: 'timer', timer: 'resend', view: 0 });
  const told = replica.step({ type: 'timer', timer: 'resend', view: 0 });
  const said = told.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'status' ? [effect.message] : [],
  );
  expect(said[0]?.held).toEqual([{ height: 1, prepares: [0, 1, SELF], commits: [] }]);

  const status = { type: 'status', from: 2, view: 0, isChanging: false, height: 0, low: 0 } as const;
  const answer = (prepares: readonly number[], commits: readonly number[]): string[] =>
    hear({ ...status, held: [{ height: 1, prepares, commits }] }).flatMap((effect) =>
      effect.type === 'send' ? [effect.message.type === 'vote' ? effect.message.phase : effect.message.type] : [],
    );
  expect(answer([0, 2], [])).toEqual(['PREPARE']);
  expect(answer([0, 2, SELF], [])).toEqual([]);
  for (const i of [2, 3]) hear(vote(i, 'PREPARE'));
  expect(answer([0, 2], [])).toEqual(['PREPARE', 'COMMIT']);
  // It has voted COMMIT, so it has its PREPARE certificate.
  expect(answer([0, 2], [2])).toEqual(['COMMIT']);
});
