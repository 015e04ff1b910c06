import type { AgentScore, NeighbourEvidence, SignalEvidence, Snapshot } from '../../schemas/records.ts';
import { BASELINE_MIN } from '../fleet/baseline.ts';
import { STATE_DIMENSION, TROUBLE_MAX } from '../fleet/state-space.ts';
import { cascadeRisk } from './cascade.ts';
import {
  type CellFeatures,
  cellFeatures,
  FEATURE_COUNT,
  FEATURE_GROUPS,
  FEATURE_NAMES,
  GROUP_ENTRIES,
  type TopologyInput,
} from './features.ts';
import type { CellMemory } from './memory.ts';
import type { Model } from './model.ts';
import { checkStepInputs } from './step-inputs.ts';

/**
 * One streaming step for n rows: features [n, F], hidden [n, H], elapsed [n] in the model's time unit. The ONNX runner of src/compute
 * is one; networkStep is the slow one in TypeScript.
 */
export type StepFunction = (
  features: Float32Array,
  hidden: Float32Array,
  elapsed: Float32Array,
  n: number,
) => Promise<StepOutput>;

export interface StepOutput {
  readonly failure: Float32Array;
  readonly logOdds: Float32Array;
  readonly hidden: Float32Array;
}

export interface CellScores {
  /** In the snapshot's order. */
  readonly agents: readonly AgentScore[];
  readonly cascade: number;
  /** To be given with the cell's next snapshot. */
  readonly memory: CellMemory;
}

const NEIGHBOURS_MAX = 5;
/** The trouble of an agent of which nothing but the errors is out of the ordinary, at most. */
const errorsTroubleMax = TROUBLE_MAX / STATE_DIMENSION;

/**
 * Scores the agents of a cell at the close of a window. Takes two steps: one for all agents, and, for those at or above the model's
 * threshold alone, one for each group of inputs put back to normal, which is their evidence. Deterministic given the step. Throws not-finite
 * where the snapshot holds a number that is none, before anything of it reaches the memory.
 */
export async function scoreCell(
  model: Model,
  step: StepFunction,
  snapshot: Snapshot,
  topology: TopologyInput | null,
  memory: CellMemory,
): Promise<CellScores> {
  const cell = cellFeatures(snapshot, topology);
  const { n } = cell;
  const width = model.network.cell.state;
  const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
  const hidden = new Float32Array(n * width);
  const elapsed = new Float32Array(n);
  const sinceMs = memory.endMs === null ? windowMs : Math.max(0, snapshot.windowEndMs - memory.endMs);
  for (let i = 0; i < n; i++) {
    const before = memory.agents.get(snapshot.agents[i].agent);
    if (before !== undefined) hidden.set(before.hidden, i * width);
    elapsed[i] = elapsedUnits(model, before === undefined ? windowMs : sinceMs);
  }
  checkStepInputs(cell.values, hidden, elapsed, n, model.network.cell, FEATURE_NAMES);
  const output = await step(cell.values, hidden, elapsed, n);
  const evidence = await signalEvidence(model, step, cell, hidden, elapsed, output);

  const after = new Map<string, { hidden: Float32Array; windows: number }>();
  // One buffer a cell: all of its agents are replaced together.
  const kept = output.hidden.slice(0, n * width);
  const agents = snapshot.agents.map((state, i): AgentScore => {
    const windows = Math.min((memory.agents.get(state.agent)?.windows ?? 0) + 1, 255);
    after.set(state.agent, { hidden: kept.subarray(i * width, (i + 1) * width), windows });
    const signals = evidence.get(i);
    return {
      agent: state.agent,
      failure: output.failure[i],
      // Until the baselines tell deviations, most of what is read is 0 for want of knowledge.
      confidence: cell.readable[i] * Math.min(1, windows / BASELINE_MIN),
      silentMs: state.silentMs,
      deviation: state.deviation,
      signals: signals ?? [],
      neighbours: signals === undefined ? [] : neighbourEvidence(snapshot, cell, i),
    };
  });
  return {
    agents,
    cascade: cascadeRisk(model.cascade, cell, output.failure, topology?.stability ?? 1),
    memory: { endMs: snapshot.windowEndMs, agents: after },
  };
}

/** Time between two windows as the network reads it. A gap beyond what training covered counts as the longest it covered. */
export function elapsedUnits(model: Pick<Model, 'timeUnitMs' | 'elapsedMaxMs'>, elapsedMs: number): number {
  return Math.min(elapsedMs, model.elapsedMaxMs) / model.timeUnitMs;
}

/** By place of each agent at or above the threshold: what the log-odds lose when a group of inputs is put back to normal, in this window. */
async function signalEvidence(
  model: Model,
  step: StepFunction,
  cell: CellFeatures,
  hidden: Float32Array,
  elapsed: Float32Array,
  output: StepOutput,
): Promise<ReadonlyMap<number, readonly SignalEvidence[]>> {
  const explained: number[] = [];
  for (let i = 0; i < cell.n; i++) if (output.failure[i] >= model.threshold) explained.push(i);
  if (explained.length === 0) return new Map();

  const groups = FEATURE_GROUPS.length;
  const width = model.network.cell.state;
  const rows = explained.length * groups;
  const values = new Float32Array(rows * FEATURE_COUNT);
  const states = new Float32Array(rows * width);
  const spans = new Float32Array(rows);
  let row = 0;
  for (const i of explained) {
    for (const group of FEATURE_GROUPS) {
      values.set(cell.values.subarray(i * FEATURE_COUNT, (i + 1) * FEATURE_COUNT), row * FEATURE_COUNT);
      for (const entry of GROUP_ENTRIES[group]) values[row * FEATURE_COUNT + entry] = model.normal[entry];
      states.set(hidden.subarray(i * width, (i + 1) * width), row * width);
      spans[row] = elapsed[i];
      row++;
    }
  }
  const { logOdds } = await step(values, states, spans, rows);
  return new Map(
    explained.map((i, e) => {
      const weights = FEATURE_GROUPS.map((signal, g) => ({
        signal,
        weight: output.logOdds[i] - logOdds[e * groups + g],
      }));
      return [i, weights.sort((a, b) => b.weight - a.weight)];
    }),
  );
}

/**
 * Whom the agent asks, by share of its requests times their trouble, the heaviest first; ties in the order of the edges. Of a peer in another cell
 * nothing is known but which requests failed: its trouble is taken for what errors alone can amount to, by the share that did.
 */
function neighbourEvidence(snapshot: Snapshot, cell: CellFeatures, place: number): readonly NeighbourEvidence[] {
  const { callers, callees, shares } = cell.edges;
  const found: NeighbourEvidence[] = [];
  for (let k = 0; k < callers.length; k++) {
    if (callers[k] !== place || callees[k] === place) continue;
    const { callee, count, errors, boundary } = snapshot.edges[k];
    const failing = boundary && count > 0 ? errorsTroubleMax * (errors / count) : 0;
    const weight = shares[k] * (callees[k] < 0 ? failing : cell.trouble[callees[k]]);
    if (weight > 0) found.push({ agent: callee, weight });
  }
  return found.sort((a, b) => b.weight - a.weight).slice(0, NEIGHBOURS_MAX);
}
