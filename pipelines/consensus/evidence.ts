/** The validators' own copy of the latest snapshots: what a proposal's evidence is checked against. Bounded by windows a cell and by cells. */
import type { Snapshot } from '../../schemas/records.ts';

export interface OwnSnapshot {
  readonly record: Snapshot;
  readonly hash: Uint8Array;
  /** Offset in aura.snapshots. */
  readonly offset: number;
}

const windowsKept = 32;
const cellsKept = 5_000;

export class Evidence {
  /** By cell key, then window end; both in the order they came. */
  readonly #cells = new Map<string, Map<number, OwnSnapshot>>();
  #reachedMs: number | null = null;

  take(key: string, snapshot: OwnSnapshot): void {
    const { windowEndMs } = snapshot.record;
    let windows = this.#cells.get(key);
    if (windows === undefined) {
      const oldest = this.#cells.size >= cellsKept ? this.#cells.keys().next().value : undefined;
      if (oldest !== undefined) this.#cells.delete(oldest);
      windows = new Map();
    }
    // The cell heard of last stands last.
    this.#cells.delete(key);
    this.#cells.set(key, windows);
    windows.set(windowEndMs, snapshot);
    if (windows.size > windowsKept) windows.delete(windows.keys().next().value ?? windowEndMs);
    this.#reachedMs = Math.max(this.#reachedMs ?? 0, windowEndMs);
  }

  find(key: string, windowEndMs: number): OwnSnapshot | null {
    return this.#cells.get(key)?.get(windowEndMs) ?? null;
  }

  /** End of the newest window read of a cell. */
  reachedMs(key: string): number | null {
    let reached: number | null = null;
    for (const windowEndMs of this.#cells.get(key)?.keys() ?? []) reached = Math.max(reached ?? 0, windowEndMs);
    return reached;
  }

  /** The same over all cells. */
  get partitionReachedMs(): number | null {
    return this.#reachedMs;
  }

  /** Lowest offset held: where to read from to hold the same again. */
  get lowestOffset(): number | null {
    let lowest: number | null = null;
    for (const windows of this.#cells.values()) {
      for (const { offset } of windows.values()) {
        if (lowest === null || offset < lowest) lowest = offset;
        break;
      }
    }
    return lowest;
  }
}
