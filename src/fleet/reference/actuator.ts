import type { Action, ActionKind } from '../../../schemas/records.ts';
import { FleetError } from '../errors.ts';
import { type Intervention, lasts } from './intervention.ts';
import type { ReferenceFleet } from './simulation.ts';

/** A decision as an actuator needs it: verified, its proposal decoded. */
export interface Order extends Intervention {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
  /** False: the validators rejected it. */
  readonly approved: boolean;
  /** True: it was decided for the record alone and is not to be acted on. */
  readonly dryRun: boolean;
}

/** Proposals remembered, so that a decision read twice is acted on once. Older ones have long expired. */
const REMEMBERED = 100_000;

/**
 * Carries decisions out on the reference fleet and says what became of them: APPLIED; FAILED with the reason; EXPIRED for what came after its lifetime and for the end of
 * the lifetime of a restart or an escalation, which nothing undoes; UNDONE for the end of what lasted. Rejected decisions, dry runs, those of other fleets and those seen
 * before are passed over in silence.
 */
export class Actuator {
  readonly #fleet: ReferenceFleet;
  readonly #name: string;
  readonly #seen = new Set<string>();
  /** Applied and not ended. */
  readonly #applied: Order[] = [];

  /** @param name how it signs its actions */
  constructor(fleet: ReferenceFleet, name: string) {
    this.#fleet = fleet;
    this.#name = name;
  }

  /** Acts on a decision now, in the fleet's virtual time. */
  act(order: Order): readonly Action[] {
    const { id, tenant, fleet, approved, dryRun } = order;
    if (!approved || dryRun || tenant !== this.#fleet.tenant || fleet !== this.#fleet.fleet) return [];
    if (this.#seen.has(id)) return [];
    this.#remember(id);
    if (order.expiresMs <= this.#fleet.nowMs) {
      return [this.#action(order, 'EXPIRED', this.#fleet.nowMs, 'it came after its lifetime; nothing was done')];
    }
    try {
      this.#fleet.apply(order);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      return [this.#action(order, 'FAILED', this.#fleet.nowMs, error.message)];
    }
    this.#applied.push(order);
    return [this.#action(order, 'APPLIED', this.#fleet.nowMs, '')];
  }

  /** Actions for what has ended by now; ask after each step of the fleet's virtual time. */
  ended(): readonly Action[] {
    const actions: Action[] = [];
    for (const order of [...this.#applied]) {
      if (order.expiresMs > this.#fleet.nowMs) continue;
      this.#applied.splice(this.#applied.indexOf(order), 1);
      if (lasts(order.kind)) actions.push(this.#action(order, 'UNDONE', order.expiresMs, 'its lifetime ended'));
      else
        actions.push(this.#action(order, 'EXPIRED', order.expiresMs, 'its lifetime ended; there is nothing to undo'));
    }
    return actions;
  }

  #remember(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= REMEMBERED) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }

  #action(order: Order, kind: ActionKind, timeMs: number, detail: string): Action {
    const { id, tenant, fleet, cell } = order;
    return { proposalId: id, tenant, fleet, cell, kind, actuator: this.#name, timeMs: Math.floor(timeMs), detail };
  }
}
