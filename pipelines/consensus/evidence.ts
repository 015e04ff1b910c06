/**
 * The validators' own copy of the latest snapshots: what a proposal's evidence is checked against. Bounded by windows a cell, by cells and by agents in
 * all. Of a snapshot it keeps what the check reads (48 bytes an agent), not the record, which takes ten times as much.
 */
import type { AgentState, Snapshot, Status } from '../../schemas/records.ts';
import type { SeenSnapshot } from '../../src/interventions/validation.ts';

export interface OwnSnapshot {
  readonly record: SeenSnapshot;
  readonly hash: Uint8Array;
}

/** Where a snapshot was read. */
export interface Origin {
  readonly hash: Uint8Array;
  /** Offset in aura.snapshots. */
  readonly offset: number;
  readonly appendMs: number;
}

export interface EvidenceLimits {
  /** Windows of one cell. */
  readonly windows: number;
  readonly cells: number;
  /** Agents in all windows of all cells. */
  readonly rows: number;
  /** A cell without snapshots for so long, and for four windows, is forgotten; by the broker's clock, in ms. */
  readonly silentMs: number;
}

const defaultLimits: EvidenceLimits = { windows: 32, cells: 5_000, rows: 2 ** 20, silentMs: 3_600_000 };

/** A snapshot in columns. */
interface Kept {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly hash: Uint8Array;
  readonly offset: number;
  readonly appendMs: number;
  /** In the snapshot's order; windows of a cell whose agents stay the same share it. */
  readonly agents: readonly string[];
  /** By agent: status as an index into `statuses`, silentMs, and the deviations of latency, traffic, errors and saturation. */
  readonly rows: Float64Array;
}

const rowWidth = 6;
const silentWindows = 4;
const statuses: readonly Status[] = ['UP', 'DEGRADED', 'DOWN', 'UNKNOWN'];

export class Evidence {
  readonly #limits: EvidenceLimits;
  /** By cell key, the cell heard of longest ago first; then by window end, in the order they came. */
  readonly #cells = new Map<string, Map<number, Kept>>();
  #rows = 0;
  #found: { readonly kept: Kept; readonly own: OwnSnapshot } | null = null;
  #appendedMs: number | null = null;

  constructor(limits: Partial<EvidenceLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Copies what it keeps. `appendMs`: the broker's time of the record. */
  take(key: string, record: Snapshot, { hash, offset, appendMs }: Origin): void {
    const { windowEndMs } = record;
    const windows = this.#cells.get(key) ?? new Map<number, Kept>();
    this.#cells.delete(key);
    this.#cells.set(key, windows);
    this.#forget(windows, windowEndMs);
    const agents = agentsOf(record, [...windows.values()].at(-1)?.agents);
    windows.set(windowEndMs, {
      windowStartMs: record.windowStartMs,
      windowEndMs,
      hash: new Uint8Array(hash),
      offset,
      appendMs,
      agents,
      rows: rowsOf(record),
    });
    this.#rows += agents.length;
    if (windows.size > this.#limits.windows) this.#forgetOldest(windows);
    this.#forgetSilent(appendMs);
    this.#makeRoom(key);
    this.#appendedMs = Math.max(this.#appendedMs ?? 0, appendMs);
  }

  find(key: string, windowEndMs: number): OwnSnapshot | null {
    const kept = this.#cells.get(key)?.get(windowEndMs);
    if (kept === undefined) return null;
    // Several validators ask about several proposals of one window, one after the other.
    if (this.#found?.kept !== kept) this.#found = { kept, own: { record: seen(kept), hash: kept.hash } };
    return this.#found.own;
  }

  /** End of the newest window read of a cell. */
  reachedMs(key: string): number | null {
    let reached: number | null = null;
    for (const windowEndMs of this.#cells.get(key)?.keys() ?? []) reached = Math.max(reached ?? 0, windowEndMs);
    return reached;
  }

  /** Latest time, by the broker's clock, at which a snapshot that was read here was appended. */
  get appendedMs(): number | null {
    return this.#appendedMs;
  }

  /** Lowest offset held: where to read from to hold the same again. */
  get lowestOffset(): number | null {
    let lowest: number | null = null;
    for (const windows of this.#cells.values()) {
      for (const { offset } of windows.values()) {
        if (lowest === null || offset < lowest) lowest = offset;
        break;
      }
    }
    return lowest;
  }

  /** How much is held. */
  get held(): { readonly cells: number; readonly windows: number; readonly rows: number } {
    let windows = 0;
    for (const { size } of this.#cells.values()) windows += size;
    return { cells: this.#cells.size, windows, rows: this.#rows };
  }

  /** The oldest windows of the cells heard of longest ago go first; the window just taken stays. */
  #makeRoom(taken: string): void {
    for (const [key, windows] of this.#cells) {
      while (windows.size > (key === taken ? 1 : 0) && this.#isOver()) this.#forgetOldest(windows);
      if (windows.size === 0) this.#cells.delete(key);
      if (!this.#isOver()) return;
    }
  }

  #forgetSilent(nowMs: number): void {
    for (const [key, windows] of this.#cells) {
      const newest = [...windows.values()].at(-1);
      if (newest !== undefined) {
        const windowMs = newest.windowEndMs - newest.windowStartMs;
        if (nowMs - newest.appendMs <= Math.max(this.#limits.silentMs, silentWindows * windowMs)) return;
      }
      for (const windowEndMs of [...windows.keys()]) this.#forget(windows, windowEndMs);
      this.#cells.delete(key);
    }
  }

  #isOver(): boolean {
    return this.#cells.size > this.#limits.cells || this.#rows > this.#limits.rows;
  }

  #forgetOldest(windows: Map<number, Kept>): void {
    for (const windowEndMs of windows.keys()) {
      this.#forget(windows, windowEndMs);
      return;
    }
  }

  #forget(windows: Map<number, Kept>, windowEndMs: number): void {
    const kept = windows.get(windowEndMs);
    if (kept === undefined) return;
    windows.delete(windowEndMs);
    this.#rows -= kept.agents.length;
  }
}

/** The agents' ids; `before` itself where it holds the same. */
function agentsOf({ agents }: Snapshot, before: readonly string[] = []): readonly string[] {
  const same = before.length === agents.length && agents.every(({ agent }, i) => agent === before[i]);
  return same ? before : agents.map(({ agent }) => agent);
}

function rowsOf({ agents }: Snapshot): Float64Array {
  const rows = new Float64Array(agents.length * rowWidth);
  for (const [i, { status, silentMs, deviation }] of agents.entries()) {
    const { latency, traffic, errors, saturation } = deviation;
    rows.set([statuses.indexOf(status), silentMs, latency, traffic, errors, saturation], i * rowWidth);
  }
  return rows;
}

function seen({ windowStartMs, windowEndMs, agents, rows }: Kept): SeenSnapshot {
  return {
    windowStartMs,
    windowEndMs,
    agents: agents.map((agent, i): Pick<AgentState, 'agent' | 'status' | 'silentMs' | 'deviation'> => {
      const at = i * rowWidth;
      return {
        agent,
        status: statuses[rows[at]],
        silentMs: rows[at + 1],
        deviation: { latency: rows[at + 2], traffic: rows[at + 3], errors: rows[at + 4], saturation: rows[at + 5] },
      };
    }),
  };
}
