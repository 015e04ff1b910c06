import type { AgentState, Edge, Fleet, Observations, Snapshot } from '../../schemas/records.ts';
import { referenceBaseline } from './reference-baseline.ts';
import { CELL } from './samples.ts';

/**
 * The slow and obvious counterpart of CellState for one unchanging configuration and fewer agents and edges than the limits: it keeps every
 * observation and looks through all of them at each close.
 */
export class ReferenceCell {
  readonly #fleet: Fleet;
  readonly #kept: Observations[] = [];
  readonly #closed: Snapshot[] = [];
  streamTimeMs = -1;
  late = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Takes a record and returns the snapshots that are due after it. */
  apply(record: Observations): Snapshot[] {
    const closedMs = this.#closed.at(-1)?.windowEndMs ?? -1;
    const all = [...record.heartbeats, ...record.interactions];
    this.late += all.filter(({ timeMs }) => timeMs < closedMs).length;
    this.#kept.push({
      ...record,
      heartbeats: record.heartbeats.filter(({ timeMs }) => timeMs >= closedMs),
      interactions: record.interactions.filter(({ timeMs }) => timeMs >= closedMs),
    });
    this.streamTimeMs = Math.max(
      this.streamTimeMs,
      record.reachedMs ?? Math.max(-1, ...all.map(({ timeMs }) => timeMs)),
    );
    const due: Snapshot[] = [];
    for (let next = this.#close(); next !== null; next = this.#close()) due.push(next);
    return due;
  }

  #close(): Snapshot | null {
    const { windowMs, graceMs, forgetMs } = this.#fleet;
    const heartbeats = this.#kept.flatMap((record) => record.heartbeats);
    const interactions = this.#kept.flatMap((record) => record.interactions);
    const previous = this.#closed.at(-1);
    const open = [...heartbeats, ...interactions]
      .map(({ timeMs }) => timeMs)
      .filter((t) => t >= (previous?.windowEndMs ?? 0));
    const earliest = open.length === 0 ? null : Math.floor(Math.min(...open) / windowMs) * windowMs;
    const lastSixty = this.#closed.slice(-60);
    const silent =
      lastSixty.length === 60 &&
      lastSixty.every((s) => s.edges.length === 0 && s.agents.every((a) => a.heartbeats === 0));
    let startMs = earliest;
    if (previous !== undefined && previous.agents.length > 0) {
      const forgetting = Math.floor((previous.windowEndMs + forgetMs) / windowMs) * windowMs;
      startMs = silent ? Math.min(earliest ?? forgetting, forgetting) : previous.windowEndMs;
    }
    if (startMs === null || startMs + windowMs + graceMs > this.streamTimeMs) return null;
    const endMs = startMs + windowMs;

    const agents: AgentState[] = [];
    for (const agent of [...new Set(heartbeats.map((h) => h.agent))].sort()) {
      const own = heartbeats.filter((h) => h.agent === agent && h.timeMs < endMs);
      if (own.length === 0) continue;
      const lastMs = Math.max(...own.map((h) => h.timeMs));
      if (endMs - lastMs > forgetMs) continue;
      const reported = own.filter((h) => h.timeMs >= startMs);
      const means = [
        mean(reported.map((h) => h.latencyMs)),
        mean(reported.map((h) => h.trafficPerS)),
        mean(reported.map((h) => h.errorRate)),
        mean(reported.map((h) => h.saturation)),
      ];
      // Its membership goes back to the last snapshot without it.
      const history: AgentState[] = [];
      for (let i = this.#closed.length - 1; i >= 0; i--) {
        const state = this.#closed[i].agents.find((a) => a.agent === agent);
        if (state === undefined) break;
        history.unshift(state);
      }
      const deviation = referenceBaseline(history, means);
      agents.push({
        agent,
        status: own.filter((h) => h.timeMs === lastMs).at(-1)?.status ?? 'UNKNOWN',
        heartbeats: reported.length,
        silentMs: endMs - lastMs,
        latencyMs: means[0],
        trafficPerS: means[1],
        errorRate: means[2],
        saturation: means[3],
        deviation,
      });
    }

    const edges = new Map<string, { -readonly [K in keyof Edge]: Edge[K] } & { sum: number; measured: number }>();
    for (const i of interactions.filter((x) => x.timeMs >= startMs && x.timeMs < endMs)) {
      const key = `${i.caller}/${i.callee}`;
      const edge = edges.get(key) ?? {
        caller: i.caller,
        callee: i.callee,
        count: 0,
        errors: 0,
        latencyMs: null,
        boundary: false,
        sum: 0,
        measured: 0,
      };
      edge.count += i.count;
      edge.errors += i.errors;
      edge.boundary = i.boundary;
      if (i.latencyMs !== null) {
        edge.sum += i.count * i.latencyMs;
        edge.measured += i.count;
      }
      edges.set(key, edge);
    }
    const sorted = [...edges.values()]
      .sort((a, b) => compare(a.caller, b.caller) || compare(a.callee, b.callee))
      .map(({ sum, measured, ...edge }) => ({ ...edge, latencyMs: measured === 0 ? null : sum / measured }));
    const snapshot = { ...CELL, windowStartMs: startMs, windowEndMs: endMs, agents, edges: sorted, late: this.late };
    this.late = 0;
    this.#closed.push(snapshot);
    return snapshot;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mean(values: readonly (number | null)[]): number | null {
  const reported = values.filter((v) => v !== null);
  return reported.length === 0 ? null : reported.reduce((a, b) => a + b, 0) / reported.length;
}
