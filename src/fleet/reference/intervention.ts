import type { InterventionKind, Parameter } from '../../../schemas/records.ts';
import { FleetError } from '../errors.ts';

/** What is to be done to agents of the reference fleet: the part of a decision that acts. */
export interface Intervention {
  /** The proposal's id. What lasts is done once for an id; that a restart is done once is the actuator's care. */
  readonly id: string;
  readonly kind: InterventionKind;
  readonly targets: readonly string[];
  /** THROTTLE: `keep`, the share of requests let in, 0 to 1, 0.5 unless given. RESTART: `downMs`, the time until it serves again, 3000 unless given. */
  readonly parameters: readonly Parameter[];
  /** When it ends by itself, in ms since the epoch. */
  readonly expiresMs: number;
}

export const KEEP_DEFAULT = 0.5;
export const DOWN_MS_DEFAULT = 3000;

/** An intervention's parameter by name, checked against its range. @throws FleetError REFERENCE_OPTION_INVALID */
export function parameter(intervention: Intervention, name: string, byDefault: number, max: number): number {
  const value = intervention.parameters.find((p) => p.name === name)?.value ?? byDefault;
  if (value >= 0 && value <= max) return value;
  throw new FleetError('REFERENCE_OPTION_INVALID', `${name} of ${intervention.id} is ${value}; valid is 0 to ${max}`);
}

/** True for kinds that last and are undone; a restart and an escalation are done once. */
export function lasts(kind: InterventionKind): boolean {
  return kind === 'THROTTLE' || kind === 'ISOLATE' || kind === 'REROUTE';
}
