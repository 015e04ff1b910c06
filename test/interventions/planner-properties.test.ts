import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy, Proposal } from '../../schemas/records.ts';
import type { Decided } from '../../src/interventions/decided.ts';
import { DecisionLedger } from '../../src/interventions/ledger.ts';
import { type Plan, Planner } from '../../src/interventions/planner.ts';
import { validateProposal } from '../../src/interventions/validation.ts';
import {
  type AgentSpec,
  agents,
  cell,
  decisionOn,
  hashOf,
  outcomeOf,
  policyWith,
  scoresOf,
  snapshotOf,
  startMs,
  windowMs,
} from './world.ts';

const id = fc.integer({ min: 0, max: 19 }).map((i) => `a${String(i).padStart(2, '0')}`);
const spec: fc.Arbitrary<AgentSpec> = fc.record({
  agent: id,
  failure: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.6, 0.9, 1)),
  confidence: fc.constantFrom(0, 0.5, 1),
  silentMs: fc.constantFrom(0, 500, 4000, 60_000),
  deviation: fc.record({
    latency: fc.constantFrom(-5, 0, 4, 50),
    traffic: fc.constantFrom(-9, 0, 6),
    errors: fc.constantFrom(0, 2, 30),
    saturation: fc.constantFrom(0, 8),
  }),
  signals: fc.array(
    fc.record({ signal: fc.constantFrom('neighbours', 'errors', 'latency'), weight: fc.constantFrom(-1, 1, 3) }),
    {
      maxLength: 3,
    },
  ),
  neighbours: fc.array(
    fc.record({ agent: fc.oneof(id, fc.constant('elsewhere')), weight: fc.constantFrom(0, 0.4, 1) }),
    {
      maxLength: 2,
    },
  ),
});

const policy: fc.Arbitrary<Policy> = fc
  .record({
    minFailure: fc.constantFrom(0, 0.3, 0.6),
    blastRadius: fc.constantFrom(0, 0.1, 0.3, 1),
    budget: fc.integer({ min: 0, max: 6 }),
    budgetMs: fc.constantFrom(2000, 10_000),
    cooldownMs: fc.constantFrom(0, 3000, 8000),
    maxLifetimeMs: fc.constantFrom(2000, 12_000, 300_000),
    allowedKinds: fc.subarray(['THROTTLE', 'ISOLATE', 'REROUTE', 'RESTART', 'ESCALATE']),
  })
  .map(policyWith);

/** One window: how the agents are, how long until its proposals are decided, and what the first decision's outcome will be. */
const step = fc.record({
  specs: fc.uniqueArray(spec, { selector: (one) => one.agent, maxLength: 12 }),
  cascade: fc.constantFrom(0, 0.5, 0.95),
  delay: fc.integer({ min: 0, max: 1 }),
  effect: fc.constantFrom(-1, 0, 1),
  reject: fc.boolean(),
});

interface Observed {
  readonly plan: Plan;
  readonly proposals: readonly Proposal[];
}

/** Runs a planner over the steps, with `between` applied after each input, and decides its proposals as `decide` says. */
function run(
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ofTenant: Policy,
  between: (planner: Planner) => Planner,
  decide: (proposal: Proposal, window: number, reject: boolean) => Decided,
): readonly Observed[] {
  let planner = new Planner(cell);
  const waiting: { readonly due: number; readonly decision: Decided }[] = [];
  const observed: Observed[] = [];
  for (const [window, { specs, cascade, delay, effect, reject }] of steps.entries()) {
    for (const { decision } of waiting.filter(({ due }) => due === window)) {
      planner.onDecision(decision);
      planner = between(planner);
    }
    const all = agents(...specs);
    const snapshot = snapshotOf(window, all);
    const plan = planner.plan(scoresOf(snapshot, all, cascade), null, ofTenant);
    planner = between(planner);
    for (const proposal of plan.proposals) {
      const decision = decide(proposal, window, reject);
      if (delay === 0) planner.onDecision(decision);
      else waiting.push({ due: window + delay, decision });
      planner = between(planner);
    }
    const [first] = plan.proposals;
    if (first !== undefined) {
      planner.onOutcome(outcomeOf(first, effect, first.createdMs));
      planner = between(planner);
    }
    observed.push({ plan, proposals: plan.proposals });
  }
  return observed;
}

/** A planner's state, whatever order its maps are in. */
function stateOf(planner: Planner): unknown {
  const { state } = JSON.parse(Buffer.from(planner.encode()).toString()) as { state: Record<string, unknown> };
  const sorted = (field: unknown): unknown =>
    Array.isArray(field)
      ? field.map((item) => JSON.stringify(item)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      : field;
  return Object.fromEntries(Object.entries(state).map(([name, field]) => [name, sorted(field)]));
}

const asDrawn = (proposal: Proposal, _window: number, reject: boolean): Decided =>
  decisionOn(proposal, reject ? 'REJECTED' : 'APPROVED');

describe('Planner', () => {
  it('gives the same plans after decode(encode()) at any point', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }), policy, (steps, ofTenant) => {
        const straight = run(steps, ofTenant, (planner) => planner, asDrawn);
        const restored = run(steps, ofTenant, (planner) => Planner.decode(cell, planner.encode()), asDrawn);
        expect(restored).toEqual(straight);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same plans as one that was kept up to date by deltas alone, and those are all that changed', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }), policy, (steps, ofTenant) => {
        const straight = run(steps, ofTenant, (planner) => planner, asDrawn);
        let behind = new Planner(cell);
        const followed = run(
          steps,
          ofTenant,
          (planner) => {
            const delta = planner.drainDelta();
            behind.apply(delta);
            behind.apply(delta);
            expect(stateOf(behind)).toEqual(stateOf(planner));
            // The two change places.
            const ahead = behind;
            behind = planner;
            return ahead;
          },
          asDrawn,
        );
        expect(followed).toEqual(straight);
      }),
      { numRuns: 60 },
    );
  });

  it('writes little where much was done before and little happens now', () => {
    const planner = new Planner(cell);
    for (let i = 0; i < 100; i++) {
      planner.onDecision({
        ...cell,
        proposalId: `${i}`.padStart(64, '0'),
        kind: 'THROTTLE',
        targets: [`agent-${i}`],
        decidedMs: startMs + i,
        expiresMs: startMs + 60_000,
        verdict: 'APPROVED',
        dryRun: false,
      });
    }
    planner.drainDelta();
    const quiet = agents();
    planner.plan(scoresOf(snapshotOf(1, quiet), quiet), null, policyWith({}));
    expect(planner.encode().length).toBeGreaterThan(20_000);
    expect(planner.drainDelta().length).toBeLessThan(500);
  });

  it('proposes nothing that an honest validator with the same policy would reject', () => {
    let proposals = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }), policy, (steps, ofTenant) => {
        const ledger = new DecisionLedger();
        const decide = (proposal: Proposal, window: number): Decided => {
          const snapshot = snapshotOf(window, agents(...steps[window].specs));
          const judgement = validateProposal(proposal, {
            policy: ofTenant,
            ledger,
            snapshot: { record: snapshot, hash: hashOf(snapshot) },
            cellReachedMs: snapshot.windowEndMs,
            snapshotOverdue: false,
          });
          expect(judgement, proposal.reason).toEqual({ verdict: 'approve', dryRun: false });
          const decision = decisionOn(proposal);
          ledger.record(decision);
          proposals++;
          return decision;
        };
        run(steps, ofTenant, (planner) => planner, decide);
      }),
      { numRuns: 120 },
    );
    // Some 210 on average, give or take 30.
    expect(proposals).toBeGreaterThan(20);
  });

  it('keeps budget, cooldown and blast radius, by a count of its own', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25, size: 'max' }), policy, (steps, ofTenant) => {
        const made: Proposal[] = [];
        for (const { proposals } of run(
          steps,
          ofTenant,
          (planner) => planner,
          (proposal) => decisionOn(proposal),
        )) {
          made.push(...proposals);
        }
        for (let window = 0; window < steps.length; window++) {
          const nowMs = startMs + (window + 1) * windowMs;
          const recent = made.filter((one) => one.createdMs <= nowMs && one.createdMs > nowMs - ofTenant.budgetMs);
          expect(recent.length).toBeLessThanOrEqual(ofTenant.budget);
          const live = made.filter((one) => one.kind !== 'ESCALATE' && one.createdMs <= nowMs && one.expiresMs > nowMs);
          const touched = new Set(live.flatMap((one) => one.targets));
          expect(touched.size).toBeLessThanOrEqual(ofTenant.blastRadius * 20 + 1e-9);
        }
        for (const one of made) {
          expect(ofTenant.allowedKinds).toContain(one.kind);
          expect(one.expiresMs - one.createdMs).toBeLessThanOrEqual(ofTenant.maxLifetimeMs);
          expect(one.expectedBenefit).toBeGreaterThan(one.cost * 20 - 1e-9);
          for (const { failure } of one.evidence.agents) expect(failure).toBeGreaterThanOrEqual(ofTenant.minFailure);
          for (const other of made) {
            if (other === one || (other.kind === 'ESCALATE') !== (one.kind === 'ESCALATE')) continue;
            if (!one.targets.some((target) => other.targets.includes(target))) continue;
            expect(Math.abs(one.createdMs - other.createdMs)).toBeGreaterThanOrEqual(ofTenant.cooldownMs);
          }
        }
      }),
      { numRuns: 120 },
    );
  });
});
