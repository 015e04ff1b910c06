/** Observations become snapshots: one a cell and event-time window, closed once the cell's watermark is past the window's end and grace. */
import type { Observations } from '../schemas/records.ts';
import { CellState } from '../src/fleet/cell-state.ts';
import { checkObservations } from '../src/fleet/check-observations.ts';
import { type CellId, fleetKey, parseCellKey } from '../src/fleet/ids.ts';
import { type Context, type Input, isFrom, type Processor, type Topic } from '../src/streams/processor.ts';
import { avroBody } from '../src/streams/schema/codec.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import { hasRoom } from './cell-room.ts';
import { Fleets } from './fleets.ts';
import { ofItsOwnCell } from './own-cell.ts';
import { RipeCells } from './ripe-cells.ts';
import type { Topics } from './topics.ts';

/**
 * Windows that the records of one batch close beyond the first of each. A producer that catches up hours in one record, or reports once a minute, has thousands due
 * at once; in one batch they would hold up the partition, and outgrow its transaction. What is due then waits for the cell's next record or tick.
 */
const closesAheadMax = 256;

/** What the changelog of a cell holds between two whole states: what was applied to it, in order. */
const applied = 0;
const closed = 1;

export function snapshots(topics: Topics): Processor {
  const cells: StoreSpec<CellState> = {
    name: 'cells',
    encode: (state) => state.encode(),
    decode: (bytes) => CellState.decode(bytes),
    apply: (state, delta) => {
      if (delta[0] === applied) state?.apply(topics.observations.codec.decode(delta.subarray(1)));
      else state?.close();
      return state;
    },
  };
  return {
    name: 'snapshots',
    inputs: [topics.observations],
    tables: [topics.fleets],
    outputs: [topics.snapshots, topics.late, topics.alerts],
    stores: [cells as StoreSpec],
    tick: { topic: topics.observations, value: (key, dueMs) => tickOf(key, dueMs) },
    task: () => {
      const fleets = new Fleets();
      const ripe = new RipeCells();
      return {
        process(batch, context) {
          const ahead = { left: closesAheadMax };
          for (const record of batch) {
            if (isFrom(record, topics.observations)) take(record, fleets, ripe, ahead, context);
            else if (isFrom(record, topics.fleets)) {
              const changed = fleets.take(record, context);
              if (changed !== null) reconfigure(changed, fleets, context);
            }
          }
        },
        // One cell a call: a window that is over has its grace to be thought about, and nobody waits for it yet.
        anticipate(_expected, context) {
          const key = ripe.take();
          const snapshot = key === null ? null : (context.store(cells).get(key)?.foresee() ?? null);
          if (key === null || snapshot === null) return [];
          return [
            { topic: topics.snapshots as Topic, key, value: snapshot, bytes: topics.snapshots.codec.encode(snapshot) },
          ];
        },
        restored(context) {
          const store = context.store(cells);
          for (const key of store.keys()) {
            const state = store.get(key);
            if (state?.streamTimeMs != null) context.wakeAt(key, state.streamTimeMs, wakeMs(state));
          }
        },
      };
    },
  };

  function take(
    record: Input<Observations>,
    fleets: Fleets,
    ripe: RipeCells,
    ahead: { left: number },
    context: Context,
  ): void {
    const { key, value, bytes } = record;
    const store = context.store(cells);
    if (!hasRoom(store, record, context)) return;
    // Intake writes nothing of the kind, but who else may: it would be in the changelog, and stop the partition at every start.
    const rejection = checkObservations(value);
    if (rejection !== null) {
      context.deadLetter(record, rejection.code, rejection.reason);
      return;
    }
    const known = store.get(key);
    const taken = ofItsOwnCell(record, context, () => {
      const state = known ?? begun(parseCellKey(key), fleets);
      return { state, ...state.apply(value) };
    });
    if (taken === null) return;
    const { state, late, refused } = taken;
    if (known === undefined) store.put(key, state);
    store.append(key, state, tagged(applied, bytes));
    for (const { kind, agent, timeMs, closedMs, alone } of late) {
      const { tenant, fleet, cell } = value;
      const body = avroBody(topics.observations.codec.encode(alone));
      context.emit(topics.late, key, { tenant, fleet, cell, agent, kind, timeMs, closedMs, value: body }, record);
    }
    for (const { code, reason, alone } of refused) {
      context.deadLetter({ ...record, bytes: topics.observations.codec.encode(alone) }, code, reason);
    }
    for (
      let due = state.nextDueMs(), isFirst = true;
      due !== null && state.streamTimeMs !== null && due <= state.streamTimeMs && (isFirst || ahead.left > 0);
      due = state.nextDueMs(), isFirst = false
    ) {
      if (!isFirst) ahead.left--;
      const { snapshot, alerts } = state.close();
      store.append(key, state, tagged(closed));
      context.emit(topics.snapshots, key, snapshot, record);
      for (const alert of alerts) context.emit(topics.alerts, key, alert, record);
    }
    const nowMs = state.streamTimeMs ?? -1;
    if (state.forgottenMs !== null && state.forgottenMs <= nowMs) {
      store.delete(key);
      ripe.forget(key);
      context.wakeAt(key, nowMs, null);
    } else {
      ripe.heard(key, state, value);
      context.wakeAt(key, nowMs, wakeMs(state));
    }
  }

  /** A fleet's record changed: its cells take it up at the next window boundary at or after its effective time. */
  function reconfigure(fleet: string, fleets: Fleets, context: Context): void {
    const store = context.store(cells);
    for (const key of store.keys()) {
      const state = store.get(key);
      if (state === undefined || fleetKey(state.id.tenant, state.id.fleet) !== fleet) continue;
      for (const version of fleets.versions(state.id.tenant, state.id.fleet)) state.configure(version);
      store.put(key, state);
      if (state.streamTimeMs !== null) context.wakeAt(key, state.streamTimeMs, wakeMs(state));
    }
  }
}

/** A cell that is heard of for the first time. */
function begun(id: CellId, fleets: Fleets): CellState {
  const [first, ...later] = fleets.versions(id.tenant, id.fleet);
  const state = CellState.create(id, first);
  for (const version of later) state.configure(version);
  return state;
}

/** When a cell that falls silent is to be told the time: its next window closes, or it can be forgotten. */
function wakeMs(state: CellState): number | null {
  return state.nextDueMs() ?? state.forgottenMs;
}

function tickOf(key: string, dueMs: number): Observations {
  const [tenant, fleet, cell] = key.split('/');
  return { tenant, fleet, cell: Number(cell), heartbeats: [], interactions: [], reachedMs: dueMs };
}

function tagged(kind: number, bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const out = new Uint8Array(bytes.length + 1);
  out[0] = kind;
  out.set(bytes, 1);
  return out;
}
