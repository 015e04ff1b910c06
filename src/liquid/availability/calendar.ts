import type { FeatureGroup } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';

/** Time of day and week, where the fleet stands: work, cleaning up at night, maintenance. */
export class Calendar implements FeatureGroup {
  readonly names = [
    'time.daySin',
    'time.dayCos',
    'time.halfDaySin',
    'time.halfDayCos',
    'time.working',
    'time.hourSin',
    'time.hourCos',
  ];
  readonly #clock: FleetClock;
  readonly #hourOf: (tS: number) => number;
  readonly #now = new Float32Array(7);

  /** hourOf: hour of the local week from Monday 0 h on, with fractions, 0 to below 168. */
  constructor(clock: FleetClock, hourOf: (tS: number) => number) {
    this.#clock = clock;
    this.#hourOf = hourOf;
  }

  advance(): void {
    const hour = this.#hourOf(this.#clock.nowS);
    const day = (2 * Math.PI * (hour % 24)) / 24;
    const working = hour < 120 && hour % 24 >= 8 && hour % 24 < 19 ? 1 : 0;
    this.#now.set([
      Math.sin(day),
      Math.cos(day),
      Math.sin(2 * day),
      Math.cos(2 * day),
      working,
      Math.sin(2 * Math.PI * hour),
      Math.cos(2 * Math.PI * hour),
    ]);
  }

  fill(_node: number, row: Float32Array, at: number): void {
    row.set(this.#now, at);
  }
}
