/**
 * The planner of one cell: from scores to proposals. A deterministic state machine; its time is event time, read off the records.
 *
 * It acts on causes, not victims (blame.ts); only once a score has stood at the policy's minFailure for some windows in a row; with the kind whose
 * expected benefit exceeds its cost by most (remedy.ts), given what kinds did before (effects.ts) and what was just tried on the same agent; and
 * never beyond budget, blast radius and cooldown, which the validators check again (validation.ts).
 */
import type {
  AgentScore,
  Alert,
  Outcome,
  Policy,
  Proposal,
  Scores,
  Severity,
  Signature,
} from '../../schemas/records.ts';
import type { CellId } from '../fleet/ids.ts';
import { type Cause, findCauses, isOnlyBusy, isSilent } from './blame.ts';
import { catalogue, findKind, type Kind, touchesTargets } from './catalogue.ts';
import { requireCell } from './cell.ts';
import type { Decided } from './decided.ts';
import { LearnedEffects } from './effects.ts';
import { InterventionError } from './errors.ts';
import {
  type AgentMemory,
  type Intervention,
  isCooling,
  isForgettable,
  newAgentMemory,
  PlannerChanges,
  type PlannerDelta,
  type PlannerState,
  remember,
  takeTouched,
  timesTried,
  touchedOf,
  triesMax,
  triesMs,
} from './planner-state.ts';
import { agentsAllowed } from './policy.ts';
import { compareIds, proposalId } from './proposal.ts';
import { type Remedy, remedyFor, signalsInWords, targetsFor } from './remedy.ts';
import { decodeState, encodeState } from './state-codec.ts';
import { worstDeviation } from './trouble.ts';
import { visibleTrouble } from './validation.ts';

export interface PlannerOptions {
  /** Windows in a row that a score must stand at the policy's minFailure before anything is proposed. */
  readonly windowsInARow: number;
  /** Proposals a window, one call for people about many agents not counted. */
  readonly proposalsMax: number;
  /** Cascade risk from which people are told. */
  readonly cascadeMin: number;
  /** Confidence below which a score moves nothing, unless the agent is silent: then there is little to be read. */
  readonly confidenceMin: number;
  /** An alert of one code is not repeated within this time, in ms. */
  readonly alertEveryMs: number;
}

export const defaultPlannerOptions: PlannerOptions = {
  windowsInARow: 2,
  proposalsMax: 8,
  cascadeMin: 0.5,
  confidenceMin: 0.2,
  alertEveryMs: 60_000,
};

export interface Plan {
  /** The most useful first; a call for people about many agents comes last. */
  readonly proposals: readonly Proposal[];
  readonly alerts: readonly Alert[];
}

/** An intervention lives for at least so many windows, policy permitting: its outcome must be measurable. */
const lifetimeWindowsMin = 10;
/** A gap of more windows than this ends every streak. */
const gapWindowsMax = 3;
/** Stability of the topology below which an alert says so. */
const stabilityMin = 0.25;
/** Targets of one escalation. */
const escalatedMax = 16;

export class Planner {
  readonly #cell: CellId;
  readonly #options: PlannerOptions;
  #lastWindowEndMs: number | null = null;
  #cascadeStreak = 0;
  #shiftStreak = 0;
  #agents = new Map<string, AgentMemory>();
  #pending = new Map<string, Intervention>();
  #approved = new Map<string, Intervention>();
  #decidedIds = new Set<string>();
  #measuredIds = new Set<string>();
  #effects = new LearnedEffects();
  #alerted = new Map<string, number>();
  readonly #changes = new PlannerChanges();

  /** @throws InterventionError BAD_OPTION */
  constructor(cell: CellId, options: Partial<PlannerOptions> = {}) {
    this.#cell = { tenant: cell.tenant, fleet: cell.fleet, cell: cell.cell };
    this.#options = { ...defaultPlannerOptions, ...options };
    for (const [name, value] of Object.entries(this.#options)) {
      if (!(value >= 0)) throw new InterventionError('BAD_OPTION', `planner option ${name}`, value, '0 or more');
    }
  }

  /** A planner that goes on where the encoded one stood. Options are not part of the state. @throws InterventionError UNREADABLE_STATE */
  static decode(cell: CellId, bytes: Uint8Array, options: Partial<PlannerOptions> = {}): Planner {
    const state = decodeState<PlannerState>('planner', 1, bytes);
    const planner = new Planner(cell, options);
    planner.#lastWindowEndMs = state.lastWindowEndMs;
    planner.#cascadeStreak = state.cascadeStreak;
    planner.#shiftStreak = state.shiftStreak;
    planner.#agents = new Map(state.agents);
    planner.#pending = new Map(state.pending.map((one) => [one.proposalId, one]));
    planner.#approved = new Map(state.approved.map((one) => [one.proposalId, one]));
    planner.#decidedIds = new Set(state.decidedIds);
    planner.#measuredIds = new Set(state.measuredIds);
    planner.#effects = new LearnedEffects(state.effects);
    planner.#alerted = new Map(state.alerted);
    return planner;
  }

  encode(): Uint8Array {
    return encodeState('planner', 1, {
      lastWindowEndMs: this.#lastWindowEndMs,
      cascadeStreak: this.#cascadeStreak,
      shiftStreak: this.#shiftStreak,
      agents: [...this.#agents],
      pending: [...this.#pending.values()],
      approved: [...this.#approved.values()],
      decidedIds: [...this.#decidedIds],
      measuredIds: [...this.#measuredIds],
      effects: this.#effects.toJSON(),
      alerted: [...this.#alerted],
    } satisfies PlannerState);
  }

  /** What has changed since this was last called, for `apply`: the whole is large where much was done of late, and little of it changes in a window. */
  drainDelta(): Uint8Array {
    const changes = this.#changes;
    const delta: PlannerDelta = {
      lastWindowEndMs: this.#lastWindowEndMs,
      cascadeStreak: this.#cascadeStreak,
      shiftStreak: this.#shiftStreak,
      agents: touchedOf(changes.agents, this.#agents),
      pending: touchedOf(changes.pending, this.#pending),
      approved: touchedOf(changes.approved, this.#approved),
      decidedIds: [...changes.decidedIds],
      measuredIds: [...changes.measuredIds],
      effects: this.#effects.toJSON(),
      alerted: [...this.#alerted],
    };
    changes.clear();
    return encodeState('planner-delta', 1, delta);
  }

  /** Takes what another planner that stood where this one stands has drained. @throws InterventionError UNREADABLE_STATE */
  apply(bytes: Uint8Array): void {
    const delta = decodeState<PlannerDelta>('planner-delta', 1, bytes);
    this.#lastWindowEndMs = delta.lastWindowEndMs;
    this.#cascadeStreak = delta.cascadeStreak;
    this.#shiftStreak = delta.shiftStreak;
    takeTouched(this.#agents, delta.agents);
    takeTouched(this.#pending, delta.pending);
    takeTouched(this.#approved, delta.approved);
    for (const id of delta.decidedIds) remember(this.#decidedIds, id);
    for (const id of delta.measuredIds) remember(this.#measuredIds, id);
    this.#effects = new LearnedEffects(delta.effects);
    this.#alerted = new Map(delta.alerted);
  }

  /**
   * What to propose after a window. `signature` is of the same window, or null. `cells` is the fleet's number of cells, which a proposal's cost is a
   * share of. Windows that are not newer than the last one planned give nothing.
   * @throws InterventionError WRONG_CELL
   */
  plan(scores: Scores, signature: Signature | null, policy: Policy, cells = 1): Plan {
    requireCell(this.#cell, scores);
    if (this.#lastWindowEndMs !== null && scores.windowEndMs <= this.#lastWindowEndMs)
      return { proposals: [], alerts: [] };
    this.#observe(scores, signature, policy);
    this.#forget(scores.windowEndMs, policy);

    const alerts: Alert[] = [];
    const failing = scores.agents.filter((score) => score.failure >= policy.minFailure);
    this.#alertOnCell(alerts, scores, signature, failing.length);
    if (policy.stopped) {
      if (failing.length > 0) {
        this.#alert(
          alerts,
          scores,
          'INFO',
          'tenant-stopped',
          `${failing.length} agents are failing; the tenant is stopped`,
        );
      }
      return { proposals: [], alerts };
    }
    const wide = this.#isWide(scores, policy, failing.length);
    const { chosen, held } = this.#choose(scores, policy, wide, alerts);
    const escalation = this.#escalation(scores, policy, wide ? failing : targetsOf(held), targetsOf(chosen));
    if (escalation !== null && chosen.length < this.#budgetLeft(scores.windowEndMs, policy)) chosen.push(escalation);

    const proposals = chosen.map((remedy) => toProposal(scores, remedy, cells));
    for (const { id, kind, targets, createdMs, expiresMs } of proposals) {
      this.#pending.set(id, { proposalId: id, kind, targets, decidedMs: createdMs, expiresMs });
      this.#changes.pending.add(id);
    }
    return { proposals, alerts };
  }

  /** Takes a decision on one of the cell's proposals, its own or another's. A dry run counts as if it were acted on. @throws InterventionError WRONG_CELL */
  onDecision(decision: Decided): void {
    requireCell(this.#cell, decision);
    const { proposalId, kind, targets, decidedMs, expiresMs } = decision;
    if (this.#decidedIds.has(proposalId)) return;
    const wasOwn = this.#pending.delete(proposalId);
    this.#changes.pending.add(proposalId);
    if (decision.verdict !== 'APPROVED') {
      // Anybody may ask for nonsense about an agent: that it was rejected says nothing of what is asked for here.
      if (!wasOwn) return;
      this.#rememberDecided(proposalId);
      for (const target of targets) this.#memory(target).rejectedMs = decidedMs;
      return;
    }
    this.#rememberDecided(proposalId);
    this.#approved.set(proposalId, { proposalId, kind, targets: [...targets], decidedMs, expiresMs });
    this.#changes.approved.add(proposalId);
    for (const target of targets) {
      const memory = this.#memory(target);
      if (touchesTargets(kind)) memory.touchedMs = Math.max(memory.touchedMs ?? 0, decidedMs);
      else memory.escalatedMs = Math.max(memory.escalatedMs ?? 0, decidedMs);
      if (findKind(kind)?.lowersTraffic === true && !decision.dryRun) {
        memory.returningUntilMs = Math.max(memory.returningUntilMs ?? 0, expiresMs + (expiresMs - decidedMs));
      }
      memory.tries = [...memory.tries, { kind, timeMs: decidedMs }].slice(-triesMax);
    }
  }

  /** Learns from a measured outcome; one without a verdict, or whose effect is no number, teaches nothing. @throws InterventionError WRONG_CELL */
  onOutcome(outcome: Outcome): void {
    requireCell(this.#cell, outcome);
    if (this.#measuredIds.has(outcome.proposalId)) return;
    remember(this.#measuredIds, outcome.proposalId);
    this.#changes.measuredIds.add(outcome.proposalId);
    const entry = findKind(outcome.kind);
    // What follows a call for help is what people did or what would have passed anyway: no evidence for calling.
    if (entry?.touches && outcome.verdict !== 'UNKNOWN' && !Number.isNaN(outcome.effect))
      this.#effects.learn(entry.kind, outcome.effect, outcome.measuredMs);
  }

  #observe(scores: Scores, signature: Signature | null, policy: Policy): void {
    const windowMs = scores.windowEndMs - scores.windowStartMs;
    const broken =
      this.#lastWindowEndMs !== null && scores.windowStartMs - this.#lastWindowEndMs > gapWindowsMax * windowMs;
    const present = new Set<string>();
    for (const { agent, failure } of scores.agents) {
      present.add(agent);
      const memory = failure >= policy.minFailure ? this.#memory(agent) : this.#agents.get(agent);
      if (memory === undefined) continue;
      this.#setStreak(agent, memory, failure < policy.minFailure ? 0 : broken ? 1 : memory.streak + 1);
    }
    for (const [agent, memory] of this.#agents) if (!present.has(agent)) this.#setStreak(agent, memory, 0);
    const before = broken ? 0 : 1;
    this.#cascadeStreak = scores.cascade >= this.#options.cascadeMin ? before * this.#cascadeStreak + 1 : 0;
    const shifted = signature !== null && signature.stability < stabilityMin;
    this.#shiftStreak = shifted ? before * this.#shiftStreak + 1 : 0;
    this.#lastWindowEndMs = scores.windowEndMs;
  }

  #forget(nowMs: number, policy: Policy): void {
    const changes = this.#changes;
    for (const [id, { expiresMs }] of this.#pending) {
      if (expiresMs <= nowMs && this.#pending.delete(id)) changes.pending.add(id);
    }
    for (const [id, { expiresMs, decidedMs }] of this.#approved) {
      const matters = expiresMs > nowMs || decidedMs > nowMs - policy.budgetMs;
      if (!matters && this.#approved.delete(id)) changes.approved.add(id);
    }
    const keepMs = Math.max(policy.cooldownMs, triesMs);
    for (const [agent, memory] of this.#agents) {
      if (isForgettable(memory, nowMs, keepMs) && this.#agents.delete(agent)) changes.agents.add(agent);
    }
  }

  #rememberDecided(id: string): void {
    remember(this.#decidedIds, id);
    this.#changes.decidedIds.add(id);
  }

  #setStreak(agent: string, memory: AgentMemory, streak: number): void {
    if (memory.streak === streak) return;
    memory.streak = streak;
    this.#changes.agents.add(agent);
  }

  /** The best remedy of each cause, as many as budget and blast radius allow, and the causes that the blast radius holds back. */
  #choose(
    scores: Scores,
    policy: Policy,
    wide: boolean,
    alerts: Alert[],
  ): { readonly chosen: Remedy[]; readonly held: readonly Remedy[] } {
    const nowMs = scores.windowEndMs;
    const remedies: Remedy[] = [];
    for (const cause of findCauses(scores, policy.minFailure)) {
      const best = this.#bestRemedy(scores, policy, cause);
      // People are told of a wide failure once, not agent by agent.
      if (best !== null && (best.entry.touches || !wide)) remedies.push(best);
    }
    remedies.sort((a, b) => netOf(b) - netOf(a) || compareIds(a.targets[0].agent, b.targets[0].agent));

    const touched = this.#touched(nowMs);
    const allowed = agentsAllowed(policy, scores.agents.length);
    const budgetLeft = this.#budgetLeft(nowMs, policy);
    const most = Math.min(budgetLeft, this.#options.proposalsMax);
    const taken = new Set<string>();
    const chosen: Remedy[] = [];
    const held: Remedy[] = [];
    for (const remedy of remedies) {
      // Two causes may lead to the same caller; it is touched once.
      if (remedy.targets.some((target) => taken.has(target.agent))) continue;
      const added = remedy.targets.filter((target) => !touched.has(target.agent)).length;
      if (remedy.entry.touches && touched.size + added > allowed) {
        held.push(remedy);
        continue;
      }
      if (chosen.length >= most) {
        // Else it is only put off: the next window takes it up.
        if (chosen.length >= budgetLeft) {
          const message = `${policy.budget} approvals within ${policy.budgetMs} ms`;
          this.#alert(alerts, scores, 'WARNING', 'budget-spent', message);
        }
        break;
      }
      chosen.push(remedy);
      for (const { agent } of remedy.targets) {
        taken.add(agent);
        if (remedy.entry.touches) touched.add(agent);
      }
    }
    if (held.length > 0) {
      const message = `${held.length} interventions held back: ${touched.size} of ${scores.agents.length} agents are under interventions, valid is at most ${allowed}`;
      this.#alert(alerts, scores, 'WARNING', 'blast-radius-reached', message);
    }
    return { chosen, held };
  }

  #bestRemedy(scores: Scores, policy: Policy, cause: Cause): Remedy | null {
    const nowMs = scores.windowEndMs;
    const windowMs = nowMs - scores.windowStartMs;
    if (!this.#isEligible(cause.score, nowMs, windowMs, policy)) return null;
    const mayTouch = (score: AgentScore): boolean =>
      this.#isEligible(score, nowMs, windowMs, policy) &&
      worstDeviation(score.deviation, score.silentMs, windowMs) >= visibleTrouble;
    let best: Remedy | null = null;
    for (const entry of catalogue) {
      if (!policy.allowedKinds.includes(entry.kind) || (entry.touches && !mayTouch(cause.score))) continue;
      const targets = targetsFor(cause, entry, mayTouch);
      if (targets.some(({ agent }) => this.#isUnderOrCooling(agent, entry.kind, nowMs, policy))) continue;
      // What was just tried on the same agent and left it in trouble is half as promising each time.
      const tried = Math.max(...targets.map(({ agent }) => timesTried(this.#agents.get(agent), entry.kind, nowMs)));
      const effect = this.#effects.expected(entry, cause.trouble, nowMs) * 0.5 ** tried;
      const lifetimeMs = Math.min(policy.maxLifetimeMs, Math.max(entry.lifetimeMs, lifetimeWindowsMin * windowMs));
      const remedy = remedyFor(scores, cause, entry, targets, effect, lifetimeMs);
      if (netOf(remedy) > (best === null ? 0 : netOf(best))) best = remedy;
    }
    return best;
  }

  /** The score has stood for long enough, can be believed, and nothing was done about the agent just now or is being decided. */
  #isEligible(score: AgentScore, nowMs: number, windowMs: number, policy: Policy): boolean {
    const memory = this.#agents.get(score.agent);
    if (memory === undefined || memory.streak < this.#options.windowsInARow) return false;
    if (score.confidence < this.#options.confidenceMin && !isSilent(score, windowMs)) return false;
    if (memory.returningUntilMs !== null && nowMs < memory.returningUntilMs && isOnlyBusy(score, windowMs))
      return false;
    if (
      isCooling(memory.touchedMs, nowMs, policy.cooldownMs) ||
      isCooling(memory.rejectedMs, nowMs, policy.cooldownMs)
    ) {
      return false;
    }
    for (const { kind, targets } of this.#pending.values()) {
      if (touchesTargets(kind) && targets.includes(score.agent)) return false;
    }
    return true;
  }

  /** A cascade is likely, and more agents fail than may be touched. */
  #isWide(scores: Scores, policy: Policy, failing: number): boolean {
    if (this.#cascadeStreak < this.#options.windowsInARow) return false;
    return failing > Math.max(1, agentsAllowed(policy, scores.agents.length));
  }

  /** Tells people about those of `about` whom they do not know of yet and nothing else is done for; null where there are none. */
  #escalation(
    scores: Scores,
    policy: Policy,
    about: readonly AgentScore[],
    helped: readonly AgentScore[],
  ): Remedy | null {
    const entry = findKind('ESCALATE');
    if (entry === null || !policy.allowedKinds.includes(entry.kind)) return null;
    const nowMs = scores.windowEndMs;
    const worst = [...new Set(about)]
      .filter((score) => !helped.includes(score) && !this.#isUnderOrCooling(score.agent, entry.kind, nowMs, policy))
      .sort((a, b) => b.failure - a.failure || compareIds(a.agent, b.agent))
      .slice(0, escalatedMax)
      .sort((a, b) => compareIds(a.agent, b.agent));
    if (worst.length === 0) return null;
    let atStake = 0;
    for (const score of worst) atStake += score.failure;
    const failing = scores.agents.filter((score) => score.failure >= policy.minFailure).length;
    const reason = `${failing} of ${scores.agents.length} agents are failing, cascade risk ${scores.cascade.toFixed(2)}, more than may be touched at once; first ${worst[0].agent}: ${signalsInWords(worst[0])}.`;
    return {
      entry,
      trouble: 'CASCADE',
      targets: worst,
      parameters: [{ name: 'urgency', value: 2 }],
      lifetimeMs: Math.min(policy.maxLifetimeMs, entry.lifetimeMs),
      benefit: Math.min(scores.agents.length, this.#effects.expected(entry, 'CASCADE', nowMs) * atStake),
      forgone: 0,
      reason,
    };
  }

  #alertOnCell(alerts: Alert[], scores: Scores, signature: Signature | null, failing: number): void {
    if (this.#cascadeStreak >= this.#options.windowsInARow) {
      const message = `cascade risk ${scores.cascade.toFixed(2)} within ${scores.horizonMs} ms; ${failing} agents are failing`;
      this.#alert(alerts, scores, 'CRITICAL', 'cascade-risk', message);
    }
    if (signature !== null && this.#shiftStreak >= this.#options.windowsInARow) {
      const message = `the topology left its baseline: stability ${signature.stability.toFixed(2)}, below ${stabilityMin}`;
      this.#alert(alerts, scores, 'INFO', 'topology-shift', message);
    }
  }

  #alert(alerts: Alert[], scores: Scores, severity: Severity, code: string, message: string): void {
    const nowMs = scores.windowEndMs;
    if (isCooling(this.#alerted.get(code) ?? null, nowMs, this.#options.alertEveryMs)) return;
    this.#alerted.set(code, nowMs);
    alerts.push({ ...this.#cell, timeMs: nowMs, severity, code, message });
  }

  #budgetLeft(nowMs: number, policy: Policy): number {
    let spent = this.#pending.size;
    for (const { decidedMs } of this.#approved.values()) if (decidedMs > nowMs - policy.budgetMs) spent++;
    return Math.max(0, policy.budget - spent);
  }

  /** The agent is under an intervention of this kind, or was too lately; asking again would be refused or useless. */
  #isUnderOrCooling(agent: string, kind: Kind, nowMs: number, policy: Policy): boolean {
    for (const one of this.#live(nowMs)) if (one.kind === kind && one.targets.includes(agent)) return true;
    const memory = this.#agents.get(agent);
    if (memory === undefined) return false;
    const sinceMs = touchesTargets(kind) ? memory.touchedMs : memory.escalatedMs;
    return isCooling(sinceMs, nowMs, policy.cooldownMs) || isCooling(memory.rejectedMs, nowMs, policy.cooldownMs);
  }

  #touched(nowMs: number): Set<string> {
    const targets = new Set<string>();
    for (const one of this.#live(nowMs)) {
      if (touchesTargets(one.kind)) for (const target of one.targets) targets.add(target);
    }
    return targets;
  }

  *#live(nowMs: number): IterableIterator<Intervention> {
    for (const one of this.#approved.values()) if (one.expiresMs > nowMs) yield one;
    yield* this.#pending.values();
  }

  /** To be changed by the caller. */
  #memory(agent: string): AgentMemory {
    this.#changes.agents.add(agent);
    let memory = this.#agents.get(agent);
    if (memory === undefined) {
      memory = newAgentMemory();
      this.#agents.set(agent, memory);
    }
    return memory;
  }
}

function targetsOf(remedies: readonly Remedy[]): readonly AgentScore[] {
  return remedies.flatMap((remedy) => remedy.targets);
}

function netOf(remedy: Remedy): number {
  // The margin keeps the validators' sum, made of rounded shares, on the same side.
  return remedy.benefit - remedy.forgone * (1 + 1e-9);
}

function toProposal(scores: Scores, remedy: Remedy, cells: number): Proposal {
  const { tenant, fleet, cell, windowStartMs, windowEndMs, snapshotHash, model, horizonMs, cascade } = scores;
  const targets = remedy.targets.map((target) => target.agent);
  const wish: Omit<Proposal, 'id'> = {
    tenant,
    fleet,
    cell,
    kind: remedy.entry.kind,
    targets,
    parameters: remedy.parameters,
    createdMs: windowEndMs,
    expiresMs: windowEndMs + remedy.lifetimeMs,
    undo: remedy.entry.undo,
    expectedBenefit: remedy.benefit,
    cost: Math.min(1, remedy.forgone / (scores.agents.length * cells)),
    reason: remedy.reason,
    evidence: {
      windowStartMs,
      windowEndMs,
      snapshotHash,
      model,
      horizonMs,
      cascade,
      agents: remedy.targets.map(({ agent, failure, silentMs, deviation }) => ({
        agent,
        failure,
        silentMs,
        deviation,
      })),
    },
  };
  return { id: proposalId(wish), ...wish };
}
