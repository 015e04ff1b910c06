/** The fleets table as a processor holds it: the record in force for a fleet at an event time. */
import type { Fleet } from '../schemas/records.ts';
import { checkFleet, defaultFleet, inOrder } from '../src/fleet/fleet-record.ts';
import { fleetKey } from '../src/fleet/ids.ts';
import { reject } from '../src/fleet/rejection.ts';
import type { Context, Input } from '../src/streams/processor.ts';

/** Records of one fleet that are kept: the newest by effective time. */
const versionsMax = 8;

export class Fleets {
  /** By fleet key; the versions in ascending order of effective time. */
  readonly #versions = new Map<string, readonly Fleet[]>();
  readonly #defaults = new Map<string, readonly Fleet[]>();

  /**
   * Takes a record of `aura.fleets`; what is out of range, or of another fleet than its key, goes to the dead letters. It replaces those that would take
   * effect at the same time or later. Returns the fleet's key where something changed.
   */
  take(record: Input<Fleet | null>, context: Pick<Context, 'deadLetter'>): string | null {
    const { key, value } = record;
    if (value === null) {
      this.#versions.delete(key);
      return key;
    }
    const own = fleetKey(value.tenant, value.fleet);
    const rejection = checkFleet(value) ?? (own === key ? null : reject('value-invalid', 'the key', key, own));
    if (rejection !== null) {
      context.deadLetter(record, rejection.code, rejection.reason);
      return null;
    }
    const told = inOrder(value);
    const known = (this.#versions.get(key) ?? []).filter(({ effectiveMs }) => effectiveMs < told[0].effectiveMs);
    this.#versions.set(key, [...known, ...told].slice(-versionsMax));
    return key;
  }

  /**
   * The record in force at an event time: the last that was effective by then. Before the first known one, that one: a record says itself what held before
   * where that matters. A fleet without a record has the defaults.
   */
  at(tenant: string, fleet: string, timeMs: number): Fleet {
    const versions = this.versions(tenant, fleet);
    let found = versions[0];
    for (const version of versions) if (version.effectiveMs <= timeMs) found = version;
    return found;
  }

  /** All versions known of a fleet, the earliest first; the defaults where it has no record. */
  versions(tenant: string, fleet: string): readonly Fleet[] {
    const key = fleetKey(tenant, fleet);
    const versions = this.#versions.get(key) ?? this.#defaults.get(key);
    if (versions !== undefined) return versions;
    if (this.#defaults.size >= defaultsMax) this.#defaults.clear();
    const defaults = [defaultFleet(tenant, fleet)];
    this.#defaults.set(key, defaults);
    return defaults;
  }
}

/** Default records kept at hand; hostile producers may name any number of fleets. */
const defaultsMax = 10_000;
