import { TOGETHER_S } from './companions-up.ts';
import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { HORIZON_S } from './question.ts';
import { countUntil } from './sorted-times.ts';

const MINUTE_S = 60;
/** Nodes before and behind it in its cluster that count as a node's neighbours. */
const REACH = 4;
const WINDOWS_S = [10 * MINUTE_S, HORIZON_S, 24 * HORIZON_S];

/**
 * The nodes that share a node's fate: those that came back when it did (what is started together is often ended together), and those next to it
 * in its cluster (what is taken from service is often a row of nodes).
 */
export class Companions implements FeatureGroup {
  readonly names = [
    'cohort.nodes',
    'cohort.failed',
    'cohort.failedShare',
    'cohort.sinceFailure',
    'neighbours.failures.10m',
    'neighbours.failures.1h',
    'neighbours.failures.1d',
    'neighbours.down',
    'neighbours.sinceFailure',
    'neighbours.likeUp',
  ];
  readonly #clock: FleetClock;
  readonly #returnsOf: readonly { readonly times: Float64Array; readonly nodes: Int32Array }[];
  readonly #neighbours: readonly Int32Array[];

  constructor(clock: FleetClock) {
    const { clusterOf, clusters, nodes } = clock.trace;
    this.#clock = clock;
    const members = clusters.map((_, c) => [...clusterOf.keys()].filter((node) => clusterOf[node] === c));
    this.#returnsOf = members.map((of) => {
      const pairs = of.flatMap((node) => {
        const { firstUpS, returnedS } = nodes[node];
        return [firstUpS, ...returnedS].map((time) => [time, node] as const);
      });
      pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      return { times: Float64Array.from(pairs, ([time]) => time), nodes: Int32Array.from(pairs, ([, node]) => node) };
    });
    this.#neighbours = nodes.map((_, node) => {
      const of = members[clusterOf[node]];
      const place = of.indexOf(node);
      return Int32Array.from(of.slice(Math.max(0, place - REACH), place + REACH + 1).filter((other) => other !== node));
    });
  }

  advance(): void {}

  fill(node: number, row: Float32Array, at: number): void {
    const clock = this.#clock;
    const now = clock.nowS;
    const { nodes, clusterOf } = clock.trace;
    const since = clock.upSinceS(node);
    const { times, nodes: whose } = this.#returnsOf[clusterOf[node]];
    let cohort = 0;
    let failed = 0;
    let lastFailureS = Number.NEGATIVE_INFINITY;
    const to = countUntil(times, Math.min(now, since + TOGETHER_S));
    for (let i = countUntil(times, since - TOGETHER_S - 1e-3); i < to; i++) {
      const other = whose[i];
      if (other === node) continue;
      cohort++;
      const { failedS } = nodes[other];
      const count = clock.failures(other);
      if (count === 0 || failedS[count - 1] < times[i]) continue;
      failed++;
      lastFailureS = Math.max(lastFailureS, failedS[count - 1]);
    }
    let o = at;
    row[o++] = Math.log2(1 + cohort);
    row[o++] = Math.log2(1 + failed);
    row[o++] = failed / (cohort + 1);
    row[o++] = failed === 0 ? logMinutes(30 * 24 * HORIZON_S) : logMinutes(now - lastFailureS);

    const neighbours = this.#neighbours[node];
    let down = 0;
    let likeUp = 0;
    let lastOfNeighbours = Number.NEGATIVE_INFINITY;
    const within = [0, 0, 0];
    for (const other of neighbours) {
      const { failedS } = nodes[other];
      const count = clock.failures(other);
      const otherSince = clock.upSinceS(other);
      if (Number.isNaN(otherSince)) {
        if (clock.known(other)) down++;
      } else if (Math.abs(otherSince - since) <= TOGETHER_S) likeUp++;
      if (count === 0) continue;
      lastOfNeighbours = Math.max(lastOfNeighbours, failedS[count - 1]);
      for (let w = 0; w < 3; w++) {
        for (let i = count - 1; i >= 0 && failedS[i] > now - WINDOWS_S[w]; i--) within[w]++;
      }
    }
    const share = neighbours.length === 0 ? 0 : 1 / neighbours.length;
    for (let w = 0; w < 3; w++) row[o++] = Math.log2(1 + within[w]);
    row[o++] = share * down;
    row[o++] = Number.isFinite(lastOfNeighbours) ? logMinutes(now - lastOfNeighbours) : logMinutes(30 * 24 * HORIZON_S);
    row[o++] = share * likeUp;
  }
}
