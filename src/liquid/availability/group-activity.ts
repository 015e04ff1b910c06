import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { HORIZON_S, LEAD_S } from './question.ts';
import { countUntil } from './sorted-times.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const WINDOWS = [
  ['10m', 10 * MINUTE_S],
  ['1h', HOUR_S],
  ['6h', 6 * HOUR_S],
  ['1d', DAY_S],
] as const;
/** Failures of a group no further apart than this are one burst. */
const BURST_GAP_S = 5 * MINUTE_S;

/** Failures and returns of a site's or a cluster's nodes, in order of time. */
interface Happenings {
  readonly failedS: Float64Array;
  readonly failedNode: Int32Array;
  readonly returnedS: Float64Array;
}

/** What a node's site, or its cluster, goes through: bursts, who is down, who came back. The same for all nodes of the group. */
export class GroupActivity implements FeatureGroup {
  readonly names: readonly string[];
  readonly #clock: FleetClock;
  readonly #groupOf: Int32Array;
  readonly #happenings: readonly Happenings[];
  readonly #members: readonly Int32Array[];
  readonly #lastSeen: Int32Array;
  /** [groups, features] */
  readonly #rows: Float32Array;
  /** By group: where its last burst begins among its failures, and how many of those were looked at. */
  readonly #bursts: readonly { from: number; seen: number }[];

  constructor(prefix: string, clock: FleetClock, groupOf: Int32Array, groups: number) {
    this.names = [
      ...WINDOWS.map(([name]) => `failures.${name}`),
      'downNow',
      'downRecently',
      'returned.30m',
      'nodesFailed.1h',
      'sinceFailure',
      'burstNodes',
      'dayAgo',
      'daysAgo',
      'weekAgo',
    ].map((name) => `${prefix}.${name}`);
    this.#clock = clock;
    this.#groupOf = groupOf;
    this.#members = Array.from({ length: groups }, (_, g) =>
      Int32Array.from([...groupOf.keys()].filter((node) => groupOf[node] === g)),
    );
    this.#happenings = this.#members.map((members) => happeningsOf(clock, members));
    this.#lastSeen = new Int32Array(groupOf.length).fill(-1);
    this.#rows = new Float32Array(groups * this.names.length);
    this.#bursts = this.#members.map(() => ({ from: 0, seen: 0 }));
  }

  advance(): void {
    for (let g = 0; g < this.#members.length; g++) this.#advanceGroup(g);
  }

  fill(node: number, row: Float32Array, at: number): void {
    const width = this.names.length;
    const from = this.#groupOf[node] * width;
    for (let k = 0; k < width; k++) row[at + k] = this.#rows[from + k];
  }

  #advanceGroup(g: number): void {
    const clock = this.#clock;
    const now = clock.nowS;
    const { failedS, failedNode, returnedS } = this.#happenings[g];
    const seen = countUntil(failedS, now);
    let known = 0;
    let down = 0;
    let downRecently = 0;
    for (const node of this.#members[g]) {
      if (!clock.known(node)) continue;
      known++;
      if (!Number.isNaN(clock.upSinceS(node))) continue;
      down++;
      if (now - clock.trace.nodes[node].failedS[clock.failures(node) - 1] < DAY_S) downRecently++;
    }
    const share = 100 / Math.max(1, known);
    let to = g * this.names.length;
    const rows = this.#rows;
    for (const [, length] of WINDOWS) {
      rows[to++] = Math.log2(1 + share * (seen - countUntil(failedS, now - length)));
    }
    rows[to++] = (share * down) / 100;
    rows[to++] = (share * downRecently) / 100;
    rows[to++] = Math.log2(1 + share * (countUntil(returnedS, now) - countUntil(returnedS, now - 30 * MINUTE_S)));
    rows[to++] = Math.log2(1 + share * this.#distinct(failedNode, countUntil(failedS, now - HOUR_S), seen));
    rows[to++] = seen === 0 ? logMinutes(30 * DAY_S) : logMinutes(now - failedS[seen - 1]);

    const burst = this.#bursts[g];
    for (let i = burst.seen; i < seen; i++) if (i > 0 && failedS[i] - failedS[i - 1] > BURST_GAP_S) burst.from = i;
    burst.seen = seen;
    rows[to++] = Math.log2(1 + this.#distinct(failedNode, burst.from, seen));
    const around = (tS: number) => countUntil(failedS, tS + HORIZON_S) - countUntil(failedS, tS + LEAD_S);
    rows[to++] = Math.log2(1 + share * around(now - DAY_S));
    let daysAgo = 0;
    for (let d = 2; d <= 7; d++) daysAgo += Math.log2(1 + share * around(now - d * DAY_S)) / 6;
    rows[to++] = daysAgo;
    rows[to++] = Math.log2(1 + share * around(now - 7 * DAY_S));
  }

  /** Different nodes among the failures from..to of a group. */
  #distinct(failedNode: Int32Array, from: number, to: number): number {
    let count = 0;
    for (let i = to - 1; i >= from; i--) {
      // Seen going backwards from `to`, a node's mark lies in [i + 1, to) only where it was marked in this very pass.
      const mark = this.#lastSeen[failedNode[i]];
      if (mark > i && mark < to && failedNode[mark] === failedNode[i]) continue;
      this.#lastSeen[failedNode[i]] = i;
      count++;
    }
    return count;
  }
}

function happeningsOf(clock: FleetClock, members: Int32Array): Happenings {
  const failures: [number, number][] = [];
  const returns: number[] = [];
  for (const node of members) {
    const { failedS, returnedS } = clock.trace.nodes[node];
    for (const time of failedS) failures.push([time, node]);
    for (const time of returnedS) returns.push(time);
  }
  failures.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return {
    failedS: Float64Array.from(failures, ([time]) => time),
    failedNode: Int32Array.from(failures, ([, node]) => node),
    returnedS: Float64Array.from(returns).sort(),
  };
}
