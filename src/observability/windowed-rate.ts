const bucketMs = 1000;
const buckets = 30;

/** Events per second over the last 30 s, or since the start where that is shorter. Kafka Streams' rates are means over such windows too. */
export class WindowedRate {
  readonly #counts = new Float64Array(buckets);
  readonly #startMs: number;
  /** Number of the newest bucket since time 0. */
  #newest: number;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
    this.#newest = Math.floor(nowMs / bucketMs);
  }

  add(count: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#newest % buckets] += count;
  }

  perSecond(nowMs: number): number {
    this.#advance(nowMs);
    let sum = 0;
    for (const count of this.#counts) sum += count;
    // The newest bucket is not full yet; the oldest begins that much later.
    const spanMs = Math.min(nowMs - this.#startMs, (buckets - 1) * bucketMs + (nowMs % bucketMs));
    return sum / (Math.max(spanMs, bucketMs) / 1000);
  }

  #advance(nowMs: number): void {
    const now = Math.floor(nowMs / bucketMs);
    const steps = Math.min(now - this.#newest, buckets);
    for (let i = 1; i <= steps; i++) this.#counts[(this.#newest + i) % buckets] = 0;
    if (now > this.#newest) this.#newest = now;
  }
}
