/** Some of what is known of a node at an instant. Groups are told of every tick in order, and asked only of nodes in service. */
export interface FeatureGroup {
  readonly names: readonly string[];
  /** Moves on to the instant at which the fleet's clock stands. */
  advance(): void;
  /** Writes its features of a node to row, from `at` on. */
  fill(node: number, row: Float32Array, at: number): void;
}

const MINUTE_S = 60;

/** log2(1 + minutes): seconds and months on one scale. */
export function logMinutes(seconds: number): number {
  return Math.log2(1 + Math.max(0, seconds) / MINUTE_S);
}
