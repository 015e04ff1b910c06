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
  };
}

/** Checks a fleet's record. Null: it is good. */
export function checkFleet(record: Fleet): Rejection | null {
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
