import { describe, expect, it } from 'vitest';
import type { Proposal } from '../../schemas/records.ts';
import { Planner } from '../../src/interventions/planner.ts';
import { checkProposal, proposalId } from '../../src/interventions/proposal.ts';
import { agents, cell, policyWith, scoresAt } from './world.ts';

function goodProposal(): Proposal {
  const planner = new Planner(cell);
  const specs = agents({ agent: 'a04', failure: 0.85, deviation: { saturation: 12, traffic: 5 } });
  planner.plan(scoresAt(0, specs), null, policyWith());
  return planner.plan(scoresAt(1, specs), null, policyWith()).proposals[0];
}

describe('proposalId', () => {
  const wish = {
    tenant: 'acme',
    fleet: 'shop',
    cell: 7,
    kind: 'THROTTLE' as const,
    targets: ['a01', 'a02'],
    parameters: [{ name: 'keep', value: 0.5 }],
    createdMs: 1_700_000_001_000,
    expiresMs: 1_700_000_061_000,
    undo: 'lift it',
    expectedBenefit: 1.5,
    cost: 0.0125,
    reason: 'why →',
    evidence: {
      windowStartMs: 1_700_000_000_000,
      windowEndMs: 1_700_000_001_000,
      snapshotHash: Buffer.alloc(32, 1),
      model: 'm',
      horizonMs: 10_000,
      cascade: 0.1,
      agents: [
        {
          agent: 'a01',
          failure: 0.85,
          silentMs: 100,
          deviation: { latency: 9.25, traffic: -0.5, errors: 0, saturation: 12 },
        },
        { agent: 'a02', failure: 1, silentMs: 0, deviation: { latency: 0, traffic: 0, errors: 0, saturation: 1e-7 } },
      ],
    },
  };

  it('is the first half of the SHA-256 of all that the wish says', () => {
    // hashlib of Python 3.11.7 over the JSON of the values, written there by hand.
    expect(proposalId(wish)).toBe('f888defd608307fe3e8dee1717fbc0de');
  });

  it('is another one for whatever else is said', () => {
    const changed = (value: unknown): unknown => {
      if (typeof value === 'number') return value + 1;
      if (typeof value === 'string') return `${value}x`;
      return Buffer.alloc(32, 2);
    };
    /** Every copy of a value in which one leaf is another. */
    function* variants(value: unknown): Generator<unknown> {
      if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) yield changed(value);
      else if (Array.isArray(value))
        for (const [i, item] of value.entries()) for (const other of variants(item)) yield value.with(i, other);
      else
        for (const [name, item] of Object.entries(value))
          for (const other of variants(item)) yield { ...value, [name]: other };
    }
    const all = [...variants(wish)] as (typeof wish)[];
    expect(all.length).toBe(34);
    expect(new Set([wish, ...all].map(proposalId)).size).toBe(all.length + 1);
  });
});

describe('checkProposal', () => {
  const good = goodProposal();
  const evidenceWith = (change: Partial<Proposal['evidence']>): Partial<Proposal> => ({
    evidence: { ...good.evidence, ...change },
  });
  const extractWith = (change: object): Partial<Proposal> =>
    evidenceWith({ agents: [{ ...good.evidence.agents[0], ...change }] });

  it('has nothing against what the planner makes', () => {
    expect(checkProposal(good)).toBeNull();
  });

  it.each<[string, Partial<Proposal>, string]>([
    ['PROPOSAL_INVALID', { tenant: '' }, 'tenant is ""'],
    ['PROPOSAL_INVALID', { fleet: 'a b' }, 'fleet is "a b"'],
    ['PROPOSAL_INVALID', { cell: -1 }, 'cell is -1'],
    ['PROPOSAL_INVALID', { targets: [] }, 'targets is 0'],
    ['PROPOSAL_INVALID', { targets: ['b', 'a'] }, 'ascending'],
    ['PROPOSAL_INVALID', { targets: ['a', 'a'] }, 'none twice'],
    ['PROPOSAL_INVALID', { targets: ['a/b'] }, 'valid ids'],
    ['PROPOSAL_INVALID', { targets: Array.from({ length: 257 }, (_, i) => `a${1000 + i}`) }, 'targets is 257'],
    ['PROPOSAL_INVALID', { createdMs: good.createdMs + 1 }, 'createdMs'],
    ['PROPOSAL_INVALID', { expiresMs: good.createdMs }, 'after createdMs'],
    ['PROPOSAL_INVALID', { expiresMs: Number.NaN }, 'expiresMs is NaN'],
    ['PROPOSAL_INVALID', { expectedBenefit: -1 }, 'expectedBenefit is -1'],
    ['PROPOSAL_INVALID', { expectedBenefit: Number.POSITIVE_INFINITY }, 'expectedBenefit is Infinity'],
    ['PROPOSAL_INVALID', { cost: Number.NaN }, 'cost is NaN'],
    ['PROPOSAL_INVALID', { undo: '' }, 'undo'],
    ['PROPOSAL_INVALID', { reason: 'x'.repeat(1001) }, 'reason'],
    ['PROPOSAL_INVALID', evidenceWith({ windowStartMs: good.createdMs }), 'window is 0'],
    ['PROPOSAL_INVALID', evidenceWith({ windowStartMs: -1 }), 'evidence.windowStartMs is -1'],
    ['PROPOSAL_INVALID', evidenceWith({ snapshotHash: new Uint8Array(20) }), '32 bytes'],
    ['PROPOSAL_INVALID', evidenceWith({ model: '' }), 'evidence.model'],
    ['PROPOSAL_INVALID', evidenceWith({ horizonMs: 0 }), 'evidence.horizonMs is 0'],
    ['PROPOSAL_INVALID', evidenceWith({ cascade: 2 }), 'evidence.cascade is 2'],
    ['PROPOSAL_INVALID', evidenceWith({ agents: [] }), 'one for each target'],
    ['PROPOSAL_INVALID', extractWith({ agent: 'a05' }), 'the target in the same place'],
    ['PROPOSAL_INVALID', extractWith({ failure: 1.1 }), 'failure is 1.1'],
    ['PROPOSAL_INVALID', extractWith({ silentMs: -5 }), 'silentMs is -5'],
    [
      'PROPOSAL_INVALID',
      extractWith({ deviation: { latency: 51, traffic: 0, errors: 0, saturation: 0 } }),
      '-50 to 50',
    ],
    ['KIND_UNKNOWN', { kind: 'UNKNOWN' }, '"UNKNOWN" is not in the catalogue'],
    ['PARAMETERS_INVALID', { parameters: [] }, 'valid is [keep]'],
    ['PARAMETERS_INVALID', { parameters: [{ name: 'keep', value: 0 }] }, 'keep is 0, valid is 0.05 to 0.95'],
    ['PARAMETERS_INVALID', { parameters: [{ name: 'keep', value: Number.NaN }] }, 'keep is NaN'],
    ['PARAMETERS_INVALID', { parameters: [...good.parameters, { name: 'more', value: 1 }] }, 'valid is [keep]'],
    ['ID_MISMATCH', { id: 'ffff' }, 'its contents give'],
    ['ID_MISMATCH', { fleet: 'other' }, good.id],
  ])('%s: %o', (code, change, words) => {
    const problem = checkProposal({ ...good, ...change });
    expect(problem?.code).toBe(code);
    expect(problem?.reason).toContain(words);
  });

  it('keeps its answers short, whatever it is fed', () => {
    const problem = checkProposal({ ...good, tenant: 'x'.repeat(1_000_000) });
    expect(problem?.reason.length).toBeLessThan(400);
  });
});
