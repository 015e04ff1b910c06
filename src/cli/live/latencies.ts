/** The newest latencies, for percentiles. */
export class Latencies {
  readonly #kept: Float64Array;
  #count = 0;

  constructor(kept = 10_000) {
    this.#kept = new Float64Array(kept);
  }

  add(ms: number): void {
    this.#kept[this.#count++ % this.#kept.length] = ms;
  }

  /** The smallest latency that `share` (0 to 1) of those kept do not exceed (nearest rank), in ms; null where there is none. */
  percentile(share: number): number | null {
    const size = Math.min(this.#count, this.#kept.length);
    if (size === 0) return null;
    const sorted = this.#kept.slice(0, size).sort();
    return sorted[Math.max(0, Math.ceil(share * size) - 1)];
  }
}
