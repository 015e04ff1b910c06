import type { AgentState, Deviation } from '../../schemas/records.ts';

const FLOORS = [
  (median: number) => Math.max(1, 0.05 * median),
  (median: number) => Math.max(0.1, 0.05 * median),
  () => 0.01,
  () => 0.02,
];

/** The deviation of a window's means, computed anew from all snapshots of the agent before it, one after another. */
export function referenceBaseline(history: readonly AgentState[], means: readonly (number | null)[]): Deviation {
  const rings: number[][] = [[], [], [], []];
  const normals = [0, 0, 0, 0];
  const anomalies = [0, 0, 0, 0];
  const deviations = (window: readonly (number | null)[]): number[] =>
    window.map((value, signal) => (value === null ? 0 : deviation(rings[signal], value, FLOORS[signal])));
  for (const past of history) {
    const window = [past.latencyMs, past.trafficPerS, past.errorRate, past.saturation];
    const anomalous = deviations(window).some((z) => Math.abs(z) >= 6);
    for (const [signal, value] of window.entries()) {
      if (value === null) continue;
      const full = rings[signal].length >= 32;
      if (anomalous ? ++anomalies[signal] % 16 !== 0 : full && ++normals[signal] % 4 !== 0) continue;
      rings[signal].push(Math.fround(value));
      if (rings[signal].length > 32) rings[signal].shift();
    }
  }
  const [latency, traffic, errors, saturation] = deviations(means);
  return { latency, traffic, errors, saturation };
}

function deviation(ring: readonly number[], value: number, floor: (median: number) => number): number {
  if (ring.length < 12) return 0;
  const median = middle(ring);
  const scale = Math.max(1.4826 * middle(ring.map((x) => Math.abs(x - median))), floor(median));
  return Math.max(-50, Math.min(50, (Math.fround(value) - median) / scale));
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
