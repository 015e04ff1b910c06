import { expect, test } from 'vitest';
import { layOut, ROLES, roster } from '../../../src/fleet/reference/layout.ts';

test('a fleet of any size has every role and unique ids', () => {
  for (const agents of [5, 6, 17, 100, 1000]) {
    const members = roster(agents);
    expect(members.length).toBe(agents);
    expect(new Set(members.map((m) => m.agent)).size).toBe(agents);
    expect(new Set(members.map((m) => m.role))).toEqual(new Set(ROLES));
  }
  expect(() => roster(4)).toThrow(/REFERENCE_OPTION_INVALID: agents is 4; valid is a whole number from 5/);
});

test('calls go down the layers, so no request waits for itself', () => {
  const plans = layOut(100, 3);
  for (const [i, plan] of plans.entries()) {
    for (const { role, candidates } of plan.dependencies) {
      expect(candidates.length).toBe(role === 'store' ? 2 : 3);
      for (const j of candidates) {
        expect(plans[j].role).toBe(role);
        expect(j).toBeGreaterThan(i);
      }
    }
  }
});

test('every agent has the slots for its load, by Little’s law', () => {
  for (const plan of layOut(100, 3)) {
    expect((plan.nominalPerS * plan.nominalLatencyMs) / 1000).toBeLessThanOrEqual(0.4 * plan.slots);
    expect(plan.timeoutMs).toBeGreaterThan(5 * plan.nominalLatencyMs);
  }
});
