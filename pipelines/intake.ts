/** Heartbeats and interactions from any producer, under any key, become observations by cell; what is wrong goes to the dead letters. */
import type {
  Fleet,
  Heartbeat,
  HeartbeatObservation,
  Interaction,
  InteractionObservation,
} from '../schemas/records.ts';
import { checkHeartbeat } from '../src/fleet/check-heartbeat.ts';
import { checkInteraction } from '../src/fleet/check-interaction.ts';
import { type CellId, cellKey, cellOf } from '../src/fleet/ids.ts';
import { toObservation } from '../src/fleet/signal-mapping.ts';
import { phaseMs } from '../src/fleet/windowing.ts';
import { type Context, type Input, isFrom, type Processor } from '../src/streams/processor.ts';
import { Fleets } from './fleets.ts';
import type { Topics } from './topics.ts';

/** What one batch holds for one cell, or a part of it where that is much: every record fits into the log, however many metrics ride along. */
interface CellBatch {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
  readonly heartbeats: HeartbeatObservation[];
  readonly interactions: InteractionObservation[];
  /** The record that moves the cell's watermark furthest. */
  cause: Input;
  /** No clock counts as later than the broker's: a fast one would make everybody else late. */
  reachedMs: number;
  /** Of the records as they came. */
  bytes: number;
}

/** A part is sent when it holds this much, in bytes. */
const partBytesMax = 1024 * 1024;

/** By cell key, its parts in the order they came; the last one is being filled. */
type Cells = Map<string, CellBatch[]>;

export function intake(topics: Topics): Processor {
  return {
    name: 'intake',
    inputs: [topics.heartbeats, topics.interactions],
    tables: [topics.fleets],
    outputs: [topics.observations],
    stores: [],
    task: () => {
      const fleets = new Fleets();
      const boundaries = new Boundaries();
      return {
        process(batch, context) {
          const cells: Cells = new Map();
          for (const record of batch) {
            if (isFrom(record, topics.heartbeats)) takeHeartbeat(record, fleets, cells, context);
            else if (isFrom(record, topics.interactions)) takeInteraction(record, fleets, cells, context);
            else if (isFrom(record, topics.fleets)) fleets.take(record, context);
          }
          for (const [key, parts] of cells) {
            for (const { tenant, fleet, cell, heartbeats, interactions, cause, reachedMs } of parts) {
              const settings = fleets.at(tenant, fleet, reachedMs);
              const { crosses, nextInMs } = boundaries.at({ tenant, fleet, cell }, key, reachedMs, settings);
              context.expectIn(nextInMs);
              const value = { tenant, fleet, cell, heartbeats, interactions, reachedMs };
              context.emit(topics.observations, key, value, cause, crosses ? 'now' : 'soon');
            }
          }
        },
      };
    },
  };
}

function takeHeartbeat(record: Input<Heartbeat>, fleets: Fleets, cells: Cells, context: Context): void {
  const heartbeat = record.value;
  const rejection = checkHeartbeat(heartbeat, record.appendMs);
  if (rejection !== null) {
    context.deadLetter(record, rejection.code, rejection.reason);
    return;
  }
  const { tenant, fleet, agent, timeMs } = heartbeat;
  const settings = fleets.at(tenant, fleet, timeMs);
  const cell = cellOf(agent, settings.cells);
  cellBatch(cells, tenant, fleet, cell, timeMs, record).heartbeats.push(toObservation(heartbeat, settings.mapping));
}

function takeInteraction(record: Input<Interaction>, fleets: Fleets, cells: Cells, context: Context): void {
  const interaction = record.value;
  const rejection = checkInteraction(interaction, record.appendMs);
  if (rejection !== null) {
    context.deadLetter(record, rejection.code, rejection.reason);
    return;
  }
  const { tenant, fleet, caller, callee, timeMs, spanMs, count, errors, latencyMs } = interaction;
  const { cells: cellCount } = fleets.at(tenant, fleet, timeMs);
  const cell = cellOf(caller, cellCount);
  const boundary = cellOf(callee, cellCount) !== cell;
  cellBatch(cells, tenant, fleet, cell, timeMs, record).interactions.push({
    caller,
    callee,
    timeMs,
    spanMs,
    count,
    errors,
    latencyMs,
    boundary,
  });
}

function cellBatch(
  cells: Cells,
  tenant: string,
  fleet: string,
  cell: number,
  timeMs: number,
  record: Input,
): CellBatch {
  const key = cellKey(tenant, fleet, cell);
  const reachedMs = Math.min(timeMs, record.appendMs);
  const { length } = record.bytes;
  let parts = cells.get(key);
  if (parts === undefined) {
    parts = [];
    cells.set(key, parts);
  }
  let batch = parts.at(-1);
  if (batch === undefined || batch.bytes + length > partBytesMax) {
    batch = { tenant, fleet, cell, heartbeats: [], interactions: [], cause: record, reachedMs, bytes: 0 };
    parts.push(batch);
  } else if (reachedMs > batch.reachedMs) {
    batch.cause = record;
    batch.reachedMs = reachedMs;
  }
  batch.bytes += length;
  return batch;
}

/** Which records end a window: these are sent at once, the others may ride with them. Only a hint: nothing but the time of a commit follows from it. */
class Boundaries {
  /** By cell key: the number of the last window that is over. */
  readonly #over = new Map<string, number>();

  /** Whether a cell's record crosses a boundary, and how far it is from there to the next. */
  at(
    cell: CellId,
    key: string,
    reachedMs: number,
    { windowMs, graceMs, staggered }: Fleet,
  ): { readonly crosses: boolean; readonly nextInMs: number } {
    const sinceMs = reachedMs - graceMs - (staggered ? phaseMs(cell, windowMs) : 0);
    const over = Math.floor(sinceMs / windowMs);
    const crosses = over > (this.#over.get(key) ?? Number.NEGATIVE_INFINITY);
    if (crosses) {
      if (this.#over.size >= boundariesMax) this.#over.clear();
      this.#over.set(key, over);
    }
    return { crosses, nextInMs: (over + 1) * windowMs - sinceMs };
  }
}

const boundariesMax = 20_000;
