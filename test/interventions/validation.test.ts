import { describe, expect, it } from 'vitest';
import type { Policy, Proposal, Snapshot } from '../../schemas/records.ts';
import type { Decided } from '../../src/interventions/decided.ts';
import { approvalsMax, DecisionLedger } from '../../src/interventions/ledger.ts';
import { Planner } from '../../src/interventions/planner.ts';
import { proposalId } from '../../src/interventions/proposal.ts';
import { type ValidatorView, validateProposal } from '../../src/interventions/validation.ts';
import { agents, cell, decisionOn, hashOf, policyWith, scoresOf, snapshotOf } from './world.ts';

const specs = agents(
  { agent: 'a04', failure: 0.85, deviation: { saturation: 12, latency: 9, traffic: 5 } },
  { agent: 'a05', failure: 0.9, deviation: { errors: 30 } },
);
const snapshots = [0, 1].map((window) => snapshotOf(window, specs));
const [, snapshot] = snapshots;
const planner = new Planner(cell);
const plans = snapshots.map((one) => planner.plan(scoresOf(one, specs), null, policyWith()));
const good = plans[1].proposals.find((one) => one.kind === 'THROTTLE') as Proposal;
const isolate = plans[1].proposals.find((one) => one.kind === 'ISOLATE') as Proposal;

function viewWith(change: Partial<ValidatorView> = {}, policy: Partial<Policy> = {}): ValidatorView {
  return {
    policy: policyWith(policy),
    ledger: new DecisionLedger(),
    snapshot: { record: snapshot, hash: hashOf(snapshot) },
    cellReachedMs: snapshot.windowEndMs,
    snapshotOverdue: false,
    ...change,
  };
}

function ledgerOf(...items: readonly Decided[]): DecisionLedger {
  const ledger = new DecisionLedger();
  for (const item of items) ledger.record(item);
  return ledger;
}

/** An earlier approval of the cell. */
function earlier(beforeMs: number, change: Partial<Decided> = {}): Decided {
  const decidedMs = good.createdMs - beforeMs;
  return {
    ...decisionOn(good),
    proposalId: `earlier-${beforeMs}`,
    decidedMs,
    expiresMs: decidedMs + 60_000,
    ...change,
  };
}

/** Another proposal with an id that fits its contents, as whoever tampers would see to. */
function forged(change: Partial<Proposal>): Proposal {
  const proposal = { ...good, ...change };
  return { ...proposal, id: proposalId(proposal) };
}

function codeOf(proposal: Proposal, view: ValidatorView): string {
  const judgement = validateProposal(proposal, view);
  return judgement.verdict === 'reject' ? judgement.code : judgement.verdict;
}

describe('validateProposal', () => {
  it('approves what the snapshot, the policy and the ledger bear out', () => {
    expect(validateProposal(good, viewWith())).toEqual({ verdict: 'approve', dryRun: false });
    expect(validateProposal(good, viewWith({}, { dryRun: true }))).toEqual({ verdict: 'approve', dryRun: true });
  });

  it('waits for a snapshot that may still come, and no longer', () => {
    const behind = { snapshot: null, cellReachedMs: snapshot.windowStartMs };
    expect(codeOf(good, viewWith(behind))).toBe('wait');
    expect(codeOf(good, viewWith({ snapshot: null, cellReachedMs: null }))).toBe('wait');
    expect(codeOf(good, viewWith({ ...behind, cellReachedMs: snapshot.windowEndMs }))).toBe('SNAPSHOT_UNKNOWN');
    expect(codeOf(good, viewWith({ ...behind, snapshotOverdue: true }))).toBe('SNAPSHOT_UNKNOWN');
  });

  it('does not wait where the proposal is wrong in any case', () => {
    const none = { snapshot: null, cellReachedMs: null };
    expect(codeOf({ ...good, id: 'x' }, viewWith(none))).toBe('ID_MISMATCH');
    expect(codeOf(good, viewWith(none, { stopped: true }))).toBe('TENANT_STOPPED');
  });

  it.each<[string, Partial<Policy>]>([
    ['TENANT_STOPPED', { stopped: true }],
    ['KIND_NOT_ALLOWED', { allowedKinds: ['ISOLATE'] }],
    ['LIFETIME_TOO_LONG', { maxLifetimeMs: 1000 }],
    ['FAILURE_TOO_LOW', { minFailure: 0.86 }],
    ['BUDGET_SPENT', { budget: 0 }],
    ['BLAST_RADIUS', { blastRadius: 0.04 }],
  ])('%s by the policy %o', (code, policy) => {
    expect(codeOf(good, viewWith({}, policy))).toBe(code);
  });

  it('rejects what was decided before, is too old, or has expired', () => {
    expect(codeOf(good, viewWith({ ledger: ledgerOf(decisionOn(good, 'REJECTED')) }))).toBe('DUPLICATE');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(decisionOn(good)) }))).toBe('DUPLICATE');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(-3_600_000)) }))).toBe('STALE');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(-60_000)) }))).toBe('EXPIRED');
    expect(codeOf(good, viewWith({ cellReachedMs: good.expiresMs }))).toBe('EXPIRED');
    expect(codeOf(good, viewWith({ cellReachedMs: good.expiresMs - 1 }))).toBe('approve');
  });

  it.each<[string, Partial<Proposal>]>([
    ['with other evidence', { evidence: { ...good.evidence, snapshotHash: Buffer.alloc(32, 9) } }],
    ['for too little', { expectedBenefit: 0 }],
    ['for too long', { expiresMs: good.createdMs + 9e9 }],
  ])('is not rejected because somebody asked for the same %s before', (_how, change) => {
    const spoiler = forged(change);
    expect(codeOf(spoiler, viewWith())).not.toBe('approve');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(decisionOn(spoiler, 'REJECTED')) }))).toBe('approve');
  });

  it('counts the budget over its sliding window', () => {
    const spent = ledgerOf(earlier(59_999, { targets: ['a01'] }), earlier(60_000, { targets: ['a02'] }));
    expect(codeOf(good, viewWith({ ledger: spent }, { budget: 1 }))).toBe('BUDGET_SPENT');
    expect(codeOf(good, viewWith({ ledger: spent }, { budget: 2 }))).toBe('approve');
  });

  it('approves no more in a cell than its ledger holds, whatever the budget', () => {
    const ledger = new DecisionLedger();
    const long = { kind: 'ESCALATE', expiresMs: good.expiresMs };
    for (let i = 1; i < approvalsMax; i++) ledger.record(earlier(100_000, { ...long, proposalId: `p${i}` }));
    expect(codeOf(good, viewWith({ ledger }))).toBe('approve');
    ledger.record(earlier(100_000, { ...long, proposalId: 'last' }));
    expect(codeOf(good, viewWith({ ledger }))).toBe('BUDGET_SPENT');
  });

  it('keeps interventions on one agent apart by the cooldown; telling people is another matter', () => {
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(14_999)) }))).toBe('COOLDOWN');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(15_000)) }))).toBe('approve');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(-14_999)) }))).toBe('COOLDOWN');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(1, { targets: ['a05'] })) }))).toBe('approve');
    expect(codeOf(good, viewWith({ ledger: ledgerOf(earlier(1, { kind: 'ESCALATE' })) }))).toBe('approve');
  });

  it('counts the agents already under interventions into the blast radius', () => {
    const others = Array.from({ length: 5 }, (_, i) => `a1${i}`);
    const ledger = ledgerOf(earlier(20_000, { targets: others }));
    expect(codeOf(good, viewWith({ ledger }, { blastRadius: 0.3 }))).toBe('approve');
    expect(codeOf(good, viewWith({ ledger }, { blastRadius: 0.29 }))).toBe('BLAST_RADIUS');
    const over = ledgerOf(earlier(20_000, { targets: others, expiresMs: good.createdMs }));
    expect(codeOf(good, viewWith({ ledger: over }, { blastRadius: 0.05 }))).toBe('approve');
  });

  it.each<[string, Partial<Proposal>]>([
    ['SNAPSHOT_DIFFERS', { evidence: { ...good.evidence, snapshotHash: new Uint8Array(32) } }],
    ['SNAPSHOT_DIFFERS', { evidence: { ...good.evidence, windowStartMs: good.evidence.windowStartMs - 1 } }],
    ['EXTRACT_DIFFERS', { evidence: { ...good.evidence, agents: [{ ...good.evidence.agents[0], silentMs: 99 }] } }],
    ...(['latency', 'traffic', 'errors', 'saturation'] as const).map((signal): [string, Partial<Proposal>] => {
      const [extract] = good.evidence.agents;
      const deviation = { ...extract.deviation, [signal]: extract.deviation[signal] + 1e-9 };
      return ['EXTRACT_DIFFERS', { evidence: { ...good.evidence, agents: [{ ...extract, deviation }] } }];
    }),
    // The extract of one in trouble is none of another.
    [
      'PROPOSAL_INVALID',
      {
        targets: ['a03', 'a04'],
        evidence: { ...good.evidence, agents: [good.evidence.agents[0], good.evidence.agents[0]] },
      },
    ],
    [
      'TARGET_UNKNOWN',
      {
        targets: ['stranger'],
        evidence: { ...good.evidence, agents: [{ ...good.evidence.agents[0], agent: 'stranger' }] },
      },
    ],
    [
      'NO_TROUBLE_SEEN',
      {
        targets: ['a01'],
        evidence: {
          ...good.evidence,
          agents: [
            {
              agent: 'a01',
              failure: 0.99,
              silentMs: 100,
              deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
            },
          ],
        },
      },
    ],
    ['COST_EXCEEDS_BENEFIT', { expectedBenefit: 0.01, cost: 0.01 }],
    ['PROPOSAL_INVALID', { reason: '' }],
  ])('%s where a scorer errs or lies', (code, change) => {
    expect(codeOf(forged(change), viewWith())).toBe(code);
  });

  it('lets a scorer tell people about an agent that shows nothing', () => {
    const unseen: Partial<Proposal> = {
      kind: 'ESCALATE',
      parameters: [{ name: 'urgency', value: 1 }],
      targets: ['a01'],
      evidence: {
        ...good.evidence,
        agents: [
          {
            agent: 'a01',
            failure: 0.99,
            silentMs: 100,
            deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
          },
        ],
      },
    };
    expect(codeOf(forged(unseen), viewWith())).toBe('approve');
  });

  it('takes an agent’s own word that it is down for visible trouble', () => {
    const record: Snapshot = {
      ...snapshot,
      agents: snapshot.agents.map((one) => (one.agent === 'a01' ? { ...one, status: 'DOWN' } : one)),
    };
    const down = forged({
      targets: ['a01'],
      evidence: {
        ...good.evidence,
        snapshotHash: hashOf(record),
        agents: [
          {
            agent: 'a01',
            failure: 0.99,
            silentMs: 100,
            deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
          },
        ],
      },
    });
    expect(codeOf(down, viewWith({ snapshot: { record, hash: hashOf(record) } }))).toBe('approve');
  });

  it('judges the items of a block in turn on a fork of the ledger', () => {
    const ledger = new DecisionLedger();
    const fork = ledger.fork();
    const budgetOfOne = { budget: 1 };
    expect(codeOf(good, viewWith({ ledger: fork }, budgetOfOne))).toBe('approve');
    fork.record(decisionOn(good));
    expect(codeOf(isolate, viewWith({ ledger: fork }, budgetOfOne))).toBe('BUDGET_SPENT');
    expect(codeOf(isolate, viewWith({ ledger }, budgetOfOne))).toBe('approve');
  });
});
