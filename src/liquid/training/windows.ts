import type { Heartbeat, Interaction, Snapshot } from '../../../schemas/records.ts';
import { CellState } from '../../fleet/cell-state.ts';
import { defaultFleet } from '../../fleet/fleet-record.ts';
import { toObservation } from '../../fleet/signal-mapping.ts';

/** A source of heartbeats and interactions in virtual time, such as the reference fleet. */
export interface Telemetry {
  advanceTo(ms: number): { readonly heartbeats: readonly Heartbeat[]; readonly interactions: readonly Interaction[] };
}

export interface WindowOptions {
  readonly tenant: string;
  readonly fleet: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly windowMs: number;
}

/** The snapshots of a fleet of one cell, by the very fold that the snapshots pipeline runs. */
export function* snapshotsOf(source: Telemetry, options: WindowOptions): Generator<Snapshot> {
  const { tenant, fleet, startMs, endMs, windowMs } = options;
  const record = { ...defaultFleet(tenant, fleet), windowMs };
  const state = CellState.create({ tenant, fleet, cell: 0 }, record);
  for (let ms = startMs + windowMs; ms <= endMs; ms += windowMs) {
    const { heartbeats, interactions } = source.advanceTo(ms);
    state.apply({
      tenant,
      fleet,
      cell: 0,
      heartbeats: heartbeats.map((heartbeat) => toObservation(heartbeat, record.mapping)),
      interactions: interactions.map(({ tenant: _tenant, fleet: _fleet, ...rest }) => ({ ...rest, boundary: false })),
      reachedMs: ms,
    });
    for (let due = state.nextDueMs(); due !== null && due <= (state.streamTimeMs ?? 0); due = state.nextDueMs()) {
      yield state.close().snapshot;
    }
  }
}
