/** Snapshots, scores and decisions of a small cell, for the tests of this folder. */
import { hash } from 'node:crypto';
import type {
  Action,
  ActionKind,
  AgentScore,
  AgentState,
  Deviation,
  Outcome,
  Policy,
  Proposal,
  Scores,
  Snapshot,
} from '../../schemas/records.ts';
import type { Decided } from '../../src/interventions/decided.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';

export const cell = { tenant: 'acme', fleet: 'shop', cell: 0 } as const;
export const startMs = 1_700_000_000_000;
export const windowMs = 1000;
export const calm: Deviation = { latency: 0, traffic: 0, errors: 0, saturation: 0 };

export interface AgentSpec {
  readonly agent: string;
  readonly failure?: number;
  readonly confidence?: number;
  readonly silentMs?: number;
  readonly deviation?: Partial<Deviation>;
  readonly signals?: AgentScore['signals'];
  readonly neighbours?: AgentScore['neighbours'];
}

/** Twenty healthy agents, a00 to a19, with those given in their place. */
export function agents(...specs: readonly AgentSpec[]): readonly AgentSpec[] {
  const all = new Map<string, AgentSpec>();
  for (let i = 0; i < 20; i++) all.set(`a${String(i).padStart(2, '0')}`, { agent: `a${String(i).padStart(2, '0')}` });
  for (const spec of specs) all.set(spec.agent, spec);
  return [...all.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
}

export function snapshotOf(window: number, specs: readonly AgentSpec[], edges: Snapshot['edges'] = []): Snapshot {
  const windowStartMs = startMs + window * windowMs;
  return {
    ...cell,
    windowStartMs,
    windowEndMs: windowStartMs + windowMs,
    agents: specs.map(
      (spec): AgentState => ({
        agent: spec.agent,
        status: 'UP',
        heartbeats: 1,
        silentMs: spec.silentMs ?? 100,
        latencyMs: 20,
        trafficPerS: 10,
        errorRate: 0,
        saturation: 0.3,
        deviation: { ...calm, ...spec.deviation },
      }),
    ),
    edges,
    late: 0,
  };
}

/** Stands in for the SHA-256 of the Avro body: any bytes that follow from the snapshot will do here. */
export function hashOf(snapshot: Snapshot): Uint8Array {
  return hash('sha256', JSON.stringify(snapshot), 'buffer');
}

export function scoresOf(snapshot: Snapshot, specs: readonly AgentSpec[], cascade = 0.05): Scores {
  const { windowStartMs, windowEndMs } = snapshot;
  return {
    ...cell,
    windowStartMs,
    windowEndMs,
    snapshotHash: hashOf(snapshot),
    model: 'test-model',
    horizonMs: 10_000,
    cascade,
    agents: specs.map((spec, i) => ({
      agent: spec.agent,
      failure: spec.failure ?? 0.02,
      confidence: spec.confidence ?? 1,
      silentMs: snapshot.agents[i].silentMs,
      deviation: snapshot.agents[i].deviation,
      signals: spec.signals ?? [],
      neighbours: spec.neighbours ?? [],
    })),
  };
}

/** Scores of a window straight from what its agents are to be like. */
export function scoresAt(window: number, specs: readonly AgentSpec[], cascade = 0.05): Scores {
  return scoresOf(snapshotOf(window, specs), specs, cascade);
}

export function policyWith(change: Partial<Policy> = {}): Policy {
  return { ...defaultPolicy(cell.tenant), dryRun: false, ...change };
}

export function decisionOn(proposal: Proposal, verdict: 'APPROVED' | 'REJECTED' = 'APPROVED', dryRun = false): Decided {
  const { id, tenant, fleet, kind, targets, createdMs, expiresMs } = proposal;
  return {
    proposalId: id,
    tenant,
    fleet,
    cell: proposal.cell,
    kind,
    targets,
    verdict,
    dryRun,
    decidedMs: createdMs,
    expiresMs,
  };
}

export function actionOn(decision: Decided, kind: ActionKind, timeMs: number): Action {
  const { proposalId } = decision;
  return { ...cell, proposalId, kind, actuator: 'test', timeMs, detail: '' };
}

export function outcomeOf(proposal: Proposal, effect: number, measuredMs: number): Outcome {
  const means = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null, silentMs: 0 };
  return {
    ...cell,
    proposalId: proposal.id,
    kind: proposal.kind,
    targets: proposal.targets,
    appliedMs: proposal.createdMs,
    measuredMs,
    windowsBefore: 3,
    windowsAfter: 3,
    before: means,
    after: means,
    effect,
    verdict: effect > 0.1 ? 'IMPROVED' : effect < -0.1 ? 'WORSENED' : 'UNCHANGED',
  };
}
