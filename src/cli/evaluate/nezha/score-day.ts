/** The snapshots of a day scored by one method, some of what they hold kept from it or not. */
import type { Snapshot } from '../../../../schemas/records.ts';
import { cellShape, NO_HISTORY } from '../../../liquid/cell-shape.ts';
import { NO_MEMORY } from '../../../liquid/memory.ts';
import type { Model } from '../../../liquid/model.ts';
import { type StepFunction, scoreCell } from '../../../liquid/scoring.ts';
import { type ScoredWindow, scoredWindow } from '../../replay/score-book.ts';
import { breathe } from '../breathe.ts';

export interface Method {
  readonly model: Model;
  /** In the place of the model's own where it is another method. */
  readonly step: StepFunction;
  /** Whether it is told the shape of the cell. */
  readonly topology: boolean;
  /** Whether it is told who asks whom. */
  readonly interactions: boolean;
}

/** Throws the signal's reason when that is aborted. */
export async function scoreDay(
  { model, step, topology, interactions }: Method,
  snapshots: readonly Snapshot[],
  signal: AbortSignal,
): Promise<readonly ScoredWindow[]> {
  let history = NO_HISTORY;
  let memory = NO_MEMORY;
  const windows: ScoredWindow[] = [];
  for (const whole of snapshots) {
    await breathe(signal);
    const snapshot = interactions ? whole : { ...whole, edges: [] };
    const shape = topology ? cellShape(snapshot, history) : null;
    history = shape?.history ?? NO_HISTORY;
    const scores = await scoreCell(model, step, snapshot, shape?.input ?? null, memory);
    memory = scores.memory;
    windows.push(scoredWindow({ windowEndMs: snapshot.windowEndMs, agents: scores.agents }));
  }
  return windows;
}
