import type { Fleet } from '../../schemas/records.ts';

/** The window configuration that holds from one boundary on. */
export interface WindowEpoch {
  /** First window start of this epoch, in ms since the epoch of time. */
  readonly fromMs: number;
  readonly windowMs: number;
  readonly graceMs: number;
  readonly forgetMs: number;
  readonly cells: number;
}

/** Changes announced ahead that are remembered; a further one replaces the last. */
const EPOCHS_MAX = 8;

/**
 * Tumbling windows whose configuration may change. Windows of the first epoch are aligned to time 0; a change takes effect at the first
 * boundary of the old grid at or after its effective time, and the new grid counts from there, so windows never overlap and leave no gap.
 */
export class Windowing {
  #epochs: WindowEpoch[];

  constructor(epochs: readonly WindowEpoch[]) {
    this.#epochs = [...epochs];
  }

  static of(fleet: Fleet): Windowing {
    return new Windowing([epochOf(fleet, 0)]);
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
    const { fromMs, windowMs } = this.at(timeMs);
    return timeMs - ((timeMs - fromMs) % windowMs);
  }

  /** End of the window that starts at `startMs`. */
  endOf(startMs: number): number {
    return startMs + this.at(startMs).windowMs;
  }

  /**
   * Takes a fleet's record. It holds from the first boundary at or after its effective time and `notBeforeMs`, the end of the last window
   * that was begun under the present configuration. Announced changes at or after that boundary are replaced. Taking the same record again changes nothing.
   */
  configure(fleet: Fleet, notBeforeMs: number): void {
    const earliest = Math.max(fleet.effectiveMs, notBeforeMs);
    const start = this.startOf(earliest);
    const boundary = start === earliest ? start : this.endOf(start);
    const kept = this.#epochs.filter((epoch) => epoch.fromMs < boundary);
    const last = kept.at(-1);
    const next = epochOf(fleet, boundary);
    if (last === undefined || !sameWindows(last, next)) {
      if (kept.length === EPOCHS_MAX) kept.pop();
      kept.push(next);
    }
    this.#epochs = kept;
  }

  /** Forgets epochs that ended at or before `closedMs`. */
  prune(closedMs: number): void {
    while (this.#epochs.length > 1 && this.#epochs[1].fromMs <= closedMs) this.#epochs.shift();
  }
}

function epochOf(fleet: Fleet, fromMs: number): WindowEpoch {
  const { windowMs, graceMs, forgetMs, cells } = fleet;
  return { fromMs, windowMs, graceMs, forgetMs, cells };
}

function sameWindows(a: WindowEpoch, b: WindowEpoch): boolean {
  return a.windowMs === b.windowMs && a.graceMs === b.graceMs && a.forgetMs === b.forgetMs && a.cells === b.cells;
}
