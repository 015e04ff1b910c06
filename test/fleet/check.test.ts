import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fleet } from '../../schemas/records.ts';
import { checkHeartbeat, parseHeartbeat } from '../../src/fleet/check-heartbeat.ts';
import { checkInteraction, parseInteraction } from '../../src/fleet/check-interaction.ts';
import { checkFleet, defaultFleet, inOrder, succeeding } from '../../src/fleet/fleet-record.ts';
import type { Parsed } from '../../src/fleet/rejection.ts';
import { heartbeat, interaction } from './samples.ts';

const APPEND_MS = 2000;
const SIGNALS = { latencyMs: 100, trafficPerS: 10, errorRate: 0, saturation: 0.5 };

function codeOf<T>(parsed: Parsed<T>): string {
  return parsed.ok ? 'ok' : parsed.rejection.code;
}

describe('checkHeartbeat', () => {
  test('passes what is good, at the limits too', () => {
    expect(checkHeartbeat(heartbeat(), APPEND_MS)).toBeNull();
    expect(checkHeartbeat(heartbeat({ timeMs: 0 }), APPEND_MS)).toBeNull();
    expect(checkHeartbeat(heartbeat({ timeMs: 62_000 }), APPEND_MS)).toBeNull();
    const nulls = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null };
    expect(checkHeartbeat(heartbeat({ signals: nulls }), APPEND_MS)).toBeNull();
    expect(checkHeartbeat(heartbeat({ signals: { ...SIGNALS, errorRate: 1, saturation: 2.5 } }), APPEND_MS)).toBeNull();
  });

  const tooMany = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`m${i}`, i]));
  test.each([
    ['an empty tenant', heartbeat({ tenant: '' }), 'id-invalid'],
    ['a slash in the fleet', heartbeat({ fleet: 'a/b' }), 'id-invalid'],
    ['a huge agent id', heartbeat({ agent: 'x'.repeat(129) }), 'string-too-long'],
    ['a negative time', heartbeat({ timeMs: -1 }), 'time-negative'],
    ['a time that is no number', heartbeat({ timeMs: Number.NaN }), 'number-not-finite'],
    ['a fraction of a ms', heartbeat({ timeMs: 1.5 }), 'value-invalid'],
    ['a time far ahead', heartbeat({ timeMs: 62_001 }), 'time-too-far-ahead'],
    ['a time beyond all calendars', heartbeat({ timeMs: 9e15 }), 'time-too-far-ahead'],
    ['a latency that is no number', heartbeat({ signals: { ...SIGNALS, latencyMs: Number.NaN } }), 'number-not-finite'],
    ['a negative latency', heartbeat({ signals: { ...SIGNALS, latencyMs: -0.1 } }), 'number-out-of-range'],
    ['infinite traffic', heartbeat({ signals: { ...SIGNALS, trafficPerS: Infinity } }), 'number-not-finite'],
    ['an error rate in percent', heartbeat({ signals: { ...SIGNALS, errorRate: 5 } }), 'number-out-of-range'],
    ['a huge saturation', heartbeat({ signals: { ...SIGNALS, saturation: 1e300 } }), 'number-out-of-range'],
    ['too many metrics', heartbeat({ metrics: tooMany }), 'metrics-too-many'],
    ['an infinite metric', heartbeat({ metrics: { cpu: Number.NEGATIVE_INFINITY } }), 'number-not-finite'],
    ['a huge metric', heartbeat({ metrics: { cpu: -1e300 } }), 'number-out-of-range'],
    ['a metric without a name', heartbeat({ metrics: { '': 1 } }), 'metric-name-invalid'],
    ['a huge metric name', heartbeat({ metrics: { ['x'.repeat(257)]: 1 } }), 'string-too-long'],
  ])('refuses %s', (_, bad, code) => {
    expect(checkHeartbeat(bad, APPEND_MS)?.code).toBe(code);
  });

  test('names the field, the value and what would be valid', () => {
    expect(checkHeartbeat(heartbeat({ timeMs: 99_000 }), APPEND_MS, 1000)?.reason).toBe(
      'timeMs is 99000; valid is at most 1000 ms past the append time 2000',
    );
  });
});

describe('checkInteraction', () => {
  test('passes what is good', () => {
    expect(checkInteraction(interaction(), APPEND_MS)).toBeNull();
    expect(checkInteraction(interaction({ count: 0, errors: 0, latencyMs: null }), APPEND_MS)).toBeNull();
  });

  test.each([
    ['a callee that is no id', interaction({ callee: 'a 2' }), 'id-invalid'],
    ['more errors than requests', interaction({ count: 3, errors: 4 }), 'number-out-of-range'],
    ['half a request', interaction({ count: 0.5 }), 'value-invalid'],
    ['a count beyond all measure', interaction({ count: 1e10 }), 'number-out-of-range'],
    ['a negative span', interaction({ spanMs: -1 }), 'number-out-of-range'],
    ['an infinite latency', interaction({ latencyMs: Infinity }), 'number-not-finite'],
    ['a time far ahead', interaction({ timeMs: 1e14 }), 'time-too-far-ahead'],
  ])('refuses %s', (_, bad, code) => {
    expect(checkInteraction(bad, APPEND_MS)?.code).toBe(code);
  });
});

describe('parsing JSON', () => {
  test('gives the whole heartbeat back', () => {
    const whole = heartbeat({ metrics: { cpu: 0.5 }, status: 'DEGRADED' });
    expect(parseHeartbeat(JSON.parse(JSON.stringify(whole)))).toEqual({ ok: true, value: whole });
  });

  test('fills what is missing with the defaults of the schema', () => {
    const nulls = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null };
    expect(parseHeartbeat({ tenant: 't', fleet: 'f', agent: 'a', timeMs: 1 })).toEqual({
      ok: true,
      value: { tenant: 't', fleet: 'f', agent: 'a', timeMs: 1, status: 'UP', signals: nulls, metrics: {} },
    });
    expect(parseInteraction({ tenant: 't', fleet: 'f', caller: 'a', callee: 'b', timeMs: 1 })).toEqual({
      ok: true,
      value: {
        tenant: 't',
        fleet: 'f',
        caller: 'a',
        callee: 'b',
        timeMs: 1,
        spanMs: 0,
        count: 1,
        errors: 0,
        latencyMs: null,
      },
    });
  });

  test('reads a status it does not know as UNKNOWN and ignores fields it does not know', () => {
    const parsed = parseHeartbeat({ ...heartbeat(), status: 'SLEEPY', colour: 'red' });
    expect(parsed).toEqual({ ok: true, value: heartbeat({ status: 'UNKNOWN' }) });
  });

  test.each([
    ['null', null, 'not-an-object'],
    ['an array', [], 'not-an-object'],
    ['a string', 'heartbeat', 'not-an-object'],
    ['no tenant', { ...heartbeat(), tenant: undefined }, 'field-missing'],
    ['a number as a string', { ...heartbeat(), timeMs: '1000' }, 'type-invalid'],
    ['a null time', { ...heartbeat(), timeMs: null }, 'type-invalid'],
    ['a status that is a number', { ...heartbeat(), status: 1 }, 'type-invalid'],
    ['signals that are a list', { ...heartbeat(), signals: [1, 2] }, 'type-invalid'],
    ['a signal as a string', { ...heartbeat(), signals: { latencyMs: '12' } }, 'type-invalid'],
    ['a metric as a string', { ...heartbeat(), metrics: { cpu: '12' } }, 'type-invalid'],
    ['a tenant that is an object', { ...heartbeat(), tenant: { toString: 'x' } }, 'type-invalid'],
  ])('refuses %s', (_, json, code) => {
    expect(codeOf(parseHeartbeat(json))).toBe(code);
  });

  test('is not led astray by names of the prototype', () => {
    const json: unknown = JSON.parse(
      '{"tenant":"t","fleet":"f","agent":"a","timeMs":1,"__proto__":{"status":"DOWN"},"metrics":{"__proto__":1,"constructor":2}}',
    );
    const parsed = parseHeartbeat(json);
    if (!parsed.ok) throw new Error('it must parse');
    expect(parsed.value.status).toBe('UP');
    expect(checkHeartbeat(parsed.value, APPEND_MS)?.code).toBe('metric-name-invalid');
  });

  test('takes anything that JSON can say without throwing, and what passes both steps is within its ranges', () => {
    const almost = fc.record(
      {
        tenant: fc.oneof(fc.constant('t'), fc.jsonValue()),
        fleet: fc.constant('f'),
        agent: fc.oneof(fc.constant('a'), fc.string()),
        timeMs: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
        status: fc.oneof(fc.constant('UP'), fc.jsonValue()),
        signals: fc.oneof(
          fc.record({ latencyMs: fc.double(), errorRate: fc.double() }, { requiredKeys: [] }),
          fc.jsonValue(),
        ),
        metrics: fc.oneof(fc.dictionary(fc.string(), fc.double()), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(almost, fc.jsonValue()), (json) => {
        const parsed = parseHeartbeat(json);
        if (!parsed.ok) return parsed.rejection.reason.length <= 400;
        const rejection = checkHeartbeat(parsed.value, APPEND_MS);
        if (rejection !== null) return rejection.reason.length <= 400;
        const { timeMs, signals } = parsed.value;
        return timeMs >= 0 && timeMs <= 62_000 && (signals.errorRate ?? 0) <= 1 && (signals.latencyMs ?? 0) >= 0;
      }),
    );
  });
});

describe('checkFleet', () => {
  test('passes the default record', () => {
    expect(checkFleet(defaultFleet('acme', 'crew'))).toBeNull();
  });

  test.each([
    ['no cells', { cells: 0 }],
    ['too many cells', { cells: 4097 }],
    ['a window of 50 ms', { windowMs: 50 }],
    ['half a ms', { windowMs: 1000.5 }],
    ['grace of 65 windows', { graceMs: 65_000 }],
    ['a memory shorter than a window', { forgetMs: 999 }],
    ['a mapping of nothing', { mapping: [{ signal: 'LATENCY' as const, metrics: [], scale: 1 }] }],
    ['a mapping to nothing', { mapping: [{ signal: 'LATENCY' as const, metrics: ['m'], scale: 0 }] }],
  ])('refuses %s', (_, fields) => {
    expect(checkFleet({ ...defaultFleet('acme', 'crew'), ...fields })?.code).toBe('value-invalid');
  });

  test('refuses records before it of another fleet, in another order, or too many', () => {
    const record = { ...defaultFleet('acme', 'crew'), effectiveMs: 5000 };
    const behind = (change: Partial<Fleet>) => checkFleet({ ...record, previous: { ...record, ...change } });
    expect(behind({ effectiveMs: 4999 })).toBeNull();
    expect(behind({ effectiveMs: 5000 })?.reason).toContain('previous.effectiveMs');
    expect(behind({ effectiveMs: 4999, fleet: 'other' })?.reason).toContain('acme/other');
    expect(behind({ effectiveMs: 4999, tenant: 'other' })?.reason).toContain('other/crew');
    expect(behind({ effectiveMs: 4999, cells: 0 })?.reason).toContain('cells');
    const chainOf = (length: number): Fleet => ({
      ...record,
      effectiveMs: length,
      previous: length === 1 ? null : chainOf(length - 1),
    });
    expect(checkFleet(chainOf(8))).toBeNull();
    expect(checkFleet(chainOf(9))?.reason).toContain('the number of records');
  });
});

describe('succeeding', () => {
  const record = (effectiveMs: number, cells: number): Fleet => ({
    ...defaultFleet('acme', 'crew'),
    effectiveMs,
    cells,
  });

  test('lets the defaults hold until the first record that is announced ahead', () => {
    expect(succeeding(null, record(5000, 3), 4999).previous).toEqual(defaultFleet('acme', 'crew'));
    expect(succeeding(null, record(5000, 3), 5000).previous).toBeNull();
  });

  test('forgets nothing that is in force for what is announced ahead: one too many is refused', () => {
    let held = record(0, 1);
    for (let i = 1; i <= 7; i++) held = succeeding(held, record(1000 * i, i + 1), 0);
    expect(checkFleet(held)).toBeNull();
    expect(inOrder(held).map(({ cells }) => cells)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(checkFleet(succeeding(held, record(8000, 9), 0))?.reason).toContain('the number of records');
    // What is over by then is in nobody's way.
    expect(checkFleet(succeeding(held, record(8000, 9), 1000))).toBeNull();
  });

  test('tells from any time on what was announced last of it', () => {
    const announcement = fc.record({ laterMs: fc.nat(3), effectiveMs: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(announcement, { minLength: 1, maxLength: 6 }), (announcements) => {
        let nowMs = 0;
        let held: Fleet | null = null;
        /** Number of cells by time; 1 by default. */
        const cellsAt = new Array<number>(20).fill(1);
        for (const [i, { laterMs, effectiveMs }] of announcements.entries()) {
          nowMs += laterMs;
          held = succeeding(held, record(effectiveMs, i + 2), nowMs);
          cellsAt.fill(i + 2, effectiveMs);
          expect(checkFleet(held)).toBeNull();
          for (let timeMs = nowMs; timeMs < cellsAt.length; timeMs++) {
            const inForce = inOrder(held).findLast((one) => one.effectiveMs <= timeMs);
            expect(inForce?.cells).toBe(cellsAt[timeMs]);
          }
        }
      }),
    );
  });
});
