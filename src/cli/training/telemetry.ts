/** What a source of one's own data gives: snapshots by cell in order of time, and what was done to agents meanwhile. */
import type { Snapshot } from '../../../schemas/records.ts';

export interface Telemetry {
  /** Interventions that were carried out. */
  readonly interventions: readonly Interference[];
  readonly cures: readonly Cure[];
  /** Decisions that were carried out by some actuator's word, and that the validators did not sign: they are none of `interventions`. */
  readonly refused: number;
}

/** An applied decision: what became of its targets then is no longer what would have become of them. */
export interface Interference {
  readonly fleet: string;
  readonly targets: readonly string[];
  /** Kind of the intervention, such as THROTTLE. */
  readonly kind: string;
  readonly fromMs: number;
  /** When it was undone or had expired; null: not heard of. */
  readonly toMs: number | null;
}

/** A measured outcome that was an improvement: its targets had been in trouble before it. */
export interface Cure {
  readonly fleet: string;
  readonly targets: readonly string[];
  readonly appliedMs: number;
  readonly windowsBefore: number;
}

export interface Range {
  readonly tenant: string;
  /** Null: all fleets of the tenant. */
  readonly fleet: string | null;
  /** Windows that end after this, and not after that. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Hands over the snapshots of a range, those of one cell in order of time, and then answers with the rest. */
export type ReadTelemetry = (range: Range, take: (snapshot: Snapshot) => void) => Promise<Telemetry>;

/** An actuator's word, in order of time. */
export interface ActionWord {
  readonly proposalId: string;
  readonly kind: string;
  readonly timeMs: number;
}

export interface DecidedUpon {
  readonly fleet: string;
  readonly kind: string;
  readonly targets: readonly string[];
}

/** Applied decisions with the time of their end, from what actuators said of them. */
export function interferences(
  actions: readonly ActionWord[],
  decisions: ReadonlyMap<string, DecidedUpon>,
): readonly Interference[] {
  const found: Interference[] = [];
  for (const [proposalId, words] of Map.groupBy(actions, (action) => action.proposalId)) {
    const decision = decisions.get(proposalId);
    const applied = words.filter(({ kind }) => kind === 'APPLIED').map(({ timeMs }) => timeMs);
    if (decision === undefined || applied.length === 0) continue;
    const fromMs = Math.min(...applied);
    const ends = words.filter(({ kind, timeMs }) => (kind === 'UNDONE' || kind === 'EXPIRED') && timeMs >= fromMs);
    const toMs = ends.length === 0 ? null : Math.max(...ends.map(({ timeMs }) => timeMs));
    found.push({ ...decision, fromMs, toMs });
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}
