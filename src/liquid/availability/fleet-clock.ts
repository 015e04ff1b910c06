import { TimePointers } from './sorted-times.ts';
import type { AvailabilityTrace } from './trace.ts';

/** Who is in service at an instant that only moves on. Knows nothing of what comes after that instant. */
export class FleetClock {
  readonly trace: AvailabilityTrace;
  readonly #failures: TimePointers;
  nowS = Number.NEGATIVE_INFINITY;

  constructor(trace: AvailabilityTrace) {
    this.trace = trace;
    this.#failures = new TimePointers(trace.nodes.map(({ failedS }) => failedS));
  }

  advance(toS: number): void {
    if (toS < this.nowS) throw new RangeError(`the clock stands at ${this.nowS} and cannot go back to ${toS}`);
    this.nowS = toS;
    this.#failures.advance(toS);
  }

  /** Failures of the node so far. */
  failures(node: number): number {
    return this.#failures.counts[node];
  }

  /** Since when it is in service; NaN where it is not. */
  upSinceS(node: number): number {
    const { firstUpS, returnedS } = this.trace.nodes[node];
    const failures = this.#failures.counts[node];
    const since = failures === 0 ? firstUpS : returnedS[failures - 1];
    return since <= this.nowS ? since : Number.NaN;
  }

  /** Has been in service before now. */
  known(node: number): boolean {
    return this.trace.nodes[node].firstUpS <= this.nowS;
  }
}
