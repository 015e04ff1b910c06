import type { Heartbeat, Signals, Status } from '../../schemas/records.ts';
import { checkTime } from './check-time.ts';
import { checkId, isId } from './ids.ts';
import { JsonFields, type JsonObject, parseObject } from './json-fields.ts';
import { AHEAD_MS_DEFAULT, METRIC_MAX, METRIC_NAME_LENGTH_MAX, METRICS_MAX, SIGNAL_MAX } from './limits.ts';
import { type Parsed, type Rejection, refused, reject } from './rejection.ts';

/**
 * Checks a heartbeat of the right shape: ids, time, ranges and limits. Null: it is good.
 * @param appendMs when the broker appended it, in ms since the epoch
 * @param aheadMs how far past that its own time may lie, in ms
 */
export function checkHeartbeat(heartbeat: Heartbeat, appendMs: number, aheadMs = AHEAD_MS_DEFAULT): Rejection | null {
  if (!isId(heartbeat.tenant)) return checkId('tenant', heartbeat.tenant);
  if (!isId(heartbeat.fleet)) return checkId('fleet', heartbeat.fleet);
  if (!isId(heartbeat.agent)) return checkId('agent', heartbeat.agent);
  const { latencyMs, trafficPerS, errorRate, saturation } = heartbeat.signals;
  return (
    checkTime(heartbeat.timeMs, appendMs, aheadMs) ??
    checkSignal('signals.latencyMs', latencyMs, SIGNAL_MAX) ??
    checkSignal('signals.trafficPerS', trafficPerS, SIGNAL_MAX) ??
    checkSignal('signals.errorRate', errorRate, 1) ??
    checkSignal('signals.saturation', saturation, SIGNAL_MAX) ??
    checkMetrics(heartbeat.metrics)
  );
}

/** Checks one signal, from 0 to `max` or null. */
export function checkSignal(field: string, value: number | null, max: number): Rejection | null {
  if (value === null || (value >= 0 && value <= max)) return null;
  const code = Number.isFinite(value) ? 'number-out-of-range' : 'number-not-finite';
  return reject(code, field, value, `a number from 0 to ${max}, or null`);
}

function checkMetrics(metrics: Readonly<Record<string, number>>): Rejection | null {
  let count = 0;
  for (const name in metrics) {
    if (++count > METRICS_MAX) {
      return reject('metrics-too-many', 'the number of metrics', Object.keys(metrics).length, `at most ${METRICS_MAX}`);
    }
    const rejection = checkMetricName(name);
    if (rejection !== null) return rejection;
    const value = metrics[name];
    if (!(Math.abs(value) <= METRIC_MAX)) {
      const code = Number.isFinite(value) ? 'number-out-of-range' : 'number-not-finite';
      return reject(code, `metrics.${name.slice(0, 64)}`, value, `a number from -${METRIC_MAX} to ${METRIC_MAX}`);
    }
  }
  return null;
}

/** A metric's name: 1 to 256 characters and not `__proto__`, which no plain object can hold. */
export function checkMetricName(name: string): Rejection | null {
  if (name.length > METRIC_NAME_LENGTH_MAX) {
    return reject('string-too-long', 'a metric name', name, `1 to ${METRIC_NAME_LENGTH_MAX} characters`);
  }
  if (name.length === 0 || name === '__proto__') {
    return reject(
      'metric-name-invalid',
      'a metric name',
      name,
      `1 to ${METRIC_NAME_LENGTH_MAX} characters, not __proto__`,
    );
  }
  return null;
}

/**
 * Reads a heartbeat from JSON of the schema's shape: missing fields take the schema's defaults, a number given as a string is refused,
 * an unknown status reads as UNKNOWN, fields that the schema does not have are ignored. It gives the shape only; `checkHeartbeat` judges the values.
 */
export function parseHeartbeat(json: unknown): Parsed<Heartbeat> {
  const object = parseObject(json);
  if (!object.ok) return object;
  const fields = new JsonFields(object.value);
  const signalFields = new JsonFields(fields.object('signals'), 'signals.');
  const metrics = fields.object('metrics');
  const signals: Signals = {
    latencyMs: signalFields.numberOrNull('latencyMs'),
    trafficPerS: signalFields.numberOrNull('trafficPerS'),
    errorRate: signalFields.numberOrNull('errorRate'),
    saturation: signalFields.numberOrNull('saturation'),
  };
  const heartbeat = {
    tenant: fields.string('tenant'),
    fleet: fields.string('fleet'),
    agent: fields.string('agent'),
    timeMs: fields.number('timeMs'),
    status: parseStatus(fields.string('status', 'UP')),
    signals,
  };
  const rejection = fields.rejection ?? signalFields.rejection ?? checkMetricTypes(metrics);
  if (rejection !== null) return refused(rejection);
  return { ok: true, value: { ...heartbeat, metrics: metrics as Readonly<Record<string, number>> } };
}

function parseStatus(word: string): Status {
  return word === 'UP' || word === 'DEGRADED' || word === 'DOWN' ? word : 'UNKNOWN';
}

function checkMetricTypes(metrics: JsonObject): Rejection | null {
  let count = 0;
  for (const name in metrics) {
    // The limit is checked again with the values; here it only keeps a hostile map from being walked to its end.
    if (++count > METRICS_MAX) {
      return reject('metrics-too-many', 'the number of metrics', Object.keys(metrics).length, `at most ${METRICS_MAX}`);
    }
    const value = metrics[name];
    if (typeof value !== 'number') return reject('type-invalid', `metrics.${name.slice(0, 64)}`, value, 'a number');
  }
  return null;
}
