/** What the outcome tracker keeps of a snapshot: each agent's signals and trouble, and who called whom within the cell. */
import type { Snapshot } from '../../schemas/records.ts';
import type { BinaryReader, BinaryWriter } from '../fleet/binary.ts';
import { meanTrouble } from './trouble.ts';

/** One agent in one window. */
export interface AgentRow {
  readonly latencyMs: number | null;
  readonly trafficPerS: number | null;
  readonly errorRate: number | null;
  readonly saturation: number | null;
  readonly silentMs: number;
  /** Mean harmful deviation, traffic counted in. */
  readonly trouble: number;
  /** The same without traffic. */
  readonly troubleButTraffic: number;
}

/** Kept for many windows of every cell, so in columns. */
export interface WindowSummary {
  readonly startMs: number;
  readonly endMs: number;
  /** Ids in ascending order. */
  readonly agents: readonly string[];
  /** By agent: the seven numbers of its AgentRow in the order there; NaN for null. */
  readonly rows: Float64Array;
  /** Caller and callee in turn, as places in `agents`. */
  readonly calls: Uint16Array;
}

const rowWidth = 7;

export function summarize(snapshot: Snapshot): WindowSummary {
  const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
  const places = new Map<string, number>();
  const rows = new Float64Array(snapshot.agents.length * rowWidth);
  const agents = snapshot.agents.map(({ agent, latencyMs, trafficPerS, errorRate, saturation, ...rest }, place) => {
    const { silentMs, deviation } = rest;
    const trouble = meanTrouble(deviation, silentMs, windowMs, true);
    const troubleButTraffic = meanTrouble(deviation, silentMs, windowMs, false);
    const signals = [latencyMs, trafficPerS, errorRate, saturation].map((value) => value ?? Number.NaN);
    rows.set([...signals, silentMs, trouble, troubleButTraffic], place * rowWidth);
    places.set(agent, place);
    return agent;
  });
  const calls: number[] = [];
  for (const { caller, callee } of snapshot.edges) {
    const from = places.get(caller);
    const to = places.get(callee);
    if (from !== undefined && to !== undefined && from !== to) calls.push(from, to);
  }
  const { windowStartMs: startMs, windowEndMs: endMs } = snapshot;
  return { startMs, endMs, agents, rows, calls: Uint16Array.from(calls) };
}

/** The same window, sharing its list of agents with the one before where it is the same. */
export function sharingAgents(window: WindowSummary, before: WindowSummary | undefined): WindowSummary {
  const same =
    before?.agents.length === window.agents.length && before.agents.every((id, i) => id === window.agents[i]);
  return same ? { ...window, agents: before.agents } : window;
}

/** Place of each agent. */
export function placesOf({ agents }: WindowSummary): ReadonlyMap<string, number> {
  return new Map(agents.map((agent, place) => [agent, place]));
}

export function rowAt({ rows }: WindowSummary, place: number): AgentRow {
  const [latencyMs, trafficPerS, errorRate, saturation, silentMs, trouble, troubleButTraffic] = rows.subarray(
    place * rowWidth,
    (place + 1) * rowWidth,
  );
  return {
    latencyMs: nullIfNaN(latencyMs),
    trafficPerS: nullIfNaN(trafficPerS),
    errorRate: nullIfNaN(errorRate),
    saturation: nullIfNaN(saturation),
    silentMs,
    trouble,
    troubleButTraffic,
  };
}

/** Agents of the cell that called one of `targets` in the window and are none of them. */
export function callersOf({ agents, calls }: WindowSummary, targets: ReadonlySet<string>): ReadonlySet<string> {
  const callers = new Set<string>();
  for (let i = 0; i < calls.length; i += 2) {
    const caller = agents[calls[i]];
    if (targets.has(agents[calls[i + 1]]) && !targets.has(caller)) callers.add(caller);
  }
  return callers;
}

/** Some 70 bytes an agent and 4 a call; numbers exact, null as NaN. */
export function writeWindow(writer: BinaryWriter, { startMs, endMs, agents, rows, calls }: WindowSummary): void {
  writer.f64(startMs);
  writer.f64(endMs);
  writer.u16(agents.length);
  for (const [place, agent] of agents.entries()) {
    writer.text(agent);
    for (let i = place * rowWidth; i < (place + 1) * rowWidth; i++) writer.f64(rows[i]);
  }
  writer.u32(calls.length / 2);
  for (const place of calls) writer.u16(place);
}

export function readWindow(reader: BinaryReader): WindowSummary {
  const startMs = reader.f64();
  const endMs = reader.f64();
  const count = reader.u16();
  const agents: string[] = [];
  const rows = new Float64Array(count * rowWidth);
  for (let place = 0; place < count; place++) {
    agents.push(reader.text());
    for (let i = place * rowWidth; i < (place + 1) * rowWidth; i++) rows[i] = reader.f64();
  }
  const pairs = reader.u32();
  const places: number[] = [];
  for (let i = 0; i < 2 * pairs; i++) places.push(reader.u16());
  return { startMs, endMs, agents, rows, calls: Uint16Array.from(places) };
}

function nullIfNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
