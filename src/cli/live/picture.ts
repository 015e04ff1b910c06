/** What is known of a fleet and its pipeline from the records that went by: what the live view shows and the summary counts. No I/O. */
import type { Action, Alert, Decision, Outcome, Scores, Snapshot } from '../../../schemas/records.ts';
import { Latencies } from './latencies.ts';

export interface AgentPicture {
  readonly agent: string;
  readonly silentMs: number;
  readonly down: boolean;
  /** Failure score, 0 to 1; null before the first. */
  readonly failure: number | null;
  /** What the score rests on, as words, the heaviest first. */
  readonly evidence: readonly string[];
  /** Neighbours that bear on it, the heaviest first. */
  readonly neighbours: readonly string[];
}

export interface DecisionPicture {
  readonly id: string;
  readonly receivedMs: number;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly approved: boolean;
  readonly reason: string;
  readonly dryRun: boolean;
  readonly signatures: number;
  /** The newest word of an actuator. */
  action: Action['kind'] | null;
  outcome: Pick<Outcome, 'effect' | 'verdict'> | null;
}

export interface Counts {
  heartbeats: number;
  interactions: number;
  snapshots: number;
  scores: number;
  proposals: number;
  approved: number;
  rejected: number;
  applied: number;
  outcomes: number;
  improved: number;
  late: number;
  deadLetters: number;
}

/** Means over the agents that reported in the newest windows. */
export interface Health {
  readonly members: number;
  readonly silent: number;
  readonly latencyMs: number | null;
  readonly trafficPerS: number;
  readonly errorRate: number | null;
  readonly saturation: number | null;
}

const decisionsKept = 100;
const cascadesKept = 240;
/** An agent is shown as silent after so many windows without a heartbeat. */
const silentWindows = 2.5;

export class Picture {
  readonly counts: Counts = {
    heartbeats: 0,
    interactions: 0,
    snapshots: 0,
    scores: 0,
    proposals: 0,
    approved: 0,
    rejected: 0,
    applied: 0,
    outcomes: 0,
    improved: 0,
    late: 0,
    deadLetters: 0,
  };
  readonly latencies = new Latencies();
  /** Cascade risk of the fleet by window, the newest last: the highest of its cells'. */
  readonly cascades: number[] = [];
  lastAlert: Alert | null = null;
  lastDeadLetter = '';
  readonly #agents = new Map<string, AgentPicture>();
  readonly #cells = new Map<number, { readonly health: Health; cascade: number }>();
  readonly #decisions: DecisionPicture[] = [];
  #cascadeWindowMs = Number.NEGATIVE_INFINITY;

  /** By id in ascending order. */
  get agents(): readonly AgentPicture[] {
    return [...this.#agents.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  }

  /** The newest first. */
  get decisions(): readonly DecisionPicture[] {
    return this.#decisions;
  }

  get cascade(): number | null {
    return this.cascades.at(-1) ?? null;
  }

  get health(): Health {
    return combined([...this.#cells.values()].map(({ health }) => health));
  }

  /** Agents whose score is at least `threshold`, the highest first. */
  atRisk(threshold: number): readonly (AgentPicture & { readonly failure: number })[] {
    return this.agents
      .flatMap((agent) => (agent.failure === null ? [] : [{ ...agent, failure: agent.failure }]))
      .filter(({ failure }) => failure >= threshold)
      .sort((a, b) => b.failure - a.failure);
  }

  onSnapshot(snapshot: Snapshot): void {
    this.counts.snapshots++;
    const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
    const silentMs = silentWindows * windowMs;
    this.#cells.set(snapshot.cell, {
      health: healthOf(snapshot, silentMs),
      cascade: this.#cells.get(snapshot.cell)?.cascade ?? 0,
    });
    for (const { agent, status, silentMs: silence } of snapshot.agents) {
      const before = this.#agents.get(agent) ?? { failure: null, evidence: [], neighbours: [] };
      this.#agents.set(agent, { ...before, agent, silentMs: silence, down: status === 'DOWN' || silence > silentMs });
    }
  }

  onScores(scores: Scores): void {
    this.counts.scores++;
    for (const score of scores.agents) {
      const before = this.#agents.get(score.agent) ?? { agent: score.agent, silentMs: score.silentMs, down: false };
      this.#agents.set(score.agent, {
        ...before,
        failure: score.failure,
        evidence: evidenceOf(score),
        neighbours: score.neighbours.map(({ agent }) => agent),
      });
    }
    const cell = this.#cells.get(scores.cell);
    if (cell !== undefined) cell.cascade = scores.cascade;
    const highest = Math.max(scores.cascade, ...[...this.#cells.values()].map(({ cascade }) => cascade));
    if (scores.windowEndMs > this.#cascadeWindowMs) {
      this.#cascadeWindowMs = scores.windowEndMs;
      this.cascades.push(highest);
      if (this.cascades.length > cascadesKept) this.cascades.shift();
    } else {
      this.cascades[this.cascades.length - 1] = highest;
    }
  }

  /** `latencyMs`: from the append of the record that began it all to the receipt; null where the record does not say. */
  onDecision(decision: Decision, receivedMs: number, latencyMs: number | null): void {
    const { proposalId, kind, targets, verdict, reason, dryRun, certificate } = decision;
    const approved = verdict === 'APPROVED';
    this.counts[approved ? 'approved' : 'rejected']++;
    if (latencyMs !== null) this.latencies.add(latencyMs);
    this.#decisions.unshift({
      id: proposalId,
      receivedMs,
      kind,
      targets,
      approved,
      reason,
      dryRun,
      signatures: certificate.signatures.length,
      action: null,
      outcome: null,
    });
    this.#decisions.length = Math.min(this.#decisions.length, decisionsKept);
  }

  onAction({ proposalId, kind }: Action): void {
    if (kind === 'APPLIED') this.counts.applied++;
    const decision = this.#decisions.find(({ id }) => id === proposalId);
    if (decision !== undefined) decision.action = kind;
  }

  onOutcome({ proposalId, effect, verdict }: Outcome): void {
    this.counts.outcomes++;
    if (verdict === 'IMPROVED') this.counts.improved++;
    const decision = this.#decisions.find(({ id }) => id === proposalId);
    if (decision !== undefined) decision.outcome = { effect, verdict };
  }
}

type AgentScore = Scores['agents'][number];

/** What raised the score, in words: the deviation where it is a golden signal's. */
function evidenceOf({ signals, deviation, silentMs }: AgentScore): string[] {
  return signals
    .filter(({ weight }) => weight > 0)
    .map(({ signal }) => {
      const z = signal in deviation ? deviation[signal as keyof typeof deviation] : 0;
      // A signal may bear on the score by its plain value, at no deviation to speak of.
      if (Math.abs(z) >= 0.5) return `${signal} ${signed(z)}σ`;
      return signal === 'silence' ? `silent ${(silentMs / 1000).toFixed(1)} s` : signal;
    });
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

function healthOf({ agents }: Snapshot, silentMs: number): Health {
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return {
    members: agents.length,
    silent: agents.filter((agent) => agent.silentMs > silentMs).length,
    latencyMs: mean(agents.map((agent) => agent.latencyMs)),
    trafficPerS: agents.reduce((sum, { trafficPerS }) => sum + (trafficPerS ?? 0), 0),
    errorRate: mean(agents.map((agent) => agent.errorRate)),
    saturation: mean(agents.map((agent) => agent.saturation)),
  };
}

/** Means weighted by the cells' members. */
function combined(cells: readonly Health[]): Health {
  const sum = (pick: (cell: Health) => number): number => cells.reduce((total, cell) => total + pick(cell), 0);
  const mean = (pick: (cell: Health) => number | null): number | null => {
    const known = cells.filter((cell) => pick(cell) !== null);
    const weight = known.reduce((total, { members }) => total + members, 0);
    return weight === 0 ? null : known.reduce((total, cell) => total + cell.members * (pick(cell) ?? 0), 0) / weight;
  };
  return {
    members: sum(({ members }) => members),
    silent: sum(({ silent }) => silent),
    latencyMs: mean(({ latencyMs }) => latencyMs),
    trafficPerS: sum(({ trafficPerS }) => trafficPerS),
    errorRate: mean(({ errorRate }) => errorRate),
    saturation: mean(({ saturation }) => saturation),
  };
}
