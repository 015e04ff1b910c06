import { FadingShares } from './fading-shares.ts';
import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { failsInHorizon, HORIZON_S } from './question.ts';

const DAY_S = 86_400;
/** Classes of time in service: half a doubling of minutes each. */
const AGES = 40;
const DOWN = 255;

/**
 * The answers to the question as it was asked at earlier ticks, once their horizon is over: how often was it yes for this node, and for nodes
 * that had been in service for as long, in this cluster, at this hour. An answer is counted only after its whole horizon has passed.
 */
export class RunningRates implements FeatureGroup {
  readonly names = [
    'rate.own.2d',
    'rate.own.21d',
    'rate.own.age',
    'rate.cluster.6h',
    'rate.cluster.age',
    'rate.site.hour',
  ];
  readonly #clock: FleetClock;
  readonly #hourOf: (tS: number) => number;
  readonly #overall = new FadingShares(1, 14 * DAY_S);
  readonly #ownFast: FadingShares;
  readonly #ownSlow: FadingShares;
  readonly #clusterFast: FadingShares;
  readonly #ageInCluster: FadingShares;
  readonly #ageOwn: FadingShares;
  readonly #hourInSite: FadingShares;
  #tick = 0;
  /** Ticks whose horizon is not over, with how long each node had been in service. */
  readonly #waiting: { readonly tickS: number; readonly ages: Uint8Array }[] = [];

  /** hourOf: hour of the local week, 0 to below 168. */
  constructor(clock: FleetClock, hourOf: (tS: number) => number) {
    const { nodes, clusters, sites } = clock.trace;
    this.#clock = clock;
    this.#hourOf = hourOf;
    this.#ownFast = new FadingShares(nodes.length, 2 * DAY_S);
    this.#ownSlow = new FadingShares(nodes.length, 21 * DAY_S);
    this.#ageOwn = new FadingShares(nodes.length * AGES, 30 * DAY_S);
    this.#clusterFast = new FadingShares(clusters.length, 0.25 * DAY_S);
    this.#ageInCluster = new FadingShares(clusters.length * AGES, 14 * DAY_S);
    this.#hourInSite = new FadingShares(sites.length * 48, 21 * DAY_S);
  }

  advance(): void {
    const now = this.#clock.nowS;
    this.#tick++;
    while (this.#waiting.length > 0 && this.#waiting[0].tickS + HORIZON_S <= now) this.#settle();
    const { nodes } = this.#clock.trace;
    const ages = new Uint8Array(nodes.length);
    for (let node = 0; node < nodes.length; node++) {
      ages[node] = Number.isNaN(this.#clock.upSinceS(node)) ? DOWN : this.#age(node);
    }
    this.#waiting.push({ tickS: now, ages });
  }

  fill(node: number, row: Float32Array, at: number): void {
    const { clusterOf, siteOf } = this.#clock.trace;
    const cluster = clusterOf[node];
    const age = this.#age(node);
    const tick = this.#tick;
    const overall = this.#overall.share(0, 0.02, 10, tick);
    const slow = this.#ownSlow.share(node, overall, 20, tick);
    let to = at;
    row[to++] = this.#ownFast.logOdds(node, slow, 4, tick);
    row[to++] = Math.log(slow / (1 - slow));
    row[to++] = this.#ageOwn.logOdds(node * AGES + age, slow, 4, tick);
    row[to++] = this.#clusterFast.logOdds(cluster, overall, 10, tick);
    row[to++] = this.#ageInCluster.logOdds(cluster * AGES + age, overall, 10, tick);
    row[to++] = this.#hourInSite.logOdds(siteOf[node] * 48 + this.#hourClass(this.#clock.nowS), overall, 20, tick);
  }

  #settle(): void {
    const settled = this.#waiting.shift();
    if (settled === undefined) return;
    const { clusterOf, siteOf, nodes } = this.#clock.trace;
    const hour = this.#hourClass(settled.tickS);
    const tick = this.#tick;
    for (let node = 0; node < nodes.length; node++) {
      const age = settled.ages[node];
      if (age === DOWN) continue;
      const label = failsInHorizon(nodes[node], settled.tickS) ? 1 : 0;
      this.#overall.add(0, label, tick);
      this.#ownFast.add(node, label, tick);
      this.#ownSlow.add(node, label, tick);
      this.#ageOwn.add(node * AGES + age, label, tick);
      this.#clusterFast.add(clusterOf[node], label, tick);
      this.#ageInCluster.add(clusterOf[node] * AGES + age, label, tick);
      this.#hourInSite.add(siteOf[node] * 48 + hour, label, tick);
    }
  }

  #age(node: number): number {
    return Math.min(AGES - 1, Math.floor(2 * logMinutes(this.#clock.nowS - this.#clock.upSinceS(node))));
  }

  /** Hours of a working day, then hours of a day of the weekend. */
  #hourClass(tS: number): number {
    const hour = this.#hourOf(tS);
    const day = Math.floor(hour / 24);
    return Math.floor(hour % 24) + (day >= 5 ? 24 : 0);
  }
}
