/** What a record's keys and times may be for a database to hold them. */

/** Most bytes of a text that is part of a key: an index entry holds 2,700 bytes in Postgres, 8,000 in Neo4j. */
const KEY_BYTES_MAX = 512;
/** The last ms of the year 9999: times stay within what four digits of a year name. */
export const TIME_MS_LAST = 253_402_300_799_999;

/** A field of a record that a database cannot hold. */
export class UnstorableError extends Error {
  readonly code = 'row-invalid';

  constructor(field: string, value: unknown, valid: string) {
    super(`${field}: ${JSON.stringify(value)?.slice(0, 200)}; valid is ${valid}`);
    this.name = 'UnstorableError';
  }
}

/** What would be valid where `value` is no part of a key, else null. */
export function refusesKey(value: string): string | null {
  return 3 * value.length <= KEY_BYTES_MAX || Buffer.byteLength(value) <= KEY_BYTES_MAX
    ? null
    : `at most ${KEY_BYTES_MAX} bytes`;
}

/** What would be valid where `value` is no time, else null. */
export function refusesTime(value: number): string | null {
  return Number.isInteger(value) && value >= 0 && value <= TIME_MS_LAST
    ? null
    : 'a time from 1970 to 9999, in whole ms since 1970';
}
