import type { Fleet } from '../../schemas/records.ts';
import { type CellId, cellKey } from './ids.ts';
import { murmur3 } from './murmur3.ts';

/** The window configuration that holds from one boundary on. */
export interface WindowEpoch {
  /** First window start of this epoch, in ms since the epoch of time. */
  readonly fromMs: number;
  readonly windowMs: number;
  readonly graceMs: number;
  readonly forgetMs: number;
  readonly cells: number;
  /** Whether the grid is the cell's own rather than everybody's. */
  readonly staggered: boolean;
  /** How much longer than the others the epoch's first window is, so that those after it lie on the cell's own grid, in ms. */
  readonly shiftMs: number;
}

/** Configurations remembered: the present one and those announced ahead. */
const EPOCHS_MAX = 8;

/**
 * Tumbling windows of a cell, whose configuration may change. Windows of the first epoch are aligned to time 0; a change takes effect at the first
 * boundary of the old grid at or after its effective time, and the new grid counts from there, so windows never overlap and leave no gap.
 *
 * Where the fleet is staggered each cell has a grid of its own, so that cells close one after another and not all at once: it lies
 * phaseMs() after everybody's, and the window that leads over to it is longer by that much.
 */
export class Windowing {
  readonly #cell: CellId;
  #epochs: WindowEpoch[];

  constructor(cell: CellId, epochs: readonly WindowEpoch[]) {
    this.#cell = cell;
    this.#epochs = [...epochs];
  }

  static of(cell: CellId, fleet: Fleet): Windowing {
    return new Windowing(cell, [epochOf(cell, fleet, 0)]);
  }

  get epochs(): readonly WindowEpoch[] {
    return this.#epochs;
  }

  /** The epoch that holds at a time. */
  at(timeMs: number): WindowEpoch {
    let i = this.#epochs.length - 1;
    while (i > 0 && this.#epochs[i].fromMs > timeMs) i--;
    return this.#epochs[i];
  }

  /** Start of the window that holds a time, in ms. */
  startOf(timeMs: number): number {
    const { fromMs, windowMs, shiftMs } = this.at(timeMs);
    const sinceMs = timeMs - fromMs - shiftMs;
    return sinceMs < windowMs ? fromMs : timeMs - (sinceMs % windowMs);
  }

  /** End of the window that starts at `startMs`. */
  endOf(startMs: number): number {
    const { fromMs, windowMs, shiftMs } = this.at(startMs);
    return startMs + windowMs + (startMs === fromMs ? shiftMs : 0);
  }

  /**
   * Takes a fleet's record. It holds from the first boundary at or after its effective time and `notBeforeMs`, the end of the last window
   * that was begun; where it leaves the windows begun as they are, as a mere change of the number of cells does, from there on, at or after `closedMs`, the end
   * of the last one closed. Announced changes at or after that boundary are replaced; one too many is passed over. Taking the same record again changes nothing.
   */
  configure(fleet: Fleet, notBeforeMs: number, closedMs = notBeforeMs): void {
    const earliest = Math.max(fleet.effectiveMs, closedMs, this.#keepsGridFrom(fleet, notBeforeMs));
    const start = this.startOf(earliest);
    const boundary = start === earliest ? start : this.endOf(start);
    const kept = this.#epochs.filter((epoch) => epoch.fromMs < boundary);
    const last = kept.at(-1);
    const next = epochOf(this.#cell, fleet, boundary);
    if (last === undefined || !sameWindows(last, next)) {
      if (kept.length === EPOCHS_MAX) return;
      kept.push(next);
    }
    this.#epochs = kept;
  }

  /**
   * From when on the windows before a time lie where they would under the fleet's record; that time itself where none does. What is announced from it
   * on is no matter: the record replaces it, and taken again would find it gone.
   */
  #keepsGridFrom({ windowMs, staggered }: Fleet, toMs: number): number {
    let fromMs = toMs;
    for (const epoch of this.#epochs.toReversed()) {
      if (epoch.fromMs >= toMs) continue;
      if (epoch.windowMs !== windowMs || epoch.staggered !== staggered) break;
      fromMs = epoch.fromMs;
    }
    return fromMs;
  }

  /** Forgets epochs that ended at or before `closedMs`. */
  prune(closedMs: number): void {
    while (this.#epochs.length > 1 && this.#epochs[1].fromMs <= closedMs) this.#epochs.shift();
  }
}

/** How far a cell's own grid lies after everybody's, in ms, 0 to windowMs - 1: a hash of its key, the same everywhere. */
export function phaseMs({ tenant, fleet, cell }: CellId, windowMs: number): number {
  return murmur3(cellKey(tenant, fleet, cell)) % windowMs;
}

function epochOf(cell: CellId, fleet: Fleet, fromMs: number): WindowEpoch {
  const { windowMs, graceMs, forgetMs, cells, staggered } = fleet;
  const shiftMs = staggered ? (phaseMs(cell, windowMs) + windowMs - (fromMs % windowMs)) % windowMs : 0;
  return { fromMs, windowMs, graceMs, forgetMs, cells, staggered, shiftMs };
}

function sameWindows(a: WindowEpoch, b: WindowEpoch): boolean {
  return (
    a.windowMs === b.windowMs &&
    a.graceMs === b.graceMs &&
    a.forgetMs === b.forgetMs &&
    a.cells === b.cells &&
    a.staggered === b.staggered
  );
}
