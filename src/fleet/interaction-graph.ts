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

/** Undirected weighted edges among n agents, for a flag complex: entry k joins from[k] < to[k] at distances[k]. */
export interface AgentDistances {
  readonly agentCount: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** In [0, 1): 1 - w(a, b) / sqrt(w(a) w(b)). */
  readonly distances: Float64Array;
}

/**
 * How close agents work together: w(a, b) is the number of requests between two agents in either direction, w(a) all requests that a made
 * or received within the cell; the distance is 1 - w(a, b) / sqrt(w(a) w(b)), the cosine normalisation of the weighted adjacency matrix
 * (the off-diagonal of the normalised Laplacian, Chung 1997). It lies in [0, 1), 0 for two agents that work with each other alone, and does not change with the cell's load, so
 * that diagrams of different windows compare. Pairs without requests have no edge. Sorted by from and to.
 */
export function agentDistances(graph: InteractionGraph): AgentDistances {
  const n = graph.agents.length;
  const between = new Map<number, number>();
  const total = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    for (let k = graph.offsets[a]; k < graph.offsets[a + 1]; k++) {
      const b = graph.callees[k];
      const count = graph.counts[k];
      if (count === 0) continue;
      const key = Math.min(a, b) * n + Math.max(a, b);
      between.set(key, (between.get(key) ?? 0) + count);
      total[a] += count;
      total[b] += count;
    }
  }
  const keys = Float64Array.from(between.keys()).sort();
  const from = new Int32Array(keys.length);
  const to = new Int32Array(keys.length);
  const distances = new Float64Array(keys.length);
  for (let k = 0; k < keys.length; k++) {
    const a = Math.floor(keys[k] / n);
    const b = keys[k] % n;
    const weight = between.get(keys[k]) ?? 0;
    from[k] = a;
    to[k] = b;
    // The square root may round below the weight by one unit in the last place.
    distances[k] = Math.max(0, 1 - weight / Math.sqrt(total[a] * total[b]));
  }
  return { agentCount: n, from, to, distances };
}
