/** One cell's snapshots, as they come, turned into what the network reads of them and what they themselves say of failures. */
import type { Snapshot } from '../../../schemas/records.ts';
import { cellShape, NO_HISTORY, type ShapeHistory } from '../../liquid/cell-shape.ts';
import { cellFeatures } from '../../liquid/features.ts';
import type { RecordedWindow } from '../../liquid/training/recording.ts';
import { type Sign, SignReader } from './signs.ts';

export class CellRecorder {
  readonly fleet: string;
  readonly cell: number;
  readonly windows: RecordedWindow[] = [];
  readonly agents = new Set<string>();
  /** By length in ms. */
  readonly windowLengths = new Map<number, number>();
  /** Longest time between two windows, in ms; 0 before the second. */
  longestGapMs = 0;
  /** Snapshots of a window that was there already, or older than one that was. */
  outOfOrder = 0;
  readonly #signs: SignReader;
  #history: ShapeHistory = NO_HISTORY;

  constructor(fleet: string, cell: number, silentMs: number | null) {
    this.fleet = fleet;
    this.cell = cell;
    this.#signs = new SignReader(silentMs);
  }

  /** The number of agents taken in; 0 for a snapshot out of order. */
  add(snapshot: Snapshot): number {
    const { windowStartMs, windowEndMs, agents } = snapshot;
    const before = this.windows.at(-1)?.endMs ?? null;
    if (before !== null && windowEndMs <= before) {
      this.outOfOrder++;
      return 0;
    }
    const lengthMs = windowEndMs - windowStartMs;
    if (before !== null) this.longestGapMs = Math.max(this.longestGapMs, windowEndMs - before);
    this.windowLengths.set(lengthMs, (this.windowLengths.get(lengthMs) ?? 0) + 1);
    for (const { agent } of agents) this.agents.add(agent);
    const shape = cellShape(snapshot, this.#history);
    this.#history = shape?.history ?? NO_HISTORY;
    this.windows.push({
      endMs: windowEndMs,
      agents: agents.map(({ agent }) => agent),
      cell: cellFeatures(snapshot, shape?.input ?? null),
      stability: shape?.stability ?? 1,
    });
    this.#signs.add(snapshot);
    return agents.length;
  }

  /** The length that most windows have, in ms. */
  get windowMs(): number {
    return [...this.windowLengths].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
  }

  signs(): readonly Sign[] {
    return this.#signs.signs();
  }
}
