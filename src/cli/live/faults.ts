/** What goes wrong in a fleet that is watched: one fault that is just beginning, and more at random times. */
import { type Fault, type FaultSchedule, randomFaults } from '../../fleet/reference/index.ts';
import { roster } from '../../fleet/reference/layout.ts';

export interface DemoFaultsOptions {
  readonly seed: number;
  readonly agents: number;
  /** When one begins to watch, in ms since the epoch. */
  readonly nowMs: number;
  /** Mean time between two of them, in ms. */
  readonly everyMs: number;
}

/** How long the schedule reaches; who watches longer sees a calm fleet. */
const hoursMs = 12 * 3600 * 1000;

export function demoFaults({ seed, agents, nowMs, everyMs }: DemoFaultsOptions): FaultSchedule {
  const stores = roster(agents).filter(({ role }) => role === 'store');
  // A store that slows down holds up all that call it, so that a newcomer soon has something to see.
  const first: Fault = {
    id: 'fault-first',
    kind: 'slow',
    agent: stores[seed % stores.length].agent,
    fromMs: nowMs - 4000,
    toMs: nowMs + 60_000,
    rampMs: 8000,
    severity: 18,
  };
  const later = randomFaults({ seed, agents, fromMs: nowMs + everyMs / 2, toMs: nowMs + hoursMs, everyMs });
  return [first, ...later.filter(({ agent, fromMs }) => agent !== first.agent || fromMs > first.toMs + 60_000)];
}
