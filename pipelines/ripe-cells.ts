/** Cells whose next window is over but for its grace: what it holds can be worked on before it closes. */
import type { Observations } from '../schemas/records.ts';
import type { CellState } from '../src/fleet/cell-state.ts';

/** Of the grace, so much passes before a window counts as ripe: most of what is on its way has come then. */
const waitedShare = 0.25;

export class RipeCells {
  readonly #ripe = new Set<string>();
  /** By cell key: the end of the window that was last given out. */
  readonly #given = new Map<string, number>();

  /** A cell has taken a record. */
  heard(key: string, state: CellState, observations: Observations): void {
    const endMs = state.nextEndMs();
    const dueMs = state.nextDueMs();
    const nowMs = state.streamTimeMs;
    if (endMs === null || dueMs === null || nowMs === null || nowMs < endMs + waitedShare * (dueMs - endMs)) {
      this.#ripe.delete(key);
      return;
    }
    // Given out before, and nothing of it has come since.
    if (this.#given.get(key) === endMs && !reportsBefore(endMs, observations)) return;
    this.#ripe.add(key);
    this.#given.set(key, endMs);
  }

  /** One of them, which then counts as worked on until more of its window comes; null where there is none. */
  take(): string | null {
    for (const key of this.#ripe) {
      this.#ripe.delete(key);
      return key;
    }
    return null;
  }

  /** The cell is no more. */
  forget(key: string): void {
    this.#ripe.delete(key);
    this.#given.delete(key);
  }
}

function reportsBefore(endMs: number, { heartbeats, interactions }: Observations): boolean {
  return heartbeats.some(({ timeMs }) => timeMs < endMs) || interactions.some(({ timeMs }) => timeMs < endMs);
}
