import type { Snapshot } from '../../schemas/records.ts';
import { interactionGraph } from '../fleet/interaction-graph.ts';
import { STATE_DIMENSION, stateSpace } from '../fleet/state-space.ts';
import {
  type CellTopology,
  cellTopology,
  compareToBaseline,
  type Diagram,
  lifespans,
  type Moment,
  momentDistance,
  shapeEvidence,
} from '../topology/index.ts';
import type { TopologyInput } from './features.ts';

/** The diagrams that the latest one is compared to. */
export const MOMENTS_KEPT = 4;

/** Moves below this share of the longest bar are no news, as in src/topology/stability.ts. */
const REST = 0.01;

/** The trailing diagrams of a cell's states, oldest first, and the distance from each to the next. */
export interface ShapeHistory {
  readonly moments: readonly Moment[];
  readonly steps: readonly number[];
}

export const NO_HISTORY: ShapeHistory = { moments: [], steps: [] };

export interface CellShape {
  readonly topology: CellTopology;
  /** 0 to 1; 1 until two earlier windows tell what is usual. */
  readonly stability: number;
  /** What the network reads of it. */
  readonly input: TopologyInput;
  /** To be given with the cell's next snapshot. */
  readonly history: ShapeHistory;
}

/**
 * The topology of a cell at the close of a window, as the shipped model was trained to read it: the Rips complex of the agents' states
 * and the flag complex of their requests, stability against the last four windows, apartness and ringness by agent. Null for a cell without agents.
 */
export function cellShape(snapshot: Snapshot, history: ShapeHistory): CellShape | null {
  if (snapshot.agents.length === 0) return null;
  const graph = interactionGraph(snapshot);
  const sources = new Int32Array(graph.callees.length);
  for (let i = 0; i < graph.agents.length; i++) sources.fill(i, graph.offsets[i], graph.offsets[i + 1]);
  const topology = cellTopology(stateSpace(snapshot).points, STATE_DIMENSION, {
    vertexCount: graph.agents.length,
    sources,
    targets: graph.callees,
    strengths: graph.counts,
  });
  const latest: Moment = topology.state.persistence.diagrams;
  const drifts = history.moments.map((moment) => momentDistance(moment, latest));
  const before = history.moments.at(-1);
  // Fewer than two earlier moments say nothing yet.
  const stability =
    before === undefined || history.steps.length === 0
      ? 1
      : compareToBaseline(drifts, history.steps, longestBar(before) * REST).score;
  const { apartness, ringness } = shapeEvidence(topology.state);
  return {
    topology,
    stability,
    input: { stability, apartness, ringness },
    history: {
      moments: [...history.moments, latest].slice(-MOMENTS_KEPT),
      steps: [...history.steps, ...drifts.slice(-1)].slice(1 - MOMENTS_KEPT),
    },
  };
}

function longestBar(moment: readonly Diagram[]): number {
  return Math.max(0, ...moment.map((diagram) => lifespans(diagram).longest));
}
