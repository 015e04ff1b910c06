import type { Snapshot } from '../../../schemas/records.ts';
import { cellShape, NO_HISTORY, type ShapeHistory } from '../cell-shape.ts';
import { type CellFeatures, cellFeatures, FEATURE_COUNT } from '../features.ts';
import { FailureLabels, type FailureSpan } from './labels.ts';
import type { Sequence } from './sequence.ts';

/** One window of a recording as the network reads it. */
export interface RecordedWindow {
  readonly endMs: number;
  /** In the snapshot's order. */
  readonly agents: readonly string[];
  readonly cell: CellFeatures;
  readonly stability: number;
}

/** One cell over time with what became of its agents. */
export interface Recording {
  readonly name: string;
  readonly windowMs: number;
  readonly horizonMs: number;
  readonly windows: readonly RecordedWindow[];
  readonly failures: readonly FailureSpan[];
  /** True where nothing was made to go wrong. */
  readonly peaceful: boolean;
  /** One for each agent. Step s of sequence i is the agent's place in window firstWindow + s. */
  readonly tracks: readonly Track[];
}

export interface Track extends Sequence {
  readonly agent: string;
  readonly firstWindow: number;
  /** [steps], 1 where the agent is failed at the window's end. */
  readonly failed: Uint8Array;
}

/** What the network is given of a snapshot stream, in order, topology included. */
export function recordWindows(snapshots: Iterable<Snapshot>): RecordedWindow[] {
  let history: ShapeHistory = NO_HISTORY;
  const windows: RecordedWindow[] = [];
  for (const snapshot of snapshots) {
    const shape = cellShape(snapshot, history);
    history = shape?.history ?? NO_HISTORY;
    windows.push({
      endMs: snapshot.windowEndMs,
      agents: snapshot.agents.map(({ agent }) => agent),
      cell: cellFeatures(snapshot, shape?.input ?? null),
      stability: shape?.stability ?? 1,
    });
  }
  return windows;
}

/**
 * Cuts a recording into one sequence an agent. Windows within a horizon of the recording's end have weight 0: what becomes of the agent
 * then is not known. An agent that leaves and comes back begins a new track, as scoring forgets it too.
 * @param elapsedUnits from ms to the network's unit of time
 */
export function recordingOf(source: Omit<Recording, 'tracks'>, elapsedUnits: (ms: number) => number): Recording {
  const { windowMs, horizonMs, windows, failures } = source;
  const labels = new FailureLabels(failures);
  const lastMs = windows.at(-1)?.endMs ?? 0;
  const open = new Map<string, OpenTrack>();
  const tracks: Track[] = [];
  for (const [w, { endMs, agents, cell }] of windows.entries()) {
    const sinceMs = w === 0 ? windowMs : endMs - windows[w - 1].endMs;
    const present = new Set(agents);
    for (const [agent, track] of open) {
      if (present.has(agent)) continue;
      tracks.push(closed(track));
      open.delete(agent);
    }
    for (const [i, agent] of agents.entries()) {
      const known = open.get(agent);
      const track: OpenTrack = known ?? {
        agent,
        firstWindow: w,
        rows: [],
        elapsed: [],
        labels: [],
        weights: [],
        failed: [],
      };
      if (known === undefined) open.set(agent, track);
      track.rows.push(cell.values.subarray(i * FEATURE_COUNT, (i + 1) * FEATURE_COUNT));
      track.elapsed.push(elapsedUnits(known === undefined ? windowMs : sinceMs));
      track.labels.push(labels.failsWithin(agent, endMs, horizonMs) ? 1 : 0);
      track.weights.push(endMs + horizonMs <= lastMs ? 1 : 0);
      track.failed.push(labels.failedAt(agent, endMs) ? 1 : 0);
    }
  }
  for (const track of open.values()) tracks.push(closed(track));
  return { ...source, tracks };
}

interface OpenTrack {
  readonly agent: string;
  readonly firstWindow: number;
  readonly rows: Float32Array[];
  readonly elapsed: number[];
  readonly labels: number[];
  readonly weights: number[];
  readonly failed: number[];
}

function closed({ agent, firstWindow, rows, elapsed, labels, weights, failed }: OpenTrack): Track {
  const features = new Float32Array(rows.length * FEATURE_COUNT);
  for (const [t, row] of rows.entries()) features.set(row, t * FEATURE_COUNT);
  return {
    agent,
    firstWindow,
    steps: rows.length,
    features,
    elapsed: Float32Array.from(elapsed),
    labels: Float32Array.from(labels),
    weights: Float32Array.from(weights),
    failed: Uint8Array.from(failed),
  };
}
