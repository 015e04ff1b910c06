import { Calendar } from './calendar.ts';
import { ClassRates } from './class-rates.ts';
import { Companions } from './companions.ts';
import { CompanionsUp } from './companions-up.ts';
import type { FeatureGroup } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { GroupActivity } from './group-activity.ts';
import { OwnHistory } from './own-history.ts';
import { RecentSpells } from './recent-spells.ts';
import { RunningRates } from './running-rates.ts';

/** All that is known of a node at an instant: a row of features, each of the order of ten at most. */
export class Features implements FeatureGroup {
  readonly names: readonly string[];
  readonly #groups: readonly FeatureGroup[];
  readonly #together: CompanionsUp;

  /** hourOf: hour of the local week from Monday 0 h on, with fractions, 0 to below 168. */
  constructor(clock: FleetClock, hourOf: (tS: number) => number) {
    const { siteOf, sites, clusterOf, clusters } = clock.trace;
    this.#together = new CompanionsUp(clock);
    this.#groups = [
      new OwnHistory(clock),
      new RunningRates(clock, hourOf),
      new GroupActivity('site', clock, siteOf, sites.length),
      new GroupActivity('cluster', clock, clusterOf, clusters.length),
      new RecentSpells(clock),
      new Companions(clock),
      new Calendar(clock, hourOf),
      new ClassRates(clock, hourOf, this.#together),
    ];
    this.names = this.#groups.flatMap(({ names }) => names);
  }

  advance(): void {
    this.#together.advance();
    for (const group of this.#groups) group.advance();
  }

  fill(node: number, row: Float32Array, at: number): void {
    let to = at;
    for (const group of this.#groups) {
      group.fill(node, row, to);
      to += group.names.length;
    }
  }
}

/** Whether a feature tells of other nodes: bursts of a site, of a cluster, of nodes that belong together. */
export function isCascadeFeature(name: string): boolean {
  return /^(site|cluster|cohort|neighbours|rate\.cluster|rate\.site|rate\.fleet)\./.test(name);
}
