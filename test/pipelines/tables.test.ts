/** Tables hold one record a key, and a record speaks for nobody but its key. */
import { expect, test } from 'vitest';
import { Fleets } from '../../pipelines/fleets.ts';
import { Policies } from '../../pipelines/policies.ts';
import type { Fleet } from '../../schemas/records.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import type { Input } from '../../src/streams/processor.ts';

test('a policy under the key of another tenant is refused and leaves that tenant as it was', () => {
  const policies = new Policies();
  const rejection = policies.take('acme', { ...defaultPolicy('other'), dryRun: false });
  expect(rejection?.code).toBe('value-invalid');
  expect(policies.of('acme').dryRun).toBe(true);
});

test('a fleet under the key of another one is refused and leaves that fleet as it was', () => {
  const letters: string[] = [];
  const context = { deadLetter: (_: Input, code: string) => void letters.push(code) };
  const fleets = new Fleets();
  const value = { ...defaultFleet('other', 'crew'), cells: 4 };
  fleets.take({ key: 'acme/crew', value } as Input<Fleet>, context);
  expect(letters).toEqual(['value-invalid']);
  expect(fleets.at('acme', 'crew', 1).cells).toBe(1);
});
