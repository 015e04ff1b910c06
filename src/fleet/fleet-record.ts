import type { Fleet } from '../../schemas/records.ts';
import { checkMetricName } from './check-heartbeat.ts';
import { checkId } from './ids.ts';
import { CELLS_PER_FLEET_MAX, METRICS_MAX, TIME_MS_MAX } from './limits.ts';
import { type Rejection, reject } from './rejection.ts';

const WINDOW_MS_MIN = 100;
const WINDOW_MS_MAX = 3_600_000;
/** Grace is bounded in windows, as each of them stays open for so long. */
const GRACE_WINDOWS_MAX = 64;
const FORGET_MS_MAX = 30 * 86_400_000;
const MAPPINGS_MAX = 64;
const SCALE_MAX = 1e12;
/** Most records one after another that a fleet's record holds, itself counted. */
const CHAIN_MAX = 8;

/** What holds for a fleet without a record: one cell, windows of 1 s with 200 ms of grace, ten minutes until a silent agent is forgotten. */
export function defaultFleet(tenant: string, fleet: string): Fleet {
  return {
    tenant,
    fleet,
    cells: 1,
    effectiveMs: 0,
    windowMs: 1000,
    graceMs: 200,
    forgetMs: 600_000,
    mapping: [],
    staggered: false,
    previous: null,
  };
}

/**
 * The record as it is to be written: with those before it that it must say, as the table keeps the newest record of a fleet alone. These are the one in
 * force at `nowMs` and those announced since; records that would take effect at the same time or later are replaced.
 * @param before the fleet's record so far; null: it has none, and the defaults hold until a record that is announced ahead takes effect
 */
export function succeeding(before: Fleet | null, record: Fleet, nowMs: number): Fleet {
  const { tenant, fleet, effectiveMs } = record;
  if (before === null) {
    return { ...record, previous: effectiveMs > nowMs ? defaultFleet(tenant, fleet) : null };
  }
  const earlier: Fleet[] = [];
  for (const one of inOrder(before).toReversed()) {
    if (one.effectiveMs >= effectiveMs) continue;
    earlier.unshift(one);
    if (one.effectiveMs <= nowMs) break;
  }
  let previous: Fleet | null = null;
  for (const one of earlier) previous = { ...one, previous };
  return { ...record, previous };
}

/** A record and those before it that it holds, the earliest first. */
export function inOrder(record: Fleet): readonly Fleet[] {
  const found: Fleet[] = [];
  for (let one: Fleet | null = record; one !== null; one = one.previous) found.unshift(one);
  return found;
}

/** Checks a fleet's record and those before it. Null: it is good. */
export function checkFleet(record: Fleet): Rejection | null {
  const chain = inOrder(record);
  if (chain.length > CHAIN_MAX) {
    return reject('value-invalid', 'the number of records', chain.length, `at most ${CHAIN_MAX} one before the other`);
  }
  for (const [i, one] of chain.entries()) {
    const wrong = checkOne(one) ?? (i === 0 ? null : checkSuccession(chain[i - 1], one));
    if (wrong !== null) return wrong;
  }
  return null;
}

function checkSuccession(before: Fleet, after: Fleet): Rejection | null {
  if (before.tenant !== after.tenant || before.fleet !== after.fleet) {
    const found = `${before.tenant}/${before.fleet}`;
    return reject('value-invalid', 'previous', found, `a record of ${after.tenant}/${after.fleet}`);
  }
  if (before.effectiveMs < after.effectiveMs) return null;
  return reject('value-invalid', 'previous.effectiveMs', before.effectiveMs, `below ${after.effectiveMs}`);
}

function checkOne(record: Fleet): Rejection | null {
  return (
    checkId('tenant', record.tenant) ??
    checkId('fleet', record.fleet) ??
    checkWhole('cells', record.cells, 1, CELLS_PER_FLEET_MAX) ??
    checkWhole('effectiveMs', record.effectiveMs, 0, TIME_MS_MAX) ??
    checkWhole('windowMs', record.windowMs, WINDOW_MS_MIN, WINDOW_MS_MAX) ??
    checkWhole('graceMs', record.graceMs, 0, GRACE_WINDOWS_MAX * record.windowMs) ??
    checkWhole('forgetMs', record.forgetMs, record.windowMs, FORGET_MS_MAX) ??
    checkMapping(record)
  );
}

function checkMapping(record: Fleet): Rejection | null {
  if (record.mapping.length > MAPPINGS_MAX) {
    return reject('value-invalid', 'the number of mappings', record.mapping.length, `at most ${MAPPINGS_MAX}`);
  }
  for (const [i, { metrics, scale }] of record.mapping.entries()) {
    if (metrics.length === 0 || metrics.length > METRICS_MAX) {
      return reject('value-invalid', `the length of mapping[${i}].metrics`, metrics.length, `1 to ${METRICS_MAX}`);
    }
    for (const name of metrics) {
      const rejection = checkMetricName(name);
      if (rejection !== null) return rejection;
    }
    if (!(Math.abs(scale) <= SCALE_MAX && scale !== 0)) {
      return reject(
        'value-invalid',
        `mapping[${i}].scale`,
        scale,
        `a number other than 0, of magnitude at most ${SCALE_MAX}`,
      );
    }
  }
  return null;
}

function checkWhole(field: string, value: number, min: number, max: number): Rejection | null {
  if (Number.isInteger(value) && value >= min && value <= max) return null;
  return reject('value-invalid', field, value, `a whole number from ${min} to ${max}`);
}
