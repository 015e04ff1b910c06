import type { FleetClock } from './fleet-clock.ts';
import { countUntil } from './sorted-times.ts';

/** Nodes that came back no further apart than this came back together. */
export const TOGETHER_S = 300;

/** Of every node in service, how many others of its site are in service that came back when it did: what was started together is often ended together. */
export class CompanionsUp {
  /** By node; 0 where it is out of service. */
  readonly counts: Int32Array;
  readonly #clock: FleetClock;
  readonly #members: readonly Int32Array[];

  constructor(clock: FleetClock) {
    const { sites, siteOf } = clock.trace;
    this.#clock = clock;
    this.#members = sites.map((_, s) => Int32Array.from([...siteOf.keys()].filter((node) => siteOf[node] === s)));
    this.counts = new Int32Array(siteOf.length);
  }

  advance(): void {
    for (const members of this.#members) {
      const up = [...members].filter((node) => !Number.isNaN(this.#clock.upSinceS(node)));
      const since = Float64Array.from(up, (node) => this.#clock.upSinceS(node));
      const ascending = since.toSorted();
      for (const node of members) this.counts[node] = 0;
      for (const [i, node] of up.entries()) {
        const to = countUntil(ascending, since[i] + TOGETHER_S);
        this.counts[node] = to - countUntil(ascending, since[i] - TOGETHER_S - 1e-3) - 1;
      }
    }
  }
}
