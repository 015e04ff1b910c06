import type { AgentState, Snapshot } from '../../schemas/records.ts';
import { cellShape, NO_HISTORY, type ShapeHistory } from './cell-shape.ts';
import type { TopologyInput } from './features.ts';
import { type CellMemory, NO_MEMORY } from './memory.ts';
import type { Model } from './model.ts';
import { type StepFunction, scoreCell } from './scoring.ts';
import { FailureLabels, type FailureSpan } from './training/labels.ts';

/**
 * What the agents are worth that a score's evidence names, by two questions. Is the one named first where the failure is: has it failed, by the ground truth
 * of whoever recorded the snapshots? And did it move the score: what does the score lose when that agent is put back to its usual self in the
 * snapshot (no deviation, not silent, requests made of it answered)? Each beside the other agents that are asked.
 */
export interface NeighbourReport {
  /** Scores with evidence, of agents that ask two or more of which some have failed and some have not. */
  readonly failing: {
    readonly cases: number;
    /** Share of these in which the agent named first has failed; 0 where none is named. */
    readonly named: number;
    /** The same of a callee at random. */
    readonly random: number;
  };
  /** Scores whose evidence names an agent, of agents that ask two or more. */
  readonly moved: {
    readonly cases: number;
    /** Mean over the cases of the share of the other callees whose return to normal lowers the score less. */
    readonly aboveOthers: number;
    /** Median over the cases of what the failure score loses; of the others by case the mean. */
    readonly medianDrop: { readonly named: number; readonly others: number };
  };
}

/** Looks at every `every`-th window. Null where nothing could be asked. */
export async function neighbourReport(
  model: Model,
  step: StepFunction,
  snapshots: Iterable<Snapshot>,
  failures: readonly FailureSpan[],
  every: number,
): Promise<NeighbourReport | null> {
  const truth = new FailureLabels(failures);
  let memory: CellMemory = NO_MEMORY;
  let history: ShapeHistory = NO_HISTORY;
  const failing = { cases: 0, named: 0, random: 0 };
  const drops: { named: number[]; others: number[] } = { named: [], others: [] };
  let above = 0;
  let window = 0;
  for (const snapshot of snapshots) {
    const shape = cellShape(snapshot, history);
    history = shape?.history ?? NO_HISTORY;
    const input = shape?.input ?? null;
    const before = memory;
    const scores = await scoreCell(model, step, snapshot, input, before);
    memory = scores.memory;
    if (window++ % every !== 0) continue;
    for (const { agent, failure, signals, neighbours } of scores.agents) {
      const asked = signals.length === 0 ? [] : calleesOf(snapshot, agent);
      if (asked.length < 2) continue;
      const failed = asked.filter((callee) => truth.failedAt(callee, snapshot.windowEndMs));
      const first = neighbours.at(0)?.agent ?? null;
      if (failed.length > 0 && failed.length < asked.length) {
        failing.cases++;
        failing.random += failed.length / asked.length;
        if (first !== null && failed.includes(first)) failing.named++;
      }
      if (first === null) continue;
      const dropOf = async (callee: string): Promise<number> =>
        failure - (await failureOf(model, step, healed(snapshot, callee), input, before, agent));
      const named = await dropOf(first);
      const others: number[] = [];
      for (const callee of asked) if (callee !== first) others.push(await dropOf(callee));
      drops.named.push(named);
      drops.others.push(meanOf(others));
      above += others.filter((other) => other < named).length / others.length;
    }
  }
  const cases = drops.named.length;
  if (cases === 0 || failing.cases === 0) return null;
  return {
    failing: {
      cases: failing.cases,
      named: failing.named / failing.cases,
      random: failing.random / failing.cases,
    },
    moved: {
      cases,
      aboveOthers: above / cases,
      medianDrop: { named: medianOf(drops.named), others: medianOf(drops.others) },
    },
  };
}

async function failureOf(
  model: Model,
  step: StepFunction,
  snapshot: Snapshot,
  input: TopologyInput | null,
  memory: CellMemory,
  agent: string,
): Promise<number> {
  // No score reaches 2, so no evidence is worked out that nobody looks at.
  const { agents } = await scoreCell({ ...model, threshold: 2 }, step, snapshot, input, memory);
  return agents.find((one) => one.agent === agent)?.failure ?? Number.NaN;
}

function calleesOf({ agents, edges }: Snapshot, caller: string): readonly string[] {
  const here = new Set(agents.map(({ agent }) => agent));
  return edges
    .filter((edge) => edge.caller === caller && edge.callee !== caller && edge.count > 0 && here.has(edge.callee))
    .map(({ callee }) => callee);
}

/** The snapshot with one agent as it usually is. */
function healed(snapshot: Snapshot, agent: string): Snapshot {
  return {
    ...snapshot,
    agents: snapshot.agents.map((state) => (state.agent === agent ? usual(state, snapshot) : state)),
    edges: snapshot.edges.map((edge) => (edge.callee === agent ? { ...edge, errors: 0 } : edge)),
  };
}

function usual(state: AgentState, { windowStartMs, windowEndMs }: Snapshot): AgentState {
  return {
    ...state,
    status: 'UP',
    heartbeats: Math.max(1, state.heartbeats),
    silentMs: Math.min(state.silentMs, windowEndMs - windowStartMs),
    deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function medianOf(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1];
}
