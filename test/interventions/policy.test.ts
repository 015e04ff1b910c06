import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../schemas/records.ts';
import { agentsAllowed, checkPolicy, defaultPolicy } from '../../src/interventions/policy.ts';

describe('policy', () => {
  it('has the defaults of its schema', () => {
    const schema = JSON.parse(readFileSync(new URL('../../schemas/policy.avsc', import.meta.url), 'utf8'));
    const defaults = schema.fields.map((field: { name: string; default?: unknown }) => [field.name, field.default]);
    const { tenant, ...rest } = defaultPolicy('acme');
    expect(Object.entries(rest).sort()).toEqual(defaults.filter(([name]: [string]) => name !== 'tenant').sort());
    expect(tenant).toBe('acme');
    expect(checkPolicy(defaultPolicy('acme'))).toBeNull();
  });

  it.each<[Partial<Policy>, string, string]>([
    [{ tenant: 'a/b' }, 'id-invalid', 'tenant is "a/b"'],
    [{ minFailure: 1.5 }, 'value-invalid', 'minFailure is 1.5; valid is 0 to 1 (probability)'],
    [{ minFailure: Number.NaN }, 'value-invalid', 'minFailure is NaN'],
    [{ blastRadius: -0.1 }, 'value-invalid', 'blastRadius is -0.1'],
    [{ budget: 2.5 }, 'value-invalid', 'budget is 2.5; valid is a whole number from 0 to 1000 (approvals)'],
    [{ budgetMs: 10 }, 'value-invalid', 'budgetMs is 10; valid is a whole number from 1000 to 3600000 (ms)'],
    [{ cooldownMs: -1 }, 'value-invalid', 'cooldownMs is -1'],
    [{ maxLifetimeMs: 0 }, 'value-invalid', 'maxLifetimeMs is 0'],
    [{ allowedKinds: ['THROTTLE', 'DESTROY'] }, 'value-invalid', 'allowedKinds[1] is "DESTROY"; valid is THROTTLE'],
    [{ allowedKinds: ['THROTTLE', 'THROTTLE'] }, 'value-invalid', 'each kind once'],
  ])('refuses %o', (change, code, words) => {
    const rejection = checkPolicy({ ...defaultPolicy('acme'), ...change });
    expect(rejection?.code).toBe(code);
    expect(rejection?.reason).toContain(words);
  });

  it('means a whole number of agents where the share names one', () => {
    const withShare = (blastRadius: number): Policy => ({ ...defaultPolicy('acme'), blastRadius });
    expect(agentsAllowed(withShare(0.29), 100)).toBe(29);
    expect(agentsAllowed(withShare(0.3), 10)).toBe(3);
    expect(agentsAllowed(withShare(0.3), 9)).toBe(2);
    expect(agentsAllowed(withShare(0.3), 3)).toBe(0);
    expect(agentsAllowed(withShare(1), 3)).toBe(3);
  });
});
