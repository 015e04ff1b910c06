/** The fleets table as a processor holds it: the record in force for a fleet at an event time. */
import type { Fleet } from '../schemas/records.ts';
import { checkFleet, defaultFleet } from '../src/fleet/fleet-record.ts';
import { fleetKey } from '../src/fleet/ids.ts';
import type { Context, Input } from '../src/streams/processor.ts';

/** Records of one fleet that are kept: the newest by effective time. */
const versionsMax = 8;

export class Fleets {
  /** By fleet key; the versions in ascending order of effective time. */
  readonly #versions = new Map<string, Fleet[]>();
  readonly #defaults = new Map<string, Fleet>();

  /** Takes a record of `aura.fleets`; what is out of range goes to the dead letters. Returns the fleet's key where something changed. */
  take(record: Input<Fleet | null>, context: Context): string | null {
    const { key, value } = record;
    if (value === null) {
      this.#versions.delete(key);
      return key;
    }
    const rejection = checkFleet(value);
    if (rejection !== null) {
      context.deadLetter(record, rejection.code, rejection.reason);
      return null;
    }
    const versions = this.#versions.get(key) ?? [];
    const others = versions.filter(({ effectiveMs }) => effectiveMs !== value.effectiveMs);
    this.#versions.set(key, [...others, value].sort((a, b) => a.effectiveMs - b.effectiveMs).slice(-versionsMax));
    return key;
  }

  /**
   * The record in force at an event time: the last that was effective by then. Before the first known one, that one: the table is compacted, so older
   * ones may be gone. A fleet without a record has the defaults.
   */
  at(tenant: string, fleet: string, timeMs: number): Fleet {
    const key = fleetKey(tenant, fleet);
    const versions = this.#versions.get(key);
    if (versions === undefined) {
      let record = this.#defaults.get(key);
      if (record === undefined) {
        if (this.#defaults.size >= defaultsMax) this.#defaults.clear();
        record = defaultFleet(tenant, fleet);
        this.#defaults.set(key, record);
      }
      return record;
    }
    let found = versions[0];
    for (const version of versions) if (version.effectiveMs <= timeMs) found = version;
    return found;
  }

  /** All versions known of a fleet, the earliest first. */
  versions(key: string): readonly Fleet[] {
    return this.#versions.get(key) ?? [];
  }
}

/** Default records kept at hand; hostile producers may name any number of fleets. */
const defaultsMax = 10_000;
