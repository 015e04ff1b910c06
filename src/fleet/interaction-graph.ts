import type { Snapshot } from '../../schemas/records.ts';

/**
 * The interaction graph of a snapshot in compressed sparse rows: the calls of agent i (its place in `agents`, which is the snapshot's order)
 * are entries offsets[i] to offsets[i + 1] - 1 of the other arrays. Calls out of the cell, to or from agents without heartbeats, and of an
 * agent to itself are left out.
 */
export interface InteractionGraph {
  readonly agents: readonly string[];
  /** Length n + 1. */
  readonly offsets: Int32Array;
  /** Callee's place in `agents`, ascending within a row. */
  readonly callees: Int32Array;
  /** Requests in the window. */
  readonly counts: Float64Array;
  /** Share of these that failed, 0 to 1. */
  readonly errorRates: Float64Array;
}

/** The interaction graph among the members of the snapshot's cell. */
export function interactionGraph(snapshot: Snapshot): InteractionGraph {
  const agents = snapshot.agents.map(({ agent }) => agent);
  const placeOf = new Map(agents.map((agent, place) => [agent, place]));
  const offsets = new Int32Array(agents.length + 1);
  const callees = new Int32Array(snapshot.edges.length);
  const counts = new Float64Array(snapshot.edges.length);
  const errorRates = new Float64Array(snapshot.edges.length);
  let entries = 0;
  // Both lists ascend, so rows come one after another; a snapshot's edges are sorted by caller and callee.
  for (const { caller, callee, count, errors } of snapshot.edges) {
    const from = placeOf.get(caller);
    const to = placeOf.get(callee);
    if (from === undefined || to === undefined || from === to) continue;
    callees[entries] = to;
    counts[entries] = count;
    errorRates[entries] = count === 0 ? 0 : errors / count;
    entries++;
    offsets[from + 1] = entries;
  }
  for (let i = 1; i < offsets.length; i++) offsets[i] = Math.max(offsets[i], offsets[i - 1]);
  return {
    agents,
    offsets,
    callees: callees.subarray(0, entries),
    counts: counts.subarray(0, entries),
    errorRates: errorRates.subarray(0, entries),
  };
}
