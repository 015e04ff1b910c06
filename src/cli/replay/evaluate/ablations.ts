/** The same snapshots scored again without one of the senses: what is each worth? */
import type { Scores, Snapshot } from '../../../../schemas/records.ts';
import { cellShape, NO_HISTORY } from '../../../liquid/cell-shape.ts';
import { NO_MEMORY } from '../../../liquid/memory.ts';
import { memorylessStep } from '../../../liquid/memoryless-step.ts';
import type { Model } from '../../../liquid/model.ts';
import { type StepFunction, scoreCell } from '../../../liquid/scoring.ts';
import { type ScoredWindow, scoredWindow } from '../score-book.ts';

/** `noTopology`: the network is told nothing of the cell's shape. `noLiquid`: the model's logistic regression in the network's place, without memory. */
export const ablations = ['noTopology', 'noLiquid', 'neither'] as const;
export type Ablation = (typeof ablations)[number];

/** @param snapshots one cell's, in order, as the pipeline published them */
export async function scoreWithout(
  ablation: Ablation,
  snapshots: readonly Snapshot[],
  model: Model,
  step: StepFunction,
): Promise<readonly ScoredWindow[]> {
  const chosen = ablation === 'noTopology' ? step : memorylessStep(model);
  let history = NO_HISTORY;
  let memory = NO_MEMORY;
  const windows: ScoredWindow[] = [];
  for (const snapshot of snapshots) {
    const shape = ablation === 'noLiquid' ? cellShape(snapshot, history) : null;
    history = shape?.history ?? NO_HISTORY;
    const scored: Pick<Scores, 'agents'> & { readonly memory: typeof memory } = await scoreCell(
      model,
      chosen,
      snapshot,
      shape?.input ?? null,
      memory,
    );
    memory = scored.memory;
    windows.push(scoredWindow({ windowEndMs: snapshot.windowEndMs, agents: scored.agents }));
  }
  return windows;
}
