/** The policies table as a process holds it: the record in force for a tenant. */
import type { Policy } from '../schemas/records.ts';
import { type Rejection, reject } from '../src/fleet/rejection.ts';
import { checkPolicy, defaultPolicy } from '../src/interventions/policy.ts';

export class Policies {
  readonly #records = new Map<string, Policy>();

  /** Takes a record of `aura.policies`; one that is out of range or of another tenant than its key is refused and leaves the tenant's last good one in force. */
  take(tenant: string, policy: Policy | null): Rejection | null {
    if (policy === null) {
      this.#records.delete(tenant);
      return null;
    }
    const rejection =
      checkPolicy(policy) ??
      (policy.tenant === tenant ? null : reject('value-invalid', 'tenant', policy.tenant, tenant));
    if (rejection === null) this.#records.set(tenant, policy);
    return rejection;
  }

  /** A tenant without a record is in dry-run, with the defaults. */
  of(tenant: string): Policy {
    return this.#records.get(tenant) ?? defaultPolicy(tenant);
  }
}
