/** What a tenant allows: the defaults of a tenant without a record, and the ranges that a record must keep. */
import type { Policy } from '../../schemas/records.ts';
import { checkId } from '../fleet/ids.ts';
import { type Rejection, reject } from '../fleet/rejection.ts';
import { catalogue, findKind } from './catalogue.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Ranges of a policy's numbers, ends included. Cooldown and budget window end at an hour, so that a ledger's memory is bounded. */
export const policyRanges = {
  minFailure: { min: 0, max: 1, unit: 'probability', integer: false },
  blastRadius: { min: 0, max: 1, unit: 'share', integer: false },
  budget: { min: 0, max: 1000, unit: 'approvals', integer: true },
  budgetMs: { min: 1000, max: hourMs, unit: 'ms', integer: true },
  cooldownMs: { min: 0, max: hourMs, unit: 'ms', integer: true },
  maxLifetimeMs: { min: 1000, max: dayMs, unit: 'ms', integer: true },
} as const;

/** A tenant without a record: dry-run, every kind allowed. The values are the defaults of schemas/policy.avsc. */
export function defaultPolicy(tenant: string): Policy {
  return {
    tenant,
    dryRun: true,
    stopped: false,
    allowedKinds: ['THROTTLE', 'ISOLATE', 'REROUTE', 'RESTART', 'ESCALATE'],
    minFailure: 0.6,
    blastRadius: 0.3,
    budget: 20,
    budgetMs: 60_000,
    cooldownMs: 15_000,
    maxLifetimeMs: 300_000,
  };
}

/** Checks a tenant's record. Null: it is good. A record that is not must leave the tenant's last good one in force. */
export function checkPolicy(policy: Policy): Rejection | null {
  const wrongId = checkId('tenant', policy.tenant);
  if (wrongId !== null) return wrongId;
  for (const [field, { min, max, unit, integer }] of Object.entries(policyRanges)) {
    const value: unknown = policy[field as keyof typeof policyRanges];
    const good = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
    if (!good)
      return reject(
        'value-invalid',
        field,
        value,
        `${integer ? 'a whole number from ' : ''}${min} to ${max} (${unit})`,
      );
  }
  const known = catalogue.map((entry) => entry.kind).join(', ');
  for (const [i, kind] of policy.allowedKinds.entries()) {
    if (findKind(kind) === null) return reject('value-invalid', `allowedKinds[${i}]`, kind, known);
    if (policy.allowedKinds.indexOf(kind) < i)
      return reject('value-invalid', `allowedKinds[${i}]`, kind, 'each kind once');
  }
  return null;
}

/** How many of a cell's agents may be under interventions at once. */
export function agentsAllowed(policy: Policy, members: number): number {
  // 0.07 x 100 is 7.000000000000001 and 0.29 x 100 is 28.999999999999996: a share that names a whole number of agents means it.
  return Math.floor(policy.blastRadius * members + 1e-9);
}
