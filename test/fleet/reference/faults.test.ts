import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkFault,
  FAULT_KINDS,
  type Fault,
  progress,
  randomFaults,
  serviceFactor,
} from '../../../src/fleet/reference/faults.ts';
import { roster } from '../../../src/fleet/reference/layout.ts';

const HOUR_MS = 3_600_000;

test('random faults are the same for the same seed, in order, and never two on one agent', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 5, max: 200 }), (seed, agents) => {
      const options = { seed, agents, fromMs: 1000, toMs: HOUR_MS, everyMs: 20_000 };
      const faults = randomFaults(options);
      expect(randomFaults(options)).toEqual(faults);
      const names = new Set(roster(agents).map((member) => member.agent));
      for (const [i, fault] of faults.entries()) {
        expect(names.has(fault.agent)).toBe(true);
        expect(fault.fromMs).toBeLessThan(HOUR_MS);
        if (i > 0) expect(fault.fromMs).toBeGreaterThanOrEqual(faults[i - 1].fromMs);
        const others = faults.slice(0, i).filter((other) => other.agent === fault.agent);
        expect(others.every((other) => other.toMs < fault.fromMs)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('random faults come as often as asked and of every kind', () => {
  const faults = randomFaults({ seed: 1, agents: 1000, fromMs: 0, toMs: 100 * HOUR_MS, everyMs: 60_000 });
  expect(faults.length).toBeGreaterThan(5500);
  expect(faults.length).toBeLessThan(6500);
  expect(new Set(faults.map((fault) => fault.kind))).toEqual(new Set(FAULT_KINDS));
});

test('a fault grows over its ramp, a leak over its whole length', () => {
  const fault: Fault = { id: 'f', kind: 'slow', agent: 'a', fromMs: 1000, toMs: 9000, rampMs: 2000, severity: 5 };
  expect([0, 1000, 2000, 3000, 8000].map((t) => progress(fault, t))).toEqual([0, 0, 0.5, 1, 1]);
  expect(serviceFactor(fault, 2000)).toBe(3);
  expect(serviceFactor({ ...fault, kind: 'leak' }, 5000)).toBe(2);
  expect(progress({ ...fault, rampMs: 0 }, 1000)).toBe(1);
});

test('a fault that has no length, a negative ramp or no possible severity is refused', () => {
  const fault: Fault = { id: 'f', kind: 'slow', agent: 'a', fromMs: 1000, toMs: 1001, rampMs: 0, severity: 1 };
  expect(() => checkFault(fault)).not.toThrow();
  const wrong: readonly Partial<Fault>[] = [
    { toMs: 1000 },
    { toMs: 999 },
    { rampMs: -1 },
    { rampMs: Number.NaN },
    { severity: 0.99 },
    { severity: 1001 },
    { severity: Number.NaN },
    { kind: 'overload', severity: 100.5 },
  ];
  for (const one of wrong)
    expect(() => checkFault({ ...fault, ...one })).toThrow(
      expect.objectContaining({ code: 'REFERENCE_OPTION_INVALID' }),
    );
});
