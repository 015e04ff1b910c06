import type { HeartbeatObservation, Status } from '../../schemas/records.ts';
import { AGENTS_PER_CELL_MAX } from './limits.ts';
import { SIGNAL_COUNT } from './signal-mapping.ts';
import { WindowEdges } from './window-edges.ts';

export const STATUSES: readonly Status[] = ['UP', 'DEGRADED', 'DOWN', 'UNKNOWN'];

/** What one agent reported in one window. */
export interface AgentRow {
  readonly heartbeats: number;
  readonly lastMs: number;
  /** Index into STATUSES. */
  readonly status: number;
  readonly sums: readonly number[];
  readonly counts: readonly number[];
}

/** Doubles of one agent's row: 4 signal sums, 4 signal counts, heartbeats, time of the last heartbeat, its status. */
const ROW = 2 * SIGNAL_COUNT + 3;
const COUNTS = SIGNAL_COUNT;
const HEARTBEATS = 2 * SIGNAL_COUNT;
const LAST_MS = HEARTBEATS + 1;
const STATUS = HEARTBEATS + 2;

/** Bytes in the stored state: of a window without reports, and of one agent's row. */
const WINDOW_BYTES = 20;
export const ROW_BYTES = 15 + 12 * SIGNAL_COUNT;

/** The sums of one window that has not closed. Rows are made for agents that report, so an almost empty window is small. */
export class OpenWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** Row number + 1 by agent slot; 0: the agent has not reported. */
  readonly #rowOf = new Uint16Array(AGENTS_PER_CELL_MAX);
  #rows = new Float64Array(4 * ROW);
  #rowCount = 0;
  readonly edges = new WindowEdges();

  constructor(startMs: number, endMs: number) {
    this.startMs = startMs;
    this.endMs = endMs;
  }

  get empty(): boolean {
    return this.#rowCount === 0 && this.edges.size === 0;
  }

  /** What it takes in the stored state. */
  get bytes(): number {
    return WINDOW_BYTES + this.#rowCount * ROW_BYTES + this.edges.bytes;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  has(slot: number): boolean {
    return this.#rowOf[slot] !== 0;
  }

  #row(slot: number): number {
    const row = this.#rowOf[slot];
    if (row !== 0) return (row - 1) * ROW;
    const at = this.#rowCount * ROW;
    if (at === this.#rows.length) {
      const larger = new Float64Array(2 * this.#rows.length);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rowOf[slot] = ++this.#rowCount;
    this.#rows[at + LAST_MS] = -1;
    return at;
  }

  addHeartbeat(slot: number, heartbeat: HeartbeatObservation): void {
    const at = this.#row(slot);
    const rows = this.#rows;
    const { latencyMs, trafficPerS, errorRate, saturation } = heartbeat;
    if (latencyMs !== null) {
      rows[at] += latencyMs;
      rows[at + COUNTS]++;
    }
    if (trafficPerS !== null) {
      rows[at + 1] += trafficPerS;
      rows[at + COUNTS + 1]++;
    }
    if (errorRate !== null) {
      rows[at + 2] += errorRate;
      rows[at + COUNTS + 2]++;
    }
    if (saturation !== null) {
      rows[at + 3] += saturation;
      rows[at + COUNTS + 3]++;
    }
    rows[at + HEARTBEATS]++;
    if (heartbeat.timeMs >= rows[at + LAST_MS]) {
      rows[at + LAST_MS] = heartbeat.timeMs;
      rows[at + STATUS] = statusIndex(heartbeat.status);
    }
  }

  /** Mean of a signal, or null where nothing was reported. */
  mean(slot: number, signal: number): number | null {
    const row = this.#rowOf[slot];
    if (row === 0) return null;
    const at = (row - 1) * ROW + signal;
    const count = this.#rows[at + COUNTS];
    return count === 0 ? null : this.#rows[at] / count;
  }

  heartbeats(slot: number): number {
    const row = this.#rowOf[slot];
    return row === 0 ? 0 : this.#rows[(row - 1) * ROW + HEARTBEATS];
  }

  /** Time of the agent's last heartbeat in the window; the agent must have a row. */
  lastMs(slot: number): number {
    return this.#rows[(this.#rowOf[slot] - 1) * ROW + LAST_MS];
  }

  /** Index into STATUSES of the agent's last heartbeat; the agent must have a row. */
  status(slot: number): number {
    return this.#rows[(this.#rowOf[slot] - 1) * ROW + STATUS];
  }

  /** The agent's sums, for storing; the agent must have a row. */
  store(slot: number): AgentRow {
    const at = (this.#rowOf[slot] - 1) * ROW;
    const rows = this.#rows;
    return {
      heartbeats: rows[at + HEARTBEATS],
      lastMs: rows[at + LAST_MS],
      status: rows[at + STATUS],
      sums: [rows[at], rows[at + 1], rows[at + 2], rows[at + 3]],
      counts: [rows[at + COUNTS], rows[at + COUNTS + 1], rows[at + COUNTS + 2], rows[at + COUNTS + 3]],
    };
  }

  restore(slot: number, row: AgentRow): void {
    const at = this.#row(slot);
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      this.#rows[at + signal] = row.sums[signal];
      this.#rows[at + COUNTS + signal] = row.counts[signal];
    }
    this.#rows[at + HEARTBEATS] = row.heartbeats;
    this.#rows[at + LAST_MS] = row.lastMs;
    this.#rows[at + STATUS] = row.status;
  }
}

function statusIndex(status: Status): number {
  switch (status) {
    case 'UP':
      return 0;
    case 'DEGRADED':
      return 1;
    case 'DOWN':
      return 2;
    case 'UNKNOWN':
      return 3;
  }
}
