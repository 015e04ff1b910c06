import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AgentState, Outcome, Proposal, Scores, Snapshot } from '../../schemas/records.ts';
import { Actuator, type Fault } from '../../src/fleet/reference/index.ts';
import { DecisionLedger } from '../../src/interventions/ledger.ts';
import { OutcomeTracker } from '../../src/interventions/outcome.ts';
import { Planner } from '../../src/interventions/planner.ts';
import { worstDeviation } from '../../src/interventions/trouble.ts';
import { validateProposal } from '../../src/interventions/validation.ts';
import { at, id, WatchedFleet } from './closed-loop.ts';
import { decisionOn, policyWith } from './world.ts';

const agents = 40;
const endS = 220;
const faults: readonly Fault[] = [
  { id: 'f0', kind: 'overload', agent: 'gateway-01', fromMs: at(40), toMs: at(90), rampMs: 8000, severity: 4 },
  { id: 'f1', kind: 'slow', agent: 'store-01', fromMs: at(70), toMs: at(130), rampMs: 10_000, severity: 10 },
  { id: 'f2', kind: 'dead', agent: 'worker-02', fromMs: at(110), toMs: at(180), rampMs: 5000, severity: 3 },
  { id: 'f3', kind: 'bad-peer', agent: 'tool-01', fromMs: at(140), toMs: at(200), rampMs: 5000, severity: 0.9 },
];

/** A plain scorer for this test: the further out an agent's worst signal, the likelier its failure; calls to troubled callees are the evidence. */
function score(snapshot: Snapshot, snapshotHash: Uint8Array): Scores {
  const { windowStartMs, windowEndMs } = snapshot;
  const trouble = new Map(snapshot.agents.map((one) => [one.agent, worstDeviation(one.deviation, one.silentMs, 1000)]));
  const calls = new Map<string, number>();
  for (const { caller, count } of snapshot.edges) calls.set(caller, (calls.get(caller) ?? 0) + count);
  const failureOf = ({ agent }: AgentState): number => {
    const worst = trouble.get(agent) ?? 0;
    return worst / (worst + 4);
  };
  const agentScores = snapshot.agents.map((state) => {
    const neighbours = snapshot.edges
      .filter((edge) => edge.caller === state.agent)
      .map(({ callee, count }) => {
        const worst = trouble.get(callee) ?? 0;
        return { agent: callee, weight: (count / (calls.get(state.agent) ?? 1)) * (worst / (worst + 4)) };
      })
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 5);
    const { agent, silentMs, deviation } = state;
    return { agent, failure: failureOf(state), confidence: 1, silentMs, deviation, signals: [], neighbours };
  });
  return {
    ...id,
    windowStartMs,
    windowEndMs,
    snapshotHash,
    model: 'plain',
    horizonMs: 10_000,
    cascade: 0.1,
    agents: agentScores,
  };
}

interface Run {
  readonly failedSeconds: number;
  readonly proposals: readonly Proposal[];
  readonly outcomes: readonly Outcome[];
}

/** Snapshots to proposals to decisions to the actuator to outcomes and back, all in virtual time. */
function run(seed: number, acts: boolean): Run {
  const world = new WatchedFleet(seed, agents, faults);
  const actuator = new Actuator(world.fleet, 'reference');
  const planner = new Planner(id);
  const ledger = new DecisionLedger();
  const tracker = new OutcomeTracker(id);
  const policy = policyWith({ dryRun: !acts });
  const proposals: Proposal[] = [];
  const fresh: Outcome[] = [];
  const outcomes: Outcome[] = [];
  for (let ms = at(0); ms <= at(endS); ms += 100) {
    for (const record of world.advanceTo(ms)) {
      const snapshotHash = hash('sha256', JSON.stringify(record), 'buffer');
      fresh.push(...tracker.onSnapshot(record));
      for (const proposal of planner.plan(score(record, snapshotHash), null, policy).proposals) {
        const reachedMs = record.windowEndMs;
        const snapshot = { record, hash: snapshotHash };
        const judgement = validateProposal(proposal, {
          policy,
          ledger,
          snapshot,
          cellReachedMs: reachedMs,
          snapshotOverdue: false,
        });
        expect(judgement, proposal.reason).toEqual({ verdict: 'approve', dryRun: !acts });
        proposals.push(proposal);
        const decision = decisionOn(proposal, 'APPROVED', !acts);
        ledger.record(decision);
        planner.onDecision(decision);
        fresh.push(...tracker.onDecision(decision));
        const order = { ...proposal, approved: true, dryRun: decision.dryRun };
        for (const action of actuator.act(order)) fresh.push(...tracker.onAction(action));
      }
    }
    for (const action of actuator.ended()) fresh.push(...tracker.onAction(action));
    for (const outcome of fresh.splice(0)) {
      planner.onOutcome(outcome);
      outcomes.push(outcome);
    }
  }
  return { failedSeconds: world.failedSeconds(at(0), at(endS)), proposals, outcomes };
}

describe('the loop on the reference fleet', () => {
  const acted = run(11, true);
  const dry = run(11, false);

  it('avoids most of the failures that a dry run of the same seed lets happen', () => {
    expect(dry.failedSeconds).toBeGreaterThan(500);
    expect(acted.failedSeconds).toBeLessThan(0.25 * dry.failedSeconds);
  });

  it('acts on each agent that was struck, soon after it was', () => {
    for (const { agent, fromMs } of faults) {
      const first = acted.proposals.find((one) => one.targets.includes(agent) && one.createdMs > fromMs);
      expect((first?.createdMs ?? Number.POSITIVE_INFINITY) - fromMs, agent).toBeLessThan(10_000);
    }
  });

  it('measures each applied decision once, and finds that most improved things', () => {
    const ids = acted.outcomes.map((one) => one.proposalId);
    expect(new Set(ids).size).toBe(ids.length);
    const settled = acted.proposals.filter((one) => one.createdMs < at(endS - 20)).map((one) => one.id);
    for (const proposal of settled) expect(ids).toContain(proposal);
    const improved = acted.outcomes.filter((one) => one.verdict === 'IMPROVED');
    expect(improved.length).toBeGreaterThan(0.5 * ids.length);
  });

  it('touches nothing in a dry run, and has no outcomes of it', () => {
    expect(dry.proposals.length).toBeGreaterThan(0);
    expect(dry.outcomes).toEqual([]);
  });

  it('gives the same run for the same seed', () => {
    expect(run(11, true)).toEqual(acted);
  });
});
