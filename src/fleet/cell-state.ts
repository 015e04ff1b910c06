import type {
  AgentState,
  Alert,
  Edge,
  Fleet,
  HeartbeatObservation,
  InteractionObservation,
  Observations,
  Snapshot,
} from '../../schemas/records.ts';
import { ANOMALY_Z } from './baseline.ts';
import { type CellStateParts, decodeParts, encodeParts, type Refusals } from './cell-state-codec.ts';
import { EdgeDirectory, type KnownEdge } from './edge-directory.ts';
import { FleetError } from './errors.ts';
import { type CellId, cellKey, cellOf, isId } from './ids.ts';
import {
  AGENTS_PER_CELL_MAX,
  EDGES_PER_WINDOW_MAX,
  EMPTY_WINDOWS_MAX,
  OPEN_BYTES_MAX,
  OPEN_WINDOWS_MAX,
} from './limits.ts';
import { Members } from './members.ts';
import { OpenWindow, ROW_BYTES, STATUSES } from './open-window.ts';
import { SIGNAL_COUNT } from './signal-mapping.ts';
import { type EdgeSum, edgeBytes } from './window-edges.ts';
import { Windowing } from './windowing.ts';

/** An observation that came after its window had closed, with all that a Late record holds. */
export interface LateObservation {
  readonly kind: 'HEARTBEAT' | 'INTERACTION';
  /** Agent, or caller, that it is of. */
  readonly agent: string;
  readonly timeMs: number;
  /** End of the last window that had closed when it came. */
  readonly closedMs: number;
  /** The observation alone. */
  readonly alone: Observations;
}

export type RefusalCode = keyof Refusals;

/** An observation that would break a limit of the cell. */
export interface RefusedObservation {
  readonly kind: 'HEARTBEAT' | 'INTERACTION';
  readonly code: RefusalCode;
  /** In words: the value and what would be valid. */
  readonly reason: string;
  /** The observation alone. */
  readonly alone: Observations;
}

/** What became of the observations that were not taken, or were taken and gave way to these. Both lists are almost always empty. */
export interface Applied {
  readonly late: readonly LateObservation[];
  readonly refused: readonly RefusedObservation[];
}

export interface Closed {
  readonly snapshot: Snapshot;
  /** At most one by code and minute of event time. */
  readonly alerts: readonly Alert[];
}

const ALERT_EVERY_MS = 60_000;
/** A window is opened where it can take at least what opens it. */
const FIRST_BYTES = 512;
const NOTHING: Applied = { late: [], refused: [] };
const NO_SLOTS: ReadonlySet<number> = new Set();

const RULES: Readonly<Record<RefusalCode, string>> = {
  'cell-too-large': `at most ${AGENTS_PER_CELL_MAX} agents in a cell; give the fleet more cells`,
  'edges-too-many': `at most ${EDGES_PER_WINDOW_MAX} pairs of caller and callee in a window, the callers with most giving way`,
  'windows-too-many': `at most ${OPEN_WINDOWS_MAX} windows open at a time, and ${OPEN_BYTES_MAX} bytes in them, half of it ahead of the cell's time`,
  'id-invalid': 'ids that intake has checked',
};

/**
 * The state of one cell: a deterministic fold from observations to snapshots. It knows no clock; event time is what the observations say.
 *
 * Use: `apply` each record, then `close` as long as `nextDueMs` is at or before `streamTimeMs`. A window closes once stream time, the event
 * time that records say is reached, has come to its end and grace; observations of one record never make each other late. Windows close in order and
 * without gaps while the cell has members, so that a dead agent shows as silence. After 60 windows in a row without any report, or when the
 * last member is forgotten, the cell is quiet: the next window to close is then the earliest that holds a report, or, if none comes before, the
 * one in which the last member is forgotten. A quiet cell without members can itself be forgotten from `forgottenMs` on.
 *
 * Only heartbeats make members; callers and callees without heartbeats appear in edges alone.
 * The same observations, applied to a decoded copy, lead to the same snapshots and the same bytes.
 */
export class CellState {
  readonly id: CellId;
  #windowing: Windowing;
  #members: Members;
  #edges: EdgeDirectory;
  /** By start in ascending order. */
  #open: OpenWindow[];
  /** What the open windows take in the stored state. */
  #openBytes: number;
  #streamTimeMs: number;
  #closedMs: number;
  #emptyRun: number;
  #cells: number;
  #late: number;
  #refusals: Refusals;

  private constructor(parts: CellStateParts) {
    this.id = parts.id;
    this.#windowing = parts.windowing;
    this.#members = parts.members;
    this.#edges = parts.edges;
    this.#open = parts.open;
    this.#openBytes = parts.open.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#streamTimeMs = parts.streamTimeMs;
    this.#closedMs = parts.closedMs;
    this.#emptyRun = parts.emptyRun;
    this.#cells = parts.cells;
    this.#late = parts.late;
    this.#refusals = parts.refusals;
  }

  /** A cell that has seen nothing. @param fleet the fleet's record, checked */
  static create(id: CellId, fleet: Fleet): CellState {
    const none = { count: 0, alertedMs: -1 };
    return new CellState({
      id,
      windowing: Windowing.of(id, fleet),
      members: new Members(),
      edges: new EdgeDirectory(),
      open: [],
      streamTimeMs: -1,
      closedMs: -1,
      emptyRun: 0,
      cells: fleet.cells,
      late: 0,
      refusals: { 'cell-too-large': none, 'edges-too-many': none, 'windows-too-many': none, 'id-invalid': none },
    });
  }

  /** @throws FleetError STATE_UNREADABLE */
  static decode(bytes: Uint8Array): CellState {
    return new CellState(decodeParts(bytes));
  }

  /** The whole state in a compact binary form of its own, the same bytes for the same state. */
  encode(): Uint8Array {
    return encodeParts({
      id: this.id,
      windowing: this.#windowing,
      members: this.#members,
      edges: this.#edges,
      open: this.#open,
      streamTimeMs: this.#streamTimeMs,
      closedMs: this.#closedMs,
      emptyRun: this.#emptyRun,
      cells: this.#cells,
      late: this.#late,
      refusals: this.#refusals,
    });
  }

  /** Latest event time reached; null before the first. */
  get streamTimeMs(): number | null {
    return this.#streamTimeMs < 0 ? null : this.#streamTimeMs;
  }

  /** End of the last window closed; null before the first. */
  get closedMs(): number | null {
    return this.#closedMs < 0 ? null : this.#closedMs;
  }

  /**
   * Takes the fleet's record, checked: windows begun keep the bounds they began with, later ones follow the new one from its effective time on. Taking the record that already holds changes nothing. When the number of cells changes, members whose id hashes to
   * another cell leave at that boundary.
   */
  configure(fleet: Fleet): void {
    const begun = this.#open.at(-1)?.endMs ?? 0;
    const closedMs = Math.max(0, this.#closedMs);
    this.#windowing.configure(fleet, Math.max(begun, closedMs), closedMs);
  }

  /** Takes a record of this cell. @throws FleetError CELL_MISMATCH */
  apply(observations: Observations): Applied {
    const { tenant, fleet, cell } = observations;
    if (cell !== this.id.cell || fleet !== this.id.fleet || tenant !== this.id.tenant) {
      const { id } = this;
      throw new FleetError(
        'CELL_MISMATCH',
        `observations of ${cellKey(tenant, fleet, cell)} were given to the state of ${cellKey(id.tenant, id.fleet, id.cell)}`,
      );
    }
    const applying = new Applying(observations, this.#closedMs);
    let latestMs = -1;
    let window: OpenWindow | null = null;
    for (const heartbeat of observations.heartbeats) {
      const { timeMs } = heartbeat;
      if (timeMs > latestMs) latestMs = timeMs;
      if (timeMs < this.#closedMs) {
        applying.lateHeartbeat(heartbeat);
        continue;
      }
      const slot = this.#members.slotOf(heartbeat.agent) ?? this.#admit(heartbeat, applying);
      if (slot === null) continue;
      if (window === null || timeMs < window.startMs || timeMs >= window.endMs) window = this.#window(timeMs);
      if (window === null || !(window.has(slot) || this.#takes(window, ROW_BYTES)))
        applying.refuseHeartbeat(heartbeat, 'windows-too-many');
      else {
        if (!window.has(slot)) this.#openBytes += ROW_BYTES;
        window.addHeartbeat(slot, heartbeat);
      }
    }
    for (const interaction of observations.interactions) {
      const { timeMs } = interaction;
      if (timeMs > latestMs) latestMs = timeMs;
      if (timeMs < this.#closedMs) {
        applying.lateInteraction(interaction);
        continue;
      }
      if (window === null || timeMs < window.startMs || timeMs >= window.endMs) window = this.#window(timeMs);
      if (window === null) applying.refuseInteraction(interaction, 'windows-too-many');
      else this.#addInteraction(window, interaction, applying);
    }
    this.#streamTimeMs = Math.max(this.#streamTimeMs, observations.reachedMs ?? latestMs);
    return this.#account(applying.applied);
  }

  #admit(heartbeat: HeartbeatObservation, applying: Applying): number | null {
    if (!isId(heartbeat.agent)) {
      applying.refuseHeartbeat(heartbeat, 'id-invalid');
      return null;
    }
    // An agent must not take a slot for a window that cannot be opened: nothing would ever free it.
    const window = this.#window(heartbeat.timeMs);
    if (window === null || !this.#takes(window, ROW_BYTES)) {
      applying.refuseHeartbeat(heartbeat, 'windows-too-many');
      return null;
    }
    const slot = this.#members.admit(heartbeat.agent);
    if (slot !== undefined) return slot;
    applying.refuseHeartbeat(heartbeat, 'cell-too-large');
    return null;
  }

  #addInteraction(window: OpenWindow, interaction: InteractionObservation, applying: Applying): void {
    const { caller, callee, count, errors, latencyMs, boundary } = interaction;
    const known = this.#edges.find(caller, callee);
    let sum = known === undefined ? undefined : window.edges.get(known);
    if (sum === undefined) {
      if (known === undefined && (!isId(caller) || !isId(callee))) {
        applying.refuseInteraction(interaction, 'id-invalid');
        return;
      }
      const bytes = edgeBytes(interaction);
      if (!this.#takes(window, bytes)) {
        applying.refuseInteraction(interaction, 'windows-too-many');
        return;
      }
      if (window.edges.full && !this.#makeRoom(window, caller, applying)) {
        applying.refuseInteraction(interaction, 'edges-too-many');
        return;
      }
      sum = { count: 0, errors: 0, latencySum: 0, latencyCount: 0, boundary };
      window.edges.add(this.#edges.find(caller, callee) ?? this.#edges.add(caller, callee), sum);
      this.#openBytes += bytes;
    }
    sum.count += count;
    sum.errors += errors;
    if (latencyMs !== null) {
      sum.latencySum += latencyMs * count;
      sum.latencyCount += count;
    }
    sum.boundary = boundary;
  }

  /** Makes room in a full window for one more pair of a caller; false where nobody has to give way to it. */
  #makeRoom(window: OpenWindow, caller: string, applying: Applying): boolean {
    const dropped = window.edges.makeRoom(caller);
    for (const [edge, sum] of dropped) {
      applying.refuseEdge(edge, sum, window);
      this.#openBytes -= edgeBytes(edge);
    }
    // A window may drop many times what it holds.
    if (dropped.length > 0) this.#edges.prune((edge) => this.#open.some((open) => open.edges.has(edge)));
    return dropped.length > 0;
  }

  /** The open window that holds a time, opened if need be; null where too many are open. The time must not be late. */
  #window(timeMs: number): OpenWindow | null {
    const open = this.#open;
    let after = open.length;
    while (after > 0 && open[after - 1].startMs > timeMs) after--;
    if (after > 0 && timeMs < open[after - 1].endMs) return open[after - 1];
    if (open.length >= OPEN_WINDOWS_MAX) return null;
    const startMs = this.#windowing.startOf(timeMs);
    const window = new OpenWindow(startMs, this.#windowing.endOf(startMs));
    if (!this.#takes(window, FIRST_BYTES)) return null;
    open.splice(after, 0, window);
    this.#openBytes += window.bytes;
    return window;
  }

  /** Whether a window may grow by so many bytes, or be opened with them. */
  #takes({ startMs }: OpenWindow, bytes: number): boolean {
    const most = startMs > this.#streamTimeMs ? OPEN_BYTES_MAX / 2 : OPEN_BYTES_MAX;
    return this.#openBytes + bytes <= most;
  }

  #account(applied: Applied): Applied {
    this.#late += applied.late.length;
    for (const { code } of applied.refused) {
      const { count, alertedMs } = this.#refusals[code];
      this.#refusals = { ...this.#refusals, [code]: { count: count + 1, alertedMs } };
    }
    return applied;
  }

  /** Start of the next window to close; null where nothing is left to be told. */
  #nextStartMs(): number | null {
    const reportedMs = this.#open.at(0)?.startMs ?? null;
    if (this.#closedMs < 0 || this.#members.memberCount === 0) return reportedMs;
    if (this.#emptyRun < EMPTY_WINDOWS_MAX) return this.#closedMs;
    const forgettingMs = this.#windowing.startOf(this.#closedMs + this.#forgetMs());
    return Math.min(reportedMs ?? forgettingMs, forgettingMs);
  }

  #forgetMs(): number {
    return this.#windowing.at(Math.max(0, this.#closedMs)).forgetMs;
  }

  /**
   * Stream time from which the whole cell may be forgotten: what comes after begins anew. Null while it has members or windows to close. Until then
   * it still tells what is late.
   */
  get forgottenMs(): number | null {
    if (this.#nextStartMs() !== null) return null;
    return this.#closedMs < 0 ? this.#streamTimeMs : this.#closedMs + this.#forgetMs();
  }

  /** Stream time at which the next window closes: its end and grace. Null: there is none to close, the cell is quiet and without members. */
  nextDueMs(): number | null {
    const startMs = this.#nextStartMs();
    if (startMs === null) return null;
    return this.#windowing.endOf(startMs) + this.#windowing.at(startMs).graceMs;
  }

  /** End of the next window to close; null where nextDueMs is. */
  nextEndMs(): number | null {
    const startMs = this.#nextStartMs();
    return startMs === null ? null : this.#windowing.endOf(startMs);
  }

  /** The snapshot that the next close will give if nothing more is heard before; null where there is nothing to close. Changes nothing. */
  foresee(): Snapshot | null {
    const dueMs = this.nextDueMs();
    if (dueMs === null) return null;
    const copy = CellState.decode(this.encode());
    copy.#streamTimeMs = Math.max(copy.#streamTimeMs, dueMs);
    return copy.close().snapshot;
  }

  /** Closes the next window. @throws FleetError WINDOW_NOT_DUE */
  close(): Closed {
    const startMs = this.#nextStartMs();
    const dueMs = this.nextDueMs();
    if (startMs === null || dueMs === null || dueMs > this.#streamTimeMs) {
      throw new FleetError(
        'WINDOW_NOT_DUE',
        `the next window is due at ${dueMs}, stream time is ${this.#streamTimeMs}`,
      );
    }
    const window = this.#open.at(0)?.startMs === startMs ? this.#open.shift() : undefined;
    const endMs = this.#windowing.endOf(startMs);
    this.#openBytes -= window?.bytes ?? 0;
    const strays = window === undefined ? NO_SLOTS : this.#see(window);
    this.#forget(startMs, endMs, strays);
    const snapshot: Snapshot = {
      tenant: this.id.tenant,
      fleet: this.id.fleet,
      cell: this.id.cell,
      windowStartMs: startMs,
      windowEndMs: endMs,
      agents: this.#agents(window, endMs),
      edges: window === undefined ? [] : this.#sumEdges(window),
      late: this.#late,
    };
    this.#late = 0;
    this.#closedMs = endMs;
    this.#emptyRun = window === undefined || window.empty ? this.#emptyRun + 1 : 0;
    this.#windowing.prune(endMs);
    this.#edges.prune((edge) => window?.edges.has(edge) === true || this.#open.some((open) => open.edges.has(edge)));
    if (this.#open.length === 0 && this.#members.order.length === 0) {
      this.#members = new Members();
      this.#edges = new EdgeDirectory();
    }
    return { snapshot, alerts: this.#alerts(endMs) };
  }

  /** What memory goes by. */
  get held(): { readonly agents: number; readonly edges: number; readonly windows: number } {
    return { agents: this.#members.order.length, edges: this.#edges.size, windows: this.#open.length };
  }

  /**
   * Takes note of who reported in a window. Returns those who would be members from here on and live in another cell: what they sent here was on its way,
   * or of a fast clock's time, when the fleet was resized.
   */
  #see(window: OpenWindow): ReadonlySet<number> {
    const members = this.#members;
    const strays = new Set<number>();
    for (const slot of members.order) {
      if (!window.has(slot)) continue;
      if (!members.isMember(slot) && this.#livesElsewhere(slot, window.startMs)) strays.add(slot);
      members.see(slot, window.lastMs(slot), window.status(slot));
    }
    return strays;
  }

  /** By what holds at a time and by what is announced: intake cuts the fleet anew at the effective time, a little before the next window begins. */
  #livesElsewhere(slot: number, timeMs: number): boolean {
    const agent = this.#members.idOf(slot);
    const present = this.#windowing.at(timeMs);
    return this.#windowing.epochs.every(
      ({ fromMs, cells }) => fromMs < present.fromMs || cellOf(agent, cells) !== this.id.cell,
    );
  }

  #forget(startMs: number, endMs: number, strays: ReadonlySet<number>): void {
    const members = this.#members;
    const { forgetMs, cells } = this.#windowing.at(startMs);
    const resized = cells !== this.#cells;
    this.#cells = cells;
    members.retain(
      (slot) =>
        !strays.has(slot) &&
        endMs - members.lastSeenMs(slot) <= forgetMs &&
        !(resized && cellOf(members.idOf(slot), cells) !== this.id.cell),
      (slot) => this.#open.some((open) => open.has(slot)),
    );
  }

  #agents(window: OpenWindow | undefined, endMs: number): AgentState[] {
    const members = this.#members;
    const { baselines } = members;
    const agents: AgentState[] = [];
    const z = new Float64Array(SIGNAL_COUNT);
    const means: (number | null)[] = [null, null, null, null];
    for (const slot of members.order) {
      if (!members.isMember(slot)) continue;
      let largest = 0;
      for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
        const mean = window === undefined ? null : window.mean(slot, signal);
        means[signal] = mean;
        z[signal] = mean === null ? 0 : baselines.deviation(slot, signal, mean);
        largest = Math.max(largest, Math.abs(z[signal]));
      }
      for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
        const mean = means[signal];
        if (mean !== null) baselines.add(slot, signal, mean, largest >= ANOMALY_Z);
      }
      agents.push({
        agent: members.idOf(slot),
        status: STATUSES[members.status(slot)],
        heartbeats: window === undefined ? 0 : window.heartbeats(slot),
        silentMs: endMs - members.lastSeenMs(slot),
        latencyMs: means[0],
        trafficPerS: means[1],
        errorRate: means[2],
        saturation: means[3],
        deviation: { latency: z[0], traffic: z[1], errors: z[2], saturation: z[3] },
      });
    }
    return agents;
  }

  #sumEdges(window: OpenWindow): Edge[] {
    const edges: Edge[] = [];
    if (window.edges.size === 0) return edges;
    for (const edge of this.#edges.sorted()) {
      const sum = window.edges.get(edge);
      if (sum === undefined) continue;
      edges.push({
        caller: edge.caller,
        callee: edge.callee,
        count: Math.min(sum.count, Number.MAX_SAFE_INTEGER),
        errors: Math.min(sum.errors, Number.MAX_SAFE_INTEGER),
        latencyMs: meanLatencyMs(sum),
        boundary: sum.boundary,
      });
    }
    return edges;
  }

  #alerts(endMs: number): Alert[] {
    const alerts: Alert[] = [];
    for (const code of Object.keys(RULES) as RefusalCode[]) {
      const { count, alertedMs } = this.#refusals[code];
      if (count === 0 || (alertedMs >= 0 && endMs - alertedMs < ALERT_EVERY_MS)) continue;
      this.#refusals = { ...this.#refusals, [code]: { count: 0, alertedMs: endMs } };
      alerts.push({
        tenant: this.id.tenant,
        fleet: this.id.fleet,
        cell: this.id.cell,
        timeMs: endMs,
        severity: 'WARNING',
        code,
        message: `${count} observations were refused; valid is ${RULES[code]}`,
      });
    }
    return alerts;
  }
}

function meanLatencyMs({ latencySum, latencyCount }: EdgeSum): number | null {
  return latencyCount === 0 ? null : latencySum / latencyCount;
}

/** Collects what is not taken of one record, and what of earlier ones gives way to it. */
class Applying {
  readonly #record: Observations;
  readonly #closedMs: number;
  #late: LateObservation[] | null = null;
  #refused: RefusedObservation[] | null = null;

  constructor(record: Observations, closedMs: number) {
    this.#record = record;
    this.#closedMs = closedMs;
  }

  get applied(): Applied {
    if (this.#late === null && this.#refused === null) return NOTHING;
    return { late: this.#late ?? [], refused: this.#refused ?? [] };
  }

  lateHeartbeat(heartbeat: HeartbeatObservation): void {
    const alone = { ...this.#record, heartbeats: [heartbeat], interactions: [], reachedMs: null };
    this.#late ??= [];
    this.#late.push({
      kind: 'HEARTBEAT',
      agent: heartbeat.agent,
      timeMs: heartbeat.timeMs,
      closedMs: this.#closedMs,
      alone,
    });
  }

  lateInteraction(interaction: InteractionObservation): void {
    const alone = { ...this.#record, heartbeats: [], interactions: [interaction], reachedMs: null };
    this.#late ??= [];
    this.#late.push({
      kind: 'INTERACTION',
      agent: interaction.caller,
      timeMs: interaction.timeMs,
      closedMs: this.#closedMs,
      alone,
    });
  }

  refuseHeartbeat(heartbeat: HeartbeatObservation, code: RefusalCode): void {
    const alone = { ...this.#record, heartbeats: [heartbeat], interactions: [], reachedMs: null };
    this.#refused ??= [];
    const reason = `heartbeat of agent ${heartbeat.agent.slice(0, 128)} refused; valid is ${RULES[code]}`;
    this.#refused.push({ kind: 'HEARTBEAT', code, reason, alone });
  }

  /** What a window had summed up of a pair that gives way: as one interaction that spans the window. */
  refuseEdge({ caller, callee }: KnownEdge, sum: EdgeSum, { startMs, endMs }: OpenWindow): void {
    const summed = {
      caller,
      callee,
      timeMs: startMs,
      spanMs: endMs - startMs,
      count: Math.min(sum.count, Number.MAX_SAFE_INTEGER),
      errors: Math.min(sum.errors, Number.MAX_SAFE_INTEGER),
      latencyMs: meanLatencyMs(sum),
      boundary: sum.boundary,
    };
    this.refuseInteraction(summed, 'edges-too-many');
  }

  refuseInteraction(interaction: InteractionObservation, code: RefusalCode): void {
    const alone = { ...this.#record, heartbeats: [], interactions: [interaction], reachedMs: null };
    this.#refused ??= [];
    const pair = `${interaction.caller.slice(0, 128)} with ${interaction.callee.slice(0, 128)}`;
    this.#refused.push({
      kind: 'INTERACTION',
      code,
      reason: `interaction of ${pair} refused; valid is ${RULES[code]}`,
      alone,
    });
  }
}
