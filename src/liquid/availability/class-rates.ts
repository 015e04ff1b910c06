import type { CompanionsUp } from './companions-up.ts';
import { FadingShares } from './fading-shares.ts';
import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { failsInHorizon, HORIZON_S } from './question.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** Whole doublings of minutes in service: 2^15 minutes are three weeks. */
const AGES = 16;
const HOURS = 48;
const SINCE = 32;
const SIZES = 9;
/** Cases that the share of all cases counts for. */
const STRENGTH = 20;

interface Classing {
  readonly name: string;
  readonly classes: number;
  readonly halfLifeS: number;
  readonly of: (node: number) => number;
}

/** How often the answer was yes of late for cases that are alike in one respect or two. As in `RunningRates`, an answer counts once its horizon is over. */
export class ClassRates implements FeatureGroup {
  readonly names: readonly string[];
  readonly #clock: FleetClock;
  readonly #hourOf: (tS: number) => number;
  readonly #classings: readonly Classing[];
  readonly #shares: readonly FadingShares[];
  readonly #overall = new FadingShares(1, 14 * DAY_S);
  readonly #waiting: { readonly tickS: number; readonly nodes: Int32Array; readonly classes: Int32Array }[] = [];
  #tick = 0;
  #hourClass = 0;
  #prior = 0.02;
  /** By place in the tick: class by classing. */
  #classes = new Int32Array(0);
  readonly #placeOf: Int32Array;

  constructor(clock: FleetClock, hourOf: (tS: number) => number, together: CompanionsUp) {
    const { nodes, clusters, clusterOf, sites, siteOf } = clock.trace;
    this.#clock = clock;
    this.#hourOf = hourOf;
    this.#placeOf = new Int32Array(nodes.length);
    const age = (node: number) => this.#age(node);
    const hour = () => this.#hourClass;
    const size = (node: number) => Math.min(SIZES - 1, Math.floor(Math.log2(1 + together.counts[node])));
    const since = (node: number) => this.#hoursSinceFailure(node);
    const site = (node: number) => siteOf[node];
    const cluster = (node: number) => clusterOf[node];
    const S = sites.length;
    const C = clusters.length;
    const classing = (name: string, days: number, ...parts: readonly Part[]): Classing => ({
      name: `rate.${name}`,
      halfLifeS: days * DAY_S,
      classes: parts.reduce((product, [classes]) => product * classes, 1),
      of: productOf(parts),
    });
    this.#classings = [
      classing('fleet.6h', 0.25, [1, () => 0]),
      classing('site.6h', 0.25, [S, site]),
      classing('site.2d', 2, [S, site]),
      classing('site.21d', 21, [S, site]),
      classing('cluster.2d', 2, [C, cluster]),
      classing('cluster.21d', 21, [C, cluster]),
      classing('cluster.hour', 21, [C, cluster], [HOURS, hour]),
      classing('cluster.sizeAge', 30, [C, cluster], [SIZES, size], [AGES, age]),
      classing('cluster.sinceFailure', 30, [C, cluster], [SINCE, since]),
      classing('site.sizeHour', 30, [S, site], [SIZES, size], [HOURS, hour]),
      classing('site.sizeSince', 30, [S, site], [SIZES, size], [SINCE, since]),
      classing('fleet.ageHour', 30, [AGES, age], [HOURS, hour]),
      classing('own.hour', 60, [nodes.length, (node) => node], [HOURS, hour]),
    ];
    this.names = this.#classings.map(({ name }) => name);
    this.#shares = this.#classings.map(({ classes, halfLifeS }) => new FadingShares(classes, halfLifeS));
  }

  advance(): void {
    const clock = this.#clock;
    const now = clock.nowS;
    this.#tick++;
    this.#hourClass = hourClass(this.#hourOf(now));
    while (this.#waiting.length > 0 && this.#waiting[0].tickS + HORIZON_S <= now) this.#settle();
    const { nodes } = clock.trace;
    const width = this.#classings.length;
    const up: number[] = [];
    for (let node = 0; node < nodes.length; node++) if (!Number.isNaN(clock.upSinceS(node))) up.push(node);
    const classes = new Int32Array(up.length * width);
    this.#placeOf.fill(-1);
    for (const [c, { of }] of this.#classings.entries()) {
      for (let i = 0; i < up.length; i++) classes[i * width + c] = of(up[i]);
    }
    for (let i = 0; i < up.length; i++) this.#placeOf[up[i]] = i;
    this.#waiting.push({ tickS: now, nodes: Int32Array.from(up), classes });
    this.#classes = classes;
    this.#prior = this.#overall.share(0, 0.02, 10, this.#tick);
  }

  fill(node: number, row: Float32Array, at: number): void {
    const width = this.#classings.length;
    const from = this.#placeOf[node] * width;
    for (let c = 0; c < width; c++) {
      row[at + c] = this.#shares[c].logOdds(this.#classes[from + c], this.#prior, STRENGTH, this.#tick);
    }
  }

  #settle(): void {
    const settled = this.#waiting.shift();
    if (settled === undefined) return;
    const { nodes } = this.#clock.trace;
    const width = this.#classings.length;
    for (const [i, node] of settled.nodes.entries()) {
      const label = failsInHorizon(nodes[node], settled.tickS) ? 1 : 0;
      this.#overall.add(0, label, this.#tick);
      for (let c = 0; c < width; c++) this.#shares[c].add(settled.classes[i * width + c], label, this.#tick);
    }
  }

  #age(node: number): number {
    return Math.min(AGES - 1, Math.floor(logMinutes(this.#clock.nowS - this.#clock.upSinceS(node))));
  }

  #hoursSinceFailure(node: number): number {
    const count = this.#clock.failures(node);
    if (count === 0) return SINCE - 1;
    return Math.min(
      SINCE - 1,
      Math.floor((this.#clock.nowS - this.#clock.trace.nodes[node].failedS[count - 1]) / HOUR_S),
    );
  }
}

/** Hours of a working day, then hours of a day of the weekend. */
function hourClass(hour: number): number {
  return Math.floor(hour % 24) + (hour >= 120 ? 24 : 0);
}

type Part = readonly [classes: number, of: (node: number) => number];

/** Plain functions for one, two and three parts: this is asked for every case. */
function productOf([first, second, third]: readonly Part[]): (node: number) => number {
  const [, a] = first;
  if (second === undefined) return a;
  const [many, b] = second;
  if (third === undefined) return (node) => a(node) * many + b(node);
  const [more, c] = third;
  return (node) => (a(node) * many + b(node)) * more + c(node);
}
