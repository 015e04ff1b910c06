/**
 * The external validity check: what each validator finds out about a proposal on its own before it votes. A scorer that errs or lies gets nothing
 * past the validator's own copy of the snapshot, its policy and its ledger.
 *
 * What it cannot check is the failure score itself, a model's opinion. It asks for trouble that the snapshot shows instead.
 *
 * The answer depends on the arguments alone. Between validators it can differ only for a while: while one has not read as far as another (snapshots,
 * policies), and answers only ever go from wait to a verdict, and from approve to EXPIRED as event time passes.
 */
import type { AgentState, Policy, Proposal, Snapshot } from '../../schemas/records.ts';
import { findKind, touchesTargets } from './catalogue.ts';
import { keyOf } from './cell.ts';
import { approvalsMax, type DecisionLedger, memoryMs } from './ledger.ts';
import { agentsAllowed } from './policy.ts';
import { checkProposal, type ProposalProblem } from './proposal.ts';
import { worstDeviation } from './trouble.ts';

/** A target must show at least this much trouble in the snapshot, in robust standard deviations, before anything is done to it. */
export const visibleTrouble = 1;

export type RejectCode =
  | ProposalProblem['code']
  | 'TENANT_STOPPED'
  | 'KIND_NOT_ALLOWED'
  | 'DUPLICATE'
  | 'STALE'
  | 'EXPIRED'
  | 'LIFETIME_TOO_LONG'
  | 'FAILURE_TOO_LOW'
  | 'BUDGET_SPENT'
  | 'COOLDOWN'
  | 'SNAPSHOT_UNKNOWN'
  | 'SNAPSHOT_DIFFERS'
  | 'EXTRACT_DIFFERS'
  | 'TARGET_UNKNOWN'
  | 'NO_TROUBLE_SEEN'
  | 'BLAST_RADIUS'
  | 'COST_EXCEEDS_BENEFIT';

export type Judgement =
  | { readonly verdict: 'approve'; readonly dryRun: boolean }
  | { readonly verdict: 'reject'; readonly dryRun: boolean; readonly code: RejectCode; readonly reason: string }
  | { readonly verdict: 'wait'; readonly reason: string };

/** What the check reads of a snapshot. The record itself fits. */
export interface SeenSnapshot extends Pick<Snapshot, 'windowStartMs' | 'windowEndMs'> {
  readonly agents: readonly SeenAgent[];
}

type SeenAgent = Pick<AgentState, 'agent' | 'status' | 'silentMs' | 'deviation'>;

/** What a validator knows of its own when it judges. */
export interface ValidatorView {
  /** The tenant's policy; defaultPolicy where it has no record. */
  readonly policy: Policy;
  readonly ledger: DecisionLedger;
  /** The validator's own snapshot of the proposal's cell and window, and the SHA-256 of its Avro body; null where it has none. */
  readonly snapshot: { readonly record: SeenSnapshot; readonly hash: Uint8Array } | null;
  /** End of the newest window of the proposal's cell that the validator has read; null: none. */
  readonly cellReachedMs: number | null;
  /** Snapshots were read that were written long after the proposal, so that its own would have been: no word of event time, which is each cell's own. */
  readonly snapshotOverdue: boolean;
}

/**
 * The first rule broken, in a fixed order: shape, policy, ledger, then what needs the snapshot.
 * @param problem of its shape, where the caller has looked already: it is the same for every validator, whatever it knows.
 */
export function validateProposal(
  proposal: Proposal,
  view: ValidatorView,
  problem: ProposalProblem | null = checkProposal(proposal),
): Judgement {
  const { dryRun } = view.policy;
  const broken = problem ?? checkPolicyRules(proposal, view) ?? checkLedger(proposal, view);
  if (broken !== null) return { verdict: 'reject', dryRun, ...broken };
  if (view.snapshot === null) {
    const { windowEndMs } = proposal.evidence;
    const passed = view.cellReachedMs !== null && view.cellReachedMs >= windowEndMs;
    if (!passed && !view.snapshotOverdue)
      return { verdict: 'wait', reason: `no snapshot of ${keyOf(proposal)} to ${windowEndMs} yet` };
    const reason = `there is no snapshot of ${keyOf(proposal)} that ends at ${windowEndMs}`;
    return { verdict: 'reject', dryRun, code: 'SNAPSHOT_UNKNOWN', reason };
  }
  const contradicted = checkEvidence(proposal, view.snapshot) ?? checkAgainstCell(proposal, view, view.snapshot.record);
  return contradicted === null ? { verdict: 'approve', dryRun } : { verdict: 'reject', dryRun, ...contradicted };
}

interface Broken {
  readonly code: RejectCode;
  readonly reason: string;
}

function checkPolicyRules(proposal: Proposal, { policy, ledger, cellReachedMs }: ValidatorView): Broken | null {
  if (policy.stopped) return { code: 'TENANT_STOPPED', reason: `tenant ${proposal.tenant} is stopped` };
  if (!policy.allowedKinds.includes(proposal.kind)) {
    return {
      code: 'KIND_NOT_ALLOWED',
      reason: `${proposal.kind} is not allowed, allowed: ${policy.allowedKinds.join(', ')}`,
    };
  }
  if (ledger.isDecided(proposal, proposal.id))
    return { code: 'DUPLICATE', reason: `${proposal.id} was decided before` };
  const decidedMs = ledger.nowMs(proposal);
  if (decidedMs !== null && proposal.createdMs <= decidedMs - memoryMs) {
    return { code: 'STALE', reason: `made at ${proposal.createdMs}, valid is after ${decidedMs - memoryMs}` };
  }
  const nowMs = Math.max(decidedMs ?? 0, cellReachedMs ?? 0);
  if (proposal.expiresMs <= nowMs)
    return { code: 'EXPIRED', reason: `expired at ${proposal.expiresMs}, it is ${nowMs}` };
  const lifetimeMs = proposal.expiresMs - proposal.createdMs;
  if (lifetimeMs > policy.maxLifetimeMs) {
    return { code: 'LIFETIME_TOO_LONG', reason: `lives ${lifetimeMs} ms, valid is at most ${policy.maxLifetimeMs} ms` };
  }
  for (const { agent, failure } of proposal.evidence.agents) {
    if (failure < policy.minFailure) {
      return { code: 'FAILURE_TOO_LOW', reason: `${agent} scores ${failure}, valid is at least ${policy.minFailure}` };
    }
  }
  return null;
}

function checkLedger(proposal: Proposal, { policy, ledger }: ValidatorView): Broken | null {
  const approvals = ledger.approvals(proposal);
  let spent = 0;
  for (const approval of approvals) if (approval.decidedMs > proposal.createdMs - policy.budgetMs) spent++;
  if (spent >= policy.budget || approvals.length >= approvalsMax) {
    return {
      code: 'BUDGET_SPENT',
      reason: `${spent} approvals within ${policy.budgetMs} ms, valid is below ${policy.budget}`,
    };
  }
  const touches = touchesTargets(proposal.kind);
  const targets = new Set(proposal.targets);
  for (const { kind, targets: others, decidedMs } of approvals) {
    if (touchesTargets(kind) !== touches) continue;
    if (Math.abs(proposal.createdMs - decidedMs) >= policy.cooldownMs) continue;
    const hit = others.find((target) => targets.has(target));
    if (hit === undefined) continue;
    const reason = `${hit} had ${kind} at ${decidedMs}, valid is ${policy.cooldownMs} ms apart`;
    return { code: 'COOLDOWN', reason };
  }
  return null;
}

function checkEvidence(proposal: Proposal, own: NonNullable<ValidatorView['snapshot']>): Broken | null {
  const { evidence } = proposal;
  const { record, hash } = own;
  if (Buffer.compare(evidence.snapshotHash, hash) !== 0) {
    const reason = `its snapshot has hash ${hex(evidence.snapshotHash)}, this validator's has ${hex(hash)}`;
    return { code: 'SNAPSHOT_DIFFERS', reason };
  }
  if (record.windowStartMs !== evidence.windowStartMs || record.windowEndMs !== evidence.windowEndMs) {
    return {
      code: 'SNAPSHOT_DIFFERS',
      reason: `the snapshot's window is ${record.windowStartMs} to ${record.windowEndMs}`,
    };
  }
  const entry = findKind(proposal.kind);
  for (const claimed of evidence.agents) {
    const seen = record.agents.find(({ agent }) => agent === claimed.agent);
    if (seen === undefined) return { code: 'TARGET_UNKNOWN', reason: `${claimed.agent} is not in ${keyOf(proposal)}` };
    const { latency, traffic, errors, saturation } = seen.deviation;
    const same =
      claimed.silentMs === seen.silentMs &&
      claimed.deviation.latency === latency &&
      claimed.deviation.traffic === traffic &&
      claimed.deviation.errors === errors &&
      claimed.deviation.saturation === saturation;
    if (!same) {
      const reason = `the extract of ${claimed.agent} is not what the snapshot says: ${latency}, ${traffic}, ${errors}, ${saturation}, silent ${seen.silentMs} ms`;
      return { code: 'EXTRACT_DIFFERS', reason };
    }
    if (entry?.touches === true && !showsTrouble(seen, record)) {
      return {
        code: 'NO_TROUBLE_SEEN',
        reason: `${claimed.agent} is within ${visibleTrouble} deviations, reports and is up`,
      };
    }
  }
  return null;
}

function checkAgainstCell(
  proposal: Proposal,
  { policy, ledger }: ValidatorView,
  snapshot: SeenSnapshot,
): Broken | null {
  const members = snapshot.agents.length;
  // The proposal's cost is a share of the fleet, which is no smaller than this cell.
  if (proposal.expectedBenefit < proposal.cost * members) {
    const reason = `avoids ${proposal.expectedBenefit} failures and forgoes ${proposal.cost} of ${members} agents' capacity or more`;
    return { code: 'COST_EXCEEDS_BENEFIT', reason };
  }
  if (!touchesTargets(proposal.kind)) return null;
  const touched = new Set(ledger.agentsTouched(proposal, proposal.createdMs));
  for (const target of proposal.targets) touched.add(target);
  const allowed = agentsAllowed(policy, members);
  if (touched.size <= allowed) return null;
  const reason = `${touched.size} of ${members} agents would be under interventions, valid is at most ${allowed}`;
  return { code: 'BLAST_RADIUS', reason };
}

function showsTrouble(agent: SeenAgent, { windowStartMs, windowEndMs }: SeenSnapshot): boolean {
  if (agent.status === 'DOWN' || agent.status === 'DEGRADED') return true;
  return worstDeviation(agent.deviation, agent.silentMs, windowEndMs - windowStartMs) >= visibleTrouble;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
