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

export interface WindowSummary {
  readonly startMs: number;
  readonly endMs: number;
  /** By agent id in ascending order. */
  readonly agents: readonly (readonly [string, AgentRow])[];
  /** Caller and callee, as places in `agents`. */
  readonly calls: readonly (readonly [number, number])[];
}

export function summarize(snapshot: Snapshot): WindowSummary {
  const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
  const places = new Map<string, number>();
  const agents = snapshot.agents.map((state, place) => {
    places.set(state.agent, place);
    const { latencyMs, trafficPerS, errorRate, saturation, silentMs, deviation } = state;
    const trouble = meanTrouble(deviation, silentMs, windowMs, true);
    const troubleButTraffic = meanTrouble(deviation, silentMs, windowMs, false);
    const row = { latencyMs, trafficPerS, errorRate, saturation, silentMs, trouble, troubleButTraffic };
    return [state.agent, row] as const;
  });
  const calls: [number, number][] = [];
  for (const { caller, callee } of snapshot.edges) {
    const from = places.get(caller);
    const to = places.get(callee);
    if (from !== undefined && to !== undefined && from !== to) calls.push([from, to]);
  }
  return { startMs: snapshot.windowStartMs, endMs: snapshot.windowEndMs, agents, calls };
}

/** Agents of the cell that called one of `targets` in the window and are none of them. */
export function callersOf(window: WindowSummary, targets: ReadonlySet<string>): ReadonlySet<string> {
  const callers = new Set<string>();
  for (const [from, to] of window.calls) {
    const caller = window.agents[from][0];
    if (targets.has(window.agents[to][0]) && !targets.has(caller)) callers.add(caller);
  }
  return callers;
}

/** Some 70 bytes an agent and 4 a call; numbers exact, null as NaN. */
export function writeWindow(writer: BinaryWriter, window: WindowSummary): void {
  writer.f64(window.startMs);
  writer.f64(window.endMs);
  writer.u16(window.agents.length);
  for (const [agent, row] of window.agents) {
    writer.text(agent);
    writer.f64(row.latencyMs ?? Number.NaN);
    writer.f64(row.trafficPerS ?? Number.NaN);
    writer.f64(row.errorRate ?? Number.NaN);
    writer.f64(row.saturation ?? Number.NaN);
    writer.f64(row.silentMs);
    writer.f64(row.trouble);
    writer.f64(row.troubleButTraffic);
  }
  writer.u32(window.calls.length);
  for (const [from, to] of window.calls) {
    writer.u16(from);
    writer.u16(to);
  }
}

export function readWindow(reader: BinaryReader): WindowSummary {
  const startMs = reader.f64();
  const endMs = reader.f64();
  const agents: [string, AgentRow][] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const agent = reader.text();
    const row: AgentRow = {
      latencyMs: nullIfNaN(reader.f64()),
      trafficPerS: nullIfNaN(reader.f64()),
      errorRate: nullIfNaN(reader.f64()),
      saturation: nullIfNaN(reader.f64()),
      silentMs: reader.f64(),
      trouble: reader.f64(),
      troubleButTraffic: reader.f64(),
    };
    agents.push([agent, row]);
  }
  const calls: [number, number][] = [];
  for (let left = reader.u32(); left > 0; left--) calls.push([reader.u16(), reader.u16()]);
  return { startMs, endMs, agents, calls };
}

function nullIfNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
