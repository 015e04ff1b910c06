import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { HORIZON_S, LEAD_S } from './question.ts';
import { countUntil } from './sorted-times.ts';

const DAY_S = 86_400;
/** Spells of a cluster that are looked at, the latest ones. */
const SPELLS = 128;
const YOUNG_S = [3600, 6 * 3600] as const;

interface EndedSpells {
  /** When they ended, ascending. */
  readonly endS: Float64Array;
  readonly lengthS: Float64Array;
}

/** How long nodes of the cluster stayed in service of late: work that comes in rounds ends after like times. */
export class RecentSpells implements FeatureGroup {
  readonly names = [
    'cluster.spells.survival',
    'cluster.spells.outlasting',
    'cluster.spells.againstMedian',
    'cluster.young.1h',
    'cluster.young.6h',
  ];
  readonly #clock: FleetClock;
  readonly #members: readonly Int32Array[];
  readonly #ended: readonly EndedSpells[];
  /** By cluster: lengths of the spells that are looked at now, ascending. */
  readonly #recent: Float64Array[];
  readonly #young: Float64Array;

  constructor(clock: FleetClock) {
    const { clusters, clusterOf } = clock.trace;
    this.#clock = clock;
    this.#members = clusters.map((_, c) =>
      Int32Array.from([...clusterOf.keys()].filter((node) => clusterOf[node] === c)),
    );
    this.#ended = this.#members.map((members) => endedSpells(clock, members));
    this.#recent = clusters.map(() => new Float64Array(0));
    this.#young = new Float64Array(clusters.length * YOUNG_S.length);
  }

  advance(): void {
    const clock = this.#clock;
    const now = clock.nowS;
    for (let c = 0; c < this.#members.length; c++) {
      const { endS, lengthS } = this.#ended[c];
      const to = countUntil(endS, now);
      const from = Math.max(to - SPELLS, countUntil(endS, now - DAY_S));
      this.#recent[c] = lengthS.slice(from, to).sort();
      let up = 0;
      const young = [0, 0];
      for (const node of this.#members[c]) {
        const since = clock.upSinceS(node);
        if (Number.isNaN(since)) continue;
        up++;
        for (const [i, age] of YOUNG_S.entries()) if (now - since <= age) young[i]++;
      }
      for (const i of YOUNG_S.keys()) this.#young[c * YOUNG_S.length + i] = young[i] / Math.max(1, up);
    }
  }

  fill(node: number, row: Float32Array, at: number): void {
    const cluster = this.#clock.trace.clusterOf[node];
    const recent = this.#recent[cluster];
    const upS = this.#clock.nowS - this.#clock.upSinceS(node);
    const outlasting = recent.length - countUntil(recent, upS);
    const ending = countUntil(recent, upS + HORIZON_S) - countUntil(recent, upS + LEAD_S);
    let to = at;
    row[to++] = (ending + 0.2) / (outlasting + 2);
    row[to++] = Math.log2(1 + outlasting);
    row[to++] = recent.length === 0 ? 0 : logMinutes(upS) - logMinutes(recent[recent.length >> 1]);
    for (const i of YOUNG_S.keys()) row[to++] = this.#young[cluster * YOUNG_S.length + i];
  }
}

function endedSpells(clock: FleetClock, members: Int32Array): EndedSpells {
  const spells: [number, number][] = [];
  for (const node of members) {
    const { firstUpS, failedS, returnedS } = clock.trace.nodes[node];
    for (const [i, end] of failedS.entries()) spells.push([end, end - (i === 0 ? firstUpS : returnedS[i - 1])]);
  }
  spells.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return {
    endS: Float64Array.from(spells, ([end]) => end),
    lengthS: Float64Array.from(spells, ([, length]) => length),
  };
}
