/** A recorded day as the snapshots of its cell, by the fold that the snapshots pipeline runs, without a log in between. */
import type { Snapshot } from '../../../../schemas/records.ts';
import { CellState } from '../../../fleet/cell-state.ts';
import { toObservation } from '../../../fleet/signal-mapping.ts';
import type { RecordedDay } from '../../replay/nezha/telemetry.ts';
import { type ScrapeGrid, scrapeGridOf } from './scrape-grid.ts';

export interface FoldedDay {
  readonly grid: ScrapeGrid;
  /** In order of time, without a gap. */
  readonly snapshots: readonly Snapshot[];
  /** Time of the last row of each window; of one without rows, of the last before it. */
  readonly lastRowMs: readonly number[];
}

/**
 * The grid is a matter of the fleet's record alone: a first record with windows of a second makes the boundary at which the one with windows of a minute
 * takes effect any second that is wanted.
 */
export function foldDay({ fleet, telemetry }: RecordedDay): FoldedDay {
  const { windowMs } = fleet;
  const grid = scrapeGridOf(
    telemetry.map(({ timeMs }) => timeMs),
    windowMs,
  );
  const id = { tenant: fleet.tenant, fleet: fleet.fleet, cell: 0 };
  const state = CellState.create(id, { ...fleet, windowMs: 1000, graceMs: 0 });
  const firstMs = telemetry[0].timeMs;
  const startMs = firstMs - (firstMs % windowMs) + grid.phaseMs;
  state.configure({ ...fleet, graceMs: 0, effectiveMs: startMs > firstMs ? startMs - windowMs : startMs });

  const snapshots: Snapshot[] = [];
  const lastRowMs: number[] = [];
  let rowMs = firstMs;
  const reach = (
    reachedMs: number,
    one: Partial<Pick<Parameters<CellState['apply']>[0], 'heartbeats' | 'interactions'>>,
  ) => {
    state.apply({ ...id, heartbeats: [], interactions: [], ...one, reachedMs });
    for (let due = state.nextDueMs(); due !== null && due <= reachedMs; due = state.nextDueMs()) {
      snapshots.push(state.close().snapshot);
      lastRowMs.push(rowMs);
    }
    rowMs = reachedMs;
  };
  for (const record of telemetry) {
    if (record.kind === 'heartbeat') {
      reach(record.timeMs, { heartbeats: [toObservation(record.heartbeat, fleet.mapping)] });
    } else {
      const { tenant: _tenant, fleet: _fleet, ...interaction } = record.interaction;
      reach(record.timeMs, { interactions: [{ ...interaction, boundary: false }] });
    }
  }
  reach(telemetry[telemetry.length - 1].timeMs + windowMs, {});
  return { grid, snapshots, lastRowMs };
}
