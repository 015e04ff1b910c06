import { describe, expect, it } from 'vitest';
import { catalogue, findKind, touchesTargets } from '../../src/interventions/catalogue.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';

describe('the catalogue', () => {
  it('has the kinds that a policy may allow, each once', () => {
    const kinds = catalogue.map((entry) => entry.kind);
    expect([...kinds].sort()).toEqual([...defaultPolicy('acme').allowedKinds].sort());
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(findKind('UNKNOWN')).toBeNull();
  });

  it('says for each kind how it is undone, and names its parameters in ascending order with sound ranges', () => {
    for (const entry of catalogue) {
      expect(entry.undo.length).toBeGreaterThan(20);
      const names = entry.parameters.map((parameter) => parameter.name);
      expect(names).toEqual([...names].sort());
      for (const { min, max } of entry.parameters) expect(min).toBeLessThan(max);
    }
  });

  it('forgoes between nothing and all of a target’s capacity, over the whole range of parameters', () => {
    for (const entry of catalogue) {
      for (const at of [0, 0.5, 1]) {
        const values = Object.fromEntries(entry.parameters.map(({ name, min, max }) => [name, min + at * (max - min)]));
        for (const lifetimeMs of [1000, 60_000, 3_600_000]) {
          const forgone = entry.forgone(values, lifetimeMs);
          expect(forgone).toBeGreaterThanOrEqual(0);
          expect(forgone).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('has a remedy that touches something for every trouble of a single agent that has an explanation', () => {
    for (const trouble of ['SILENT', 'RETRY_STORM', 'OVERLOAD', 'SLOW', 'ERRORS'] as const) {
      const fitting = catalogue.filter((entry) => entry.touches && entry.fits[trouble] !== undefined);
      expect(fitting.length).toBeGreaterThan(0);
    }
  });

  it('takes a kind it does not know to touch its targets', () => {
    expect(touchesTargets('ESCALATE')).toBe(false);
    expect(touchesTargets('THROTTLE')).toBe(true);
    expect(touchesTargets('SOMETHING_NEW')).toBe(true);
  });
});
