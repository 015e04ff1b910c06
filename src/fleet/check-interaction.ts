import type { Interaction } from '../../schemas/records.ts';
import { checkSignal } from './check-heartbeat.ts';
import { checkTime } from './check-time.ts';
import { checkId, isId } from './ids.ts';
import { JsonFields, parseObject } from './json-fields.ts';
import { AHEAD_MS_DEFAULT, REQUESTS_MAX, SIGNAL_MAX } from './limits.ts';
import { type Parsed, type Rejection, refused, reject } from './rejection.ts';

/** Most ms that an interaction spans. */
export const SPAN_MS_MAX = 2 ** 31 - 1;

/**
 * Checks an interaction of the right shape: ids, time, ranges and limits. Null: it is good.
 * @param appendMs when the broker appended it, in ms since the epoch
 * @param aheadMs how far past that its own time may lie, in ms
 */
export function checkInteraction(
  interaction: Interaction,
  appendMs: number,
  aheadMs = AHEAD_MS_DEFAULT,
): Rejection | null {
  if (!isId(interaction.tenant)) return checkId('tenant', interaction.tenant);
  if (!isId(interaction.fleet)) return checkId('fleet', interaction.fleet);
  if (!isId(interaction.caller)) return checkId('caller', interaction.caller);
  if (!isId(interaction.callee)) return checkId('callee', interaction.callee);
  return (
    checkTime(interaction.timeMs, appendMs, aheadMs) ??
    checkCount('spanMs', interaction.spanMs, SPAN_MS_MAX) ??
    checkCount('count', interaction.count, REQUESTS_MAX) ??
    checkCount('errors', interaction.errors, interaction.count) ??
    checkSignal('latencyMs', interaction.latencyMs, SIGNAL_MAX)
  );
}

/** Checks a whole number from 0 to `max`. */
export function checkCount(field: string, value: number, max: number): Rejection | null {
  if (Number.isInteger(value) && value >= 0 && value <= max) return null;
  const code = !Number.isFinite(value)
    ? 'number-not-finite'
    : Number.isInteger(value)
      ? 'number-out-of-range'
      : 'value-invalid';
  return reject(code, field, value, `a whole number from 0 to ${max}`);
}

/** Reads an interaction from JSON of the schema's shape, by the rules of `parseHeartbeat`. `checkInteraction` judges the values. */
export function parseInteraction(json: unknown): Parsed<Interaction> {
  const object = parseObject(json);
  if (!object.ok) return object;
  const fields = new JsonFields(object.value);
  const interaction: Interaction = {
    tenant: fields.string('tenant'),
    fleet: fields.string('fleet'),
    caller: fields.string('caller'),
    callee: fields.string('callee'),
    timeMs: fields.number('timeMs'),
    spanMs: fields.number('spanMs', 0),
    count: fields.number('count', 1),
    errors: fields.number('errors', 0),
    latencyMs: fields.numberOrNull('latencyMs'),
  };
  return fields.rejection === null ? { ok: true, value: interaction } : refused(fields.rejection);
}
