import { describe, expect, it } from 'vitest';
import type { Policy, Proposal, Scores, Signature } from '../../schemas/records.ts';
import { Planner, type PlannerOptions } from '../../src/interventions/planner.ts';
import { checkProposal } from '../../src/interventions/proposal.ts';
import { type AgentSpec, agents, cell, decisionOn, outcomeOf, policyWith, scoresAt } from './world.ts';

const overloaded: AgentSpec = { agent: 'a04', failure: 0.85, deviation: { saturation: 12, latency: 9, traffic: 5 } };
const broken: AgentSpec = { agent: 'a05', failure: 0.9, deviation: { errors: 30 } };

/** Plans window after window over the same scores, and returns what each gave. */
function planned(
  planner: Planner,
  specs: readonly AgentSpec[],
  windows: readonly number[],
  { policy = policyWith(), cascade = 0.05 }: { readonly policy?: Policy; readonly cascade?: number } = {},
) {
  return windows.map((window) => planner.plan(scoresAt(window, agents(...specs), cascade), null, policy));
}

function firstProposals(
  specs: readonly AgentSpec[],
  policy = policyWith(),
  options?: Partial<PlannerOptions>,
): readonly Proposal[] {
  const [, { proposals }] = planned(new Planner(cell, options), specs, [0, 1], { policy });
  return proposals;
}

describe('Planner', () => {
  it('proposes nothing for a healthy cell', () => {
    for (const { proposals, alerts } of planned(new Planner(cell), [], [0, 1, 2, 3])) {
      expect(proposals).toEqual([]);
      expect(alerts).toEqual([]);
    }
  });

  it('waits until a score has stood for two windows in a row', () => {
    const planner = new Planner(cell);
    const [first] = planned(planner, [overloaded], [0]);
    const [calmAgain] = planned(planner, [], [1]);
    const [again, stands] = planned(planner, [overloaded], [2, 3]);
    expect([first, calmAgain, again].map((plan) => plan.proposals.length)).toEqual([0, 0, 0]);
    expect(stands.proposals).toHaveLength(1);
  });

  it('takes a gap in the windows for an end of the streak', () => {
    const [, after] = planned(new Planner(cell), [overloaded], [0, 10]);
    expect(after.proposals).toEqual([]);
  });

  it('plans a window once', () => {
    const planner = new Planner(cell);
    planned(planner, [overloaded], [0, 1]);
    expect(planned(planner, [broken], [1, 0])).toEqual([
      { proposals: [], alerts: [] },
      { proposals: [], alerts: [] },
    ]);
  });

  it('makes well-formed proposals that carry the scores as evidence', () => {
    const [proposal] = firstProposals([overloaded]);
    const scores = scoresAt(1, agents(overloaded));
    expect(checkProposal(proposal)).toBeNull();
    expect(proposal.createdMs).toBe(scores.windowEndMs);
    expect(proposal.evidence.snapshotHash).toEqual(scores.snapshotHash);
    expect(proposal.evidence.agents).toEqual([
      { agent: 'a04', failure: 0.85, silentMs: 100, deviation: { latency: 9, traffic: 5, errors: 0, saturation: 12 } },
    ]);
    expect(proposal.reason).toBe(
      'a04 fails within 10 s with probability 0.85: it is overloaded; deviations latency 9.0, traffic 5.0, errors 0.0, saturation 12.0, silent for 100 ms.',
    );
  });

  it.each([
    ['THROTTLE', 'a04', 'an overloaded agent', [overloaded]],
    ['ISOLATE', 'a05', 'an agent that answers errors', [broken]],
    ['RESTART', 'a06', 'a silent agent', [{ agent: 'a06', failure: 0.95, silentMs: 8000 }]],
    ['REROUTE', 'a07', 'an agent that grows slow', [{ agent: 'a07', failure: 0.8, deviation: { latency: 9 } }]],
    [
      'ESCALATE',
      'a08',
      'an agent whose score no signal explains, yet visible',
      [{ agent: 'a08', failure: 0.9, deviation: { latency: 1.2 } }],
    ],
    ['ESCALATE', 'a09', 'an agent with a score and no visible trouble at all', [{ agent: 'a09', failure: 0.9 }]],
  ] as const)('%s goes to %s: %s', (kind, target, _what, specs) => {
    expect(firstProposals(specs).map((one) => [one.kind, one.targets])).toEqual([[kind, [target]]]);
  });

  it.each([
    [1, 0.89],
    [2, 0.9],
  ])('calls people with urgency %d where an agent fails with probability %d', (urgency, failure) => {
    const [proposal] = firstProposals([{ agent: 'a09', failure }]);
    expect(proposal.parameters).toEqual([{ name: 'urgency', value: urgency }]);
  });

  it('names the peer in another cell that an agent blames', () => {
    const signals = [{ signal: 'neighbours', weight: 3 }];
    const neighbours = [{ agent: 'elsewhere', weight: 0.9 }];
    const [{ reason }] = firstProposals([
      { agent: 'a01', failure: 0.8, deviation: { latency: 5 }, signals, neighbours },
    ]);
    expect(reason).toContain('the peer it depends on is in another cell; ');
    expect(reason).toMatch(/; it blames elsewhere\.$/);
  });

  it('isolates the bad peer, not the victims that name it', () => {
    const neighbours = [{ agent: 'a05', weight: 0.6 }];
    const victims = ['a01', 'a02'].map((agent) => ({ agent, failure: 0.7, deviation: { errors: 9 }, neighbours }));
    const proposals = firstProposals([broken, ...victims]);
    expect(proposals.map((one) => [one.kind, one.targets])).toEqual([['ISOLATE', ['a05']]]);
    // Two victims at 0.7 with 0.6 of their requests each hang on it.
    expect(proposals[0].expectedBenefit).toBeCloseTo(0.65 * (0.9 + 2 * 0.6 * 0.7));
    expect(proposals[0].reason).toMatch(/; 2 agents suffer from it, first a01\.$/);
  });

  it('throttles the callers in a retry storm', () => {
    const callee = { agent: 'a10', failure: 0.9, deviation: { traffic: 15, errors: 12 } };
    const neighbours = [{ agent: 'a10', weight: 0.8 }];
    const callers = ['a03', 'a01'].map((agent) => ({
      agent,
      failure: 0.7,
      deviation: { errors: 5, traffic: 4 },
      neighbours,
    }));
    expect(firstProposals([callee, ...callers]).map((one) => [one.kind, one.targets])).toEqual([
      ['THROTTLE', ['a01', 'a03']],
    ]);
    expect(firstProposals([callee]).map((one) => [one.kind, one.targets])).toEqual([['THROTTLE', ['a10']]]);
  });

  it('throttles no caller whose score is new, or who shows no trouble', () => {
    const callee = { agent: 'a10', failure: 0.9, deviation: { traffic: 15, errors: 12 } };
    const neighbours = [{ agent: 'a10', weight: 0.8 }];
    const caller = { failure: 0.7, neighbours, signals: [{ signal: 'neighbours', weight: 1 }] };
    const standing = { ...caller, agent: 'a01', deviation: { errors: 5 } };
    const unseen = { ...caller, agent: 'a02' };
    const late = { ...standing, agent: 'a03' };
    const planner = new Planner(cell);
    planned(planner, [callee, standing, unseen], [0]);
    const [{ proposals }] = planned(planner, [callee, standing, unseen, late], [1]);
    expect(proposals.map((one) => [one.kind, one.targets])).toEqual([['THROTTLE', ['a01']]]);
  });

  it('tells people and alerts when more agents fail than may be touched', () => {
    const failing = Array.from({ length: 9 }, (_, i) => ({ ...overloaded, agent: `a0${i}` }));
    const planner = new Planner(cell);
    const [, plan] = planned(planner, failing, [0, 1], {
      cascade: 0.9,
      policy: policyWith({ allowedKinds: ['ESCALATE'] }),
    });
    const wide = plan.proposals.find((one) => one.targets.length > 1);
    expect(wide?.kind).toBe('ESCALATE');
    expect(wide?.targets).toHaveLength(9);
    expect(plan.alerts.map((alert) => [alert.severity, alert.code])).toContainEqual(['CRITICAL', 'cascade-risk']);
  });

  it('counts what it has asked for into the blast radius until it is decided', () => {
    const one = policyWith({ blastRadius: 0.05, allowedKinds: ['ISOLATE', 'REROUTE', 'THROTTLE', 'RESTART'] });
    const planner = new Planner(cell);
    const [, { proposals }] = planned(planner, [broken], [0, 1], { policy: one });
    expect(proposals).toHaveLength(1);
    const both = planned(planner, [overloaded, broken], [2, 3], { policy: one });
    expect(both.flatMap((plan) => plan.proposals)).toEqual([]);
    planner.onDecision(decisionOn(proposals[0], 'REJECTED'));
    expect(planned(planner, [overloaded, broken], [4], { policy: one })[0].proposals).toMatchObject([
      { targets: ['a04'] },
    ]);
  });

  it('does not touch more agents at once than the blast radius allows, and escalates the rest', () => {
    const failing = Array.from({ length: 9 }, (_, i) => ({ ...overloaded, agent: `a0${i}` }));
    const proposals = firstProposals(failing, policyWith({ blastRadius: 0.1 }));
    expect(proposals.filter((one) => one.kind !== 'ESCALATE')).toHaveLength(2);
    expect(proposals.find((one) => one.kind === 'ESCALATE')?.targets).toHaveLength(7);
  });

  it('stays within the budget, what is still undecided included', () => {
    const failing = Array.from({ length: 5 }, (_, i) => ({ ...overloaded, agent: `a0${i}` }));
    const planner = new Planner(cell);
    const plans = planned(planner, failing, [0, 1, 2, 3], { policy: policyWith({ budget: 3 }) });
    expect(plans.map((plan) => plan.proposals.length)).toEqual([0, 3, 0, 0]);
    expect(plans[1].alerts.map((alert) => alert.code)).toEqual(['budget-spent']);
    expect(plans[2].alerts).toEqual([]);
  });

  it('puts off what is beyond its own measure of proposals a window, and calls no budget spent that is not', () => {
    const failing = Array.from({ length: 9 }, (_, i) => ({ ...overloaded, agent: `a0${i}` }));
    const plans = planned(new Planner(cell), failing, [0, 1, 2], {
      policy: policyWith({ blastRadius: 1, budget: 20 }),
    });
    expect(plans.map((plan) => plan.proposals.length)).toEqual([0, 8, 1]);
    expect(plans.flatMap((plan) => plan.alerts)).toEqual([]);
  });

  it('proposes nothing for a stopped tenant, and says so once', () => {
    const plans = planned(new Planner(cell), [broken], [0, 1, 2], { policy: policyWith({ stopped: true }) });
    expect(plans.flatMap((plan) => plan.proposals)).toEqual([]);
    expect(plans.flatMap((plan) => plan.alerts.map((alert) => alert.code))).toEqual(['tenant-stopped']);
  });

  it('leaves an agent alone while it is being decided about, and during the cooldown', () => {
    const planner = new Planner(cell);
    const [, { proposals }, undecided] = planned(planner, [broken], [0, 1, 2]);
    planner.onDecision(decisionOn(proposals[0]));
    const cooling = planned(planner, [broken], [3, 4, 5, 8, 11, 14]);
    const [over] = planned(planner, [broken], [17]);
    expect([undecided, ...cooling].flatMap((plan) => plan.proposals)).toEqual([]);
    expect(over.proposals).toHaveLength(1);
  });

  it('tries another kind where the one that is still in force did not help', () => {
    const planner = new Planner(cell);
    const kinds: string[] = [];
    for (let window = 0; window < 60; window++) {
      for (const proposal of planned(planner, [broken], [window])[0].proposals) {
        kinds.push(proposal.kind);
        planner.onDecision(decisionOn(proposal));
      }
    }
    expect(kinds).toEqual(['ISOLATE', 'REROUTE', 'RESTART', 'ESCALATE']);
  });

  it('asks for what it wants though somebody else’s wish about the agent was rejected', () => {
    const planner = new Planner(cell);
    const [own] = firstProposals([overloaded]);
    planned(planner, [overloaded], [0]);
    planner.onDecision({ ...decisionOn(own, 'REJECTED'), proposalId: 'another' });
    const [{ proposals }] = planned(planner, [overloaded], [1]);
    expect(proposals).toEqual([own]);
    // Nor does it undo that its own was.
    planner.onDecision(decisionOn(own, 'REJECTED'));
    planner.onDecision({ ...decisionOn(own, 'REJECTED'), proposalId: 'older', decidedMs: 0 });
    expect(planned(planner, [overloaded], [2, 3]).flatMap((plan) => plan.proposals)).toEqual([]);
  });

  it('does not ask again within the cooldown after a rejection', () => {
    const planner = new Planner(cell);
    const [, { proposals }] = planned(planner, [broken], [0, 1]);
    planner.onDecision(decisionOn(proposals[0], 'REJECTED'));
    const plans = planned(planner, [broken], [2, 5, 8, 11, 14, 15]);
    expect(plans.flatMap((plan) => plan.proposals)).toEqual([]);
    expect(planned(planner, [broken], [16])[0].proposals).toHaveLength(1);
  });

  it('turns away from a kind that made things worse', () => {
    const planner = new Planner(cell);
    const [, { proposals }] = planned(planner, [broken], [0, 1]);
    expect(proposals[0].kind).toBe('ISOLATE');
    planner.onOutcome(outcomeOf(proposals[0], -1, proposals[0].createdMs));
    planner.onDecision(decisionOn(proposals[0], 'REJECTED'));
    planned(planner, [broken], [2, 5, 8, 11, 14]);
    const [, again] = planned(planner, [broken], [17, 18]);
    expect([...again.proposals, ...planned(planner, [broken], [19])[0].proposals].map((one) => one.kind)).not.toContain(
      'ISOLATE',
    );
  });

  it('learns from an outcome once, and nothing from an escalation or an unknown verdict', () => {
    const [proposal] = firstProposals([broken]);
    const outcome = outcomeOf(proposal, -1, proposal.createdMs);
    const taught = new Planner(cell);
    taught.onOutcome(outcome);
    const once = Buffer.from(taught.encode()).toString();
    taught.onOutcome(outcome);
    expect(Buffer.from(taught.encode()).toString()).toBe(once);
    const other = new Planner(cell);
    other.onOutcome({ ...outcome, verdict: 'UNKNOWN' });
    other.onOutcome({ ...outcome, proposalId: 'x', kind: 'ESCALATE' });
    // Anybody may write outcomes: a mean with it would be none for ever, and another one after a restart.
    other.onOutcome({ ...outcome, proposalId: 'y', effect: Number.NaN });
    expect(JSON.parse(Buffer.from(other.encode()).toString()).state.effects).toEqual([]);
  });

  it('counts a dry run as if it were acted on', () => {
    const planner = new Planner(cell);
    const [, { proposals }] = planned(planner, [broken], [0, 1]);
    planner.onDecision(decisionOn(proposals[0], 'APPROVED', true));
    expect(planned(planner, [broken], [2, 3, 4]).flatMap((plan) => plan.proposals)).toEqual([]);
  });

  it('does not believe a score for which there was little to read, unless the agent is silent', () => {
    expect(firstProposals([{ ...broken, confidence: 0.1 }])).toEqual([]);
    expect(firstProposals([{ agent: 'a06', failure: 0.95, silentMs: 8000, confidence: 0.1 }])).toHaveLength(1);
  });

  it('proposes nothing that costs more than it avoids', () => {
    // One chance in five that the agent fails: 0.2 x 0.65 avoided against 0.8 of an agent forgone.
    const unlikely = { ...broken, failure: 0.2 };
    const policy = policyWith({ minFailure: 0.1, allowedKinds: ['ISOLATE'] });
    expect(firstProposals([unlikely], policy)).toEqual([]);
  });

  it('tells a share of the whole fleet as the cost', () => {
    const costIn = (cells: number): number => {
      const planner = new Planner(cell);
      const plans = [0, 1].map((w) => planner.plan(scoresAt(w, agents(broken)), null, policyWith(), cells));
      return plans[1].proposals[0].cost;
    };
    expect(costIn(1)).toBeCloseTo(0.1 / 20);
    expect(costIn(10)).toBeCloseTo(0.1 / 200);
  });

  it('keeps to the policy’s longest life', () => {
    const [proposal] = firstProposals([broken], policyWith({ maxLifetimeMs: 5000 }));
    expect(proposal.expiresMs - proposal.createdMs).toBe(5000);
  });

  it('alerts when the topology leaves its baseline', () => {
    const planner = new Planner(cell);
    const signatureOf = ({ tenant, fleet, windowStartMs, windowEndMs, snapshotHash }: Scores): Signature => ({
      tenant,
      fleet,
      cell: 0,
      windowStartMs,
      windowEndMs,
      snapshotHash,
      states: [],
      graph: [],
      vector: [],
      stability: 0.1,
    });
    const alerts = [0, 1, 2].map((window) => {
      const scores = scoresAt(window, agents());
      return planner.plan(scores, signatureOf(scores), policyWith()).alerts.map((alert) => alert.code);
    });
    expect(alerts).toEqual([[], ['topology-shift'], []]);
  });

  it('refuses records of another cell, unreadable state and bad options', () => {
    const planner = new Planner(cell);
    const scores = scoresAt(0, agents());
    expect(() => planner.plan({ ...scores, cell: 1 }, null, policyWith())).toThrow(
      /WRONG_CELL.*acme\/shop\/1.*acme\/shop\/0/,
    );
    expect(() => Planner.decode(cell, Buffer.from('{"kind":"planner","version":9,"state":{}}'))).toThrow(
      /UNREADABLE_STATE.*planner v1/,
    );
    expect(() => Planner.decode(cell, Buffer.from('nonsense'))).toThrow(/UNREADABLE_STATE/);
    expect(() => new Planner(cell, { cascadeMin: Number.NaN })).toThrow(/BAD_OPTION.*cascadeMin/);
  });
});
