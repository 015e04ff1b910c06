import { expect, test } from 'vitest';
import type { Snapshot } from '../../../schemas/records.ts';
import { CellState } from '../../../src/fleet/cell-state.ts';
import { defaultFleet } from '../../../src/fleet/fleet-record.ts';
import { toObservation } from '../../../src/fleet/signal-mapping.ts';
import { trouble } from '../../../src/fleet/state-space.ts';
import { at, create, fault } from './fixture.ts';

test('a slow store stands out in the snapshots before anybody has failed', () => {
  const fleet = create(4, 40, [fault('slow', 'store-01', 12, { fromMs: at(60), toMs: at(120), rampMs: 20_000 })]);
  const id = { tenant: 'acme', fleet: 'crew', cell: 0 };
  const cell = CellState.create(id, defaultFleet('acme', 'crew'));
  const snapshots: Snapshot[] = [];
  for (let t = 0.1; t <= 120; t += 0.1) {
    const { heartbeats, interactions } = fleet.advanceTo(at(t));
    cell.apply({
      ...id,
      heartbeats: heartbeats.map((heartbeat) => toObservation(heartbeat, [])),
      interactions: interactions.map((interaction) => ({ ...interaction, boundary: false })),
      reachedMs: null,
    });
    for (let due = cell.nextDueMs(); due !== null && due <= (cell.streamTimeMs ?? 0); due = cell.nextDueMs()) {
      snapshots.push(cell.close().snapshot);
    }
  }
  expect(snapshots.length).toBeGreaterThan(115);
  const firstFailureMs = fleet.failures()[0].fromMs;
  const warnings = snapshots.filter(({ windowEndMs, agents }) => {
    const worst = agents.reduce((a, b) => (trouble(a, 1000) >= trouble(b, 1000) ? a : b));
    return (
      windowEndMs > at(60) && windowEndMs <= firstFailureMs && worst.agent === 'store-01' && trouble(worst, 1000) > 2
    );
  });
  expect(warnings.length).toBeGreaterThan(2);
});
