import type { Snapshot } from '../../../schemas/records.ts';
import type { WorkerPool } from '../../../src/compute/worker-pool/worker-pool.ts';
import { interactionGraph } from '../../../src/fleet/interaction-graph.ts';
import { STATE_DIMENSION, stateSpace } from '../../../src/fleet/state-space.ts';
import { cellTopology } from '../../../src/topology/index.ts';
import type { TopologyJobs } from '../../../src/topology/parallel/index.ts';
import { quantile, rounded } from '../machine.ts';

/** What assessment computes of a cell at every window: states and interactions, H0 and H1, and the signature. One thread, in ms. */
export function cellTimes(snapshots: readonly Snapshot[], rounds: number) {
  const cells = cellsOf(snapshots);
  const samples: number[] = [];
  const warmRounds = 500;
  for (let round = 0; round < warmRounds + rounds; round++) {
    const { states, dimension, interactions } = cells[round % cells.length];
    const started = performance.now();
    cellTopology(states, dimension, interactions);
    if (round >= warmRounds) samples.push(performance.now() - started);
  }
  const total = samples.reduce((sum, ms) => sum + ms, 0);
  return {
    rounds,
    medianMs: rounded(quantile(samples, 0.5), 4),
    p99Ms: rounded(quantile(samples, 0.99), 4),
    perSecond: Math.round((1000 * rounds) / total),
  };
}

/** Cells a second through a pool, results in order. */
export async function cellsThroughPool(snapshots: readonly Snapshot[], rounds: number, pool: WorkerPool<TopologyJobs>) {
  const cells = cellsOf(snapshots);
  const inputs = Array.from({ length: rounds }, (_, k) => cells[k % cells.length]);
  const pass = async (): Promise<number> => {
    const started = performance.now();
    for await (const outcome of pool.map('cell', inputs)) if (!outcome.ok) throw outcome.error;
    return performance.now() - started;
  };
  // The first pass warms the threads up.
  await pass();
  const elapsedMs = await pass();
  return { threads: pool.threads, cells: rounds, perSecond: Math.round((1000 * rounds) / elapsedMs) };
}

function cellsOf(snapshots: readonly Snapshot[]) {
  return snapshots.map((snapshot) => {
    const { agents, callees, offsets, counts } = interactionGraph(snapshot);
    const sources = new Int32Array(callees.length);
    for (let i = 0; i < agents.length; i++) sources.fill(i, offsets[i], offsets[i + 1]);
    const interactions = { vertexCount: agents.length, sources, targets: callees, strengths: counts };
    return { states: stateSpace(snapshot).points, dimension: STATE_DIMENSION, interactions, options: {} };
  });
}
