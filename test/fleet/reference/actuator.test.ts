import { expect, test } from 'vitest';
import { Actuator, type Order } from '../../../src/fleet/reference/index.ts';
import { at, create, intervention } from './fixture.ts';

function order(fields: Partial<Order> = {}): Order {
  return {
    ...intervention('ISOLATE', ['worker-03']),
    tenant: 'acme',
    fleet: 'crew',
    cell: 0,
    approved: true,
    dryRun: false,
    ...fields,
  };
}

test('an approved decision is applied once, and its end is told once', () => {
  const fleet = create(1, 20);
  const actuator = new Actuator(fleet, 'reference');
  fleet.advanceTo(at(10));
  const action = { proposalId: 'ISOLATE-worker-03', tenant: 'acme', fleet: 'crew', cell: 0, actuator: 'reference' };
  expect(actuator.act(order())).toEqual([{ ...action, kind: 'APPLIED', timeMs: at(10), detail: '' }]);
  expect(actuator.act(order())).toEqual([]);
  expect(fleet.interventions.length).toBe(1);
  fleet.advanceTo(at(89));
  expect(actuator.ended()).toEqual([]);
  fleet.advanceTo(at(95));
  expect(fleet.interventions.length).toBe(0);
  expect(actuator.ended()).toEqual([{ ...action, kind: 'UNDONE', timeMs: at(90), detail: 'its lifetime ended' }]);
  expect(actuator.ended()).toEqual([]);
  expect(actuator.act(order())).toEqual([]);
});

test('rejected decisions, dry runs and decisions for other fleets are not acted on', () => {
  const fleet = create(1, 20);
  const actuator = new Actuator(fleet, 'reference');
  for (const fields of [{ approved: false }, { dryRun: true }, { tenant: 'other' }, { fleet: 'other' }]) {
    expect(actuator.act(order(fields))).toEqual([]);
  }
  expect(fleet.interventions).toEqual([]);
});

test('a decision past its lifetime is expired, not applied', () => {
  const fleet = create(1, 20);
  fleet.advanceTo(at(90));
  expect(new Actuator(fleet, 'reference').act(order())).toMatchObject([{ kind: 'EXPIRED', timeMs: at(90) }]);
  expect(fleet.interventions).toEqual([]);
});

test('a decision that cannot be carried out has failed, with the reason', () => {
  const actions = new Actuator(create(1, 20), 'reference').act(order({ targets: ['nobody'] }));
  expect(actions).toMatchObject([{ kind: 'FAILED' }]);
  expect(actions[0].detail).toMatch(/agent nobody is not of this fleet/);
});

test('a restart is not undone; its lifetime ends', () => {
  const fleet = create(1, 20);
  const actuator = new Actuator(fleet, 'reference');
  expect(actuator.act(order({ kind: 'RESTART' }))).toMatchObject([{ kind: 'APPLIED' }]);
  fleet.advanceTo(at(91));
  expect(actuator.ended()).toMatchObject([{ kind: 'EXPIRED', timeMs: at(90) }]);
});
