/** Watches what applied decisions do: compares their targets before and after, on the snapshots, and publishes the effect. */
import { parseCellKey } from '../src/fleet/ids.ts';
import { actionDelta, decisionDelta, OutcomeTracker, snapshotDelta } from '../src/interventions/outcome.ts';
import { type Input, isFrom, type Processor } from '../src/streams/processor.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import { cellsMax, hasRoom } from './cell-room.ts';
import type { GenuineDecisions } from './genuine-decisions.ts';
import { ofItsOwnCell } from './own-cell.ts';
import type { Topics } from './topics.ts';

/** An outcome is measured over many windows: a moment more is nothing to it. */
const lingerMs = 150;

export const outcomesStores = { trackers: 'trackers' } as const;

export function outcomes(topics: Topics, decisions: GenuineDecisions): Processor {
  const trackers: StoreSpec<OutcomeTracker> = {
    name: outcomesStores.trackers,
    encode: (tracker) => tracker.encode(),
    decode: (bytes, key) => OutcomeTracker.decode(parseCellKey(key), bytes),
    apply: (tracker, delta, key) => {
      const value = tracker ?? new OutcomeTracker(parseCellKey(key));
      value.apply(delta);
      return value;
    },
  };
  return {
    name: 'outcomes',
    inputs: [topics.decisions, topics.actions, topics.snapshots],
    tables: [],
    outputs: [topics.outcomes],
    stores: [trackers as StoreSpec],
    lingerMs,
    task: () => ({
      async process(batch, context) {
        for (const record of batch) {
          if (isFrom(record, topics.decisions) && !(await decisions.admit(record, context))) continue;
          const delta = deltaOf(record);
          if (delta === null) continue;
          const store = context.store(trackers);
          // Decisions are signed, so of cells that there are. Those that actuators make up leave room to those that have snapshots.
          const most = isFrom(record, topics.actions) ? cellsMax : 2 * cellsMax;
          if (!isFrom(record, topics.decisions) && !hasRoom(store, record, context, most)) continue;
          const applied = ofItsOwnCell(record, context, () => {
            const tracker = store.get(record.key) ?? new OutcomeTracker(parseCellKey(record.key));
            return { tracker, measured: tracker.apply(delta) };
          });
          if (applied === null) continue;
          const { tracker, measured } = applied;
          if (tracker.isEmpty) store.delete(record.key);
          else store.append(record.key, tracker, delta);
          for (const outcome of measured) context.emit(topics.outcomes, record.key, outcome, record);
        }
      },
    }),
  };

  function deltaOf(record: Input): Uint8Array | null {
    if (isFrom(record, topics.decisions)) return decisionDelta(record.value);
    // No clock counts as later than the broker's: windows of after the action would be taken for some of before it.
    if (isFrom(record, topics.actions))
      return actionDelta({ ...record.value, timeMs: Math.min(record.value.timeMs, record.appendMs) });
    return isFrom(record, topics.snapshots) ? snapshotDelta(record.value) : null;
  }
}
