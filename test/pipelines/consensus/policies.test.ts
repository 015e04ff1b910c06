/** Validators judge by the policy that the table holds for the tenant. */
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../src/interventions/policy.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { until } from '../../streams/wire.ts';
import { House } from './house.ts';

test('a policy that is set, changed and taken away soon holds for the decisions that follow', async () => {
  const house = await House.open();
  await house.start();
  const { policies, proposals } = house.topics;
  const { tenant } = proposalOf();
  let asked = 0;
  const isDryRun = async () => {
    const id = `p${asked++}`;
    await house.send(proposals, 'demo/reference/0', proposalOf({ id }));
    return (await house.decided(id)).dryRun;
  };
  expect(await isDryRun()).toBe(true);
  await house.send(policies, tenant, { ...defaultPolicy(tenant), dryRun: false });
  await until('decisions are no dry run', async () => !(await isDryRun()), 5_000);
  await house.sendBytes(policies.name, tenant, null);
  await until('decisions are a dry run again', isDryRun, 5_000);
  expect(house.failures).toEqual([]);
});
