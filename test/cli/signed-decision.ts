/** One decision as four validators would sign it, without running them: for tests of those who check decisions. */
import { GenuineDecisions } from '../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../pipelines/topics.ts';
import type { Decision, Proposal } from '../../schemas/records.ts';
import { type Block, hashBlock } from '../../src/consensus/block.ts';
import { toDecision, verdictsOf } from '../../src/consensus/decision.ts';
import { sha256 } from '../../src/consensus/encoding.ts';
import { createInstance } from '../../src/consensus/instance.ts';
import { type KeyPair, keyPairFromSeed } from '../../src/consensus/keys.ts';
import { voteStatement } from '../../src/consensus/message.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet, type Validator } from '../../src/consensus/validator-set.ts';
import { proposalId } from '../../src/interventions/proposal.ts';

export const pairs: readonly KeyPair[] = [1, 2, 3, 4].map((seed) => keyPairFromSeed(new Uint8Array(32).fill(seed)));
export const validators: readonly Validator[] = pairs.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }));

/** Who decides by `signedDecision`. */
export const agreement = { cluster: 'test', set: createValidatorSet(validators) };

export function genuine(topics: Topics): GenuineDecisions {
  return new GenuineDecisions(topics, agreement);
}

export function proposalOf(changes: Partial<Proposal> = {}): Proposal {
  return {
    id: '00ff',
    tenant: 'demo',
    fleet: 'reference',
    cell: 0,
    kind: 'THROTTLE',
    targets: ['store-00'],
    parameters: [{ name: 'keep', value: 0.5 }],
    createdMs: 1_700_000_000_000,
    expiresMs: 1_700_000_060_000,
    undo: 'lift it',
    expectedBenefit: 1,
    cost: 0.01,
    reason: 'saturation',
    evidence: {
      windowStartMs: 1_699_999_999_000,
      windowEndMs: 1_700_000_000_000,
      snapshotHash: Buffer.alloc(32, 1),
      model: 'm',
      horizonMs: 10_000,
      cascade: 0.1,
      agents: [],
    },
    ...changes,
  };
}

/** One whose id follows from what it says. */
export function wishOf(changes: Partial<Omit<Proposal, 'id'>> = {}): Proposal {
  const proposal = proposalOf(changes);
  return { ...proposal, id: proposalId(proposal) };
}

interface Electors {
  /** The first three sign. */
  readonly pairs: readonly KeyPair[];
  readonly instance: string;
}

const electors: Electors = { pairs, instance: 'test/aura.proposals/0' };

/** `value`: the proposal's record. Signed by three of the four. */
export function signedDecision(
  proposal: Proposal,
  value: Uint8Array,
  dryRun = false,
  by: Partial<Electors> = {},
): Decision {
  const { pairs, instance: name } = { ...electors, ...by };
  const members = pairs.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }));
  const instance = createInstance('hotstuff-2', name, createValidatorSet(members));
  const item = {
    offset: 0,
    digest: sha256(value),
    verdict: 'APPROVED',
    reason: '',
    dryRun,
    decidedMs: proposal.createdMs,
  } as const;
  const block: Block = { height: 1, parent: instance.genesis, view: 1, items: [item] };
  const blockHash = hashBlock(instance, block);
  const vote = voteStatement(instance, 1, 'COMMIT', 1, blockHash);
  const signatures = pairs
    .slice(0, 3)
    .map((pair, i) => ({ validator: `v${i}`, incarnation: 1, signature: ed25519Signer(pair).sign(vote) }));
  const [verdict] = verdictsOf(instance, block, { phase: 'COMMIT', view: 1, blockHash, signatures });
  return toDecision(verdict, value, proposal);
}
