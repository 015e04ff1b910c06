/**
 * The reference fleet: agents in virtual time with faults to inject and interventions that have an effect, so that there is something to
 * watch, to test on and to learn from. Deterministic in its seed; no clock, no I/O. It claims no more realism than its parts have: layered
 * calls, bounded queues, timeouts and retries.
 */
import { ReferenceFleet, type ReferenceFleetOptions } from './simulation.ts';

export { Actuator, type Order } from './actuator.ts';
export { FAULT_KINDS, type Fault, type FaultKind, type FaultSchedule, randomFaults } from './faults.ts';
export type { Failure, FailureCause } from './ground-truth.ts';
export type { Intervention } from './intervention.ts';
export { type AgentPlan, ROLES, type Role } from './layout.ts';
export { Random } from './random.ts';
export type { AgentRequests, ExternalRequests, ReferenceFleet, ReferenceFleetOptions, Reports } from './simulation.ts';

/** @throws FleetError REFERENCE_OPTION_INVALID */
export function createReferenceFleet(options: ReferenceFleetOptions): ReferenceFleet {
  return new ReferenceFleet(options);
}
