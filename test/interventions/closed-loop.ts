/** The reference fleet with its snapshots, window by window, in virtual time. */
import type { Snapshot } from '../../schemas/records.ts';
import { CellState } from '../../src/fleet/cell-state.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { createReferenceFleet, type Fault, type ReferenceFleet } from '../../src/fleet/reference/index.ts';
import { toObservation } from '../../src/fleet/signal-mapping.ts';

export const id = { tenant: 'acme', fleet: 'crew', cell: 0 } as const;
export const beginMs = 1_700_000_000_000;

/** Second of virtual time as ms since the epoch. */
export function at(seconds: number): number {
  return beginMs + 1000 * seconds;
}

export class WatchedFleet {
  readonly fleet: ReferenceFleet;
  readonly #cell = CellState.create(id, defaultFleet(id.tenant, id.fleet));

  constructor(seed: number, agents: number, faults: readonly Fault[]) {
    const { tenant, fleet } = id;
    this.fleet = createReferenceFleet({ seed, tenant, fleet, agents, startMs: beginMs, heartbeatMs: 1000, faults });
  }

  /** Lets the fleet run up to a time, and returns the snapshots that closed on the way. */
  advanceTo(timeMs: number): readonly Snapshot[] {
    const { heartbeats, interactions } = this.fleet.advanceTo(timeMs);
    this.#cell.apply({
      ...id,
      heartbeats: heartbeats.map((heartbeat) => toObservation(heartbeat, [])),
      interactions: interactions.map((interaction) => ({ ...interaction, boundary: false })),
      reachedMs: null,
    });
    const snapshots: Snapshot[] = [];
    for (
      let due = this.#cell.nextDueMs();
      due !== null && due <= (this.#cell.streamTimeMs ?? 0);
      due = this.#cell.nextDueMs()
    ) {
      snapshots.push(this.#cell.close().snapshot);
    }
    return snapshots;
  }

  /** Agent-seconds in failure between two times, by the fleet's ground truth. */
  failedSeconds(fromMs: number, toMs: number): number {
    let ms = 0;
    for (const failure of this.fleet.failures()) {
      const end = Math.min(failure.toMs ?? toMs, toMs);
      ms += Math.max(0, end - Math.max(failure.fromMs, fromMs));
    }
    return ms / 1000;
  }
}
