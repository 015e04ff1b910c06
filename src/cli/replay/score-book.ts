/** What the scores topic said of a fleet, window after window. */
import type { Scores } from '../../../schemas/records.ts';

export interface ScoredWindow {
  readonly endMs: number;
  /** Failure score by agent, 0 to 1. */
  readonly failure: ReadonlyMap<string, number>;
}

export function scoredWindow({ windowEndMs, agents }: Pick<Scores, 'windowEndMs' | 'agents'>): ScoredWindow {
  return { endMs: windowEndMs, failure: new Map(agents.map(({ agent, failure }) => [agent, failure])) };
}

/** The windows that closed after one time and by another. */
export function windowsWithin<T extends { readonly endMs: number }>(
  windows: readonly T[],
  afterMs: number,
  byMs: number,
): readonly T[] {
  return windows.filter(({ endMs }) => endMs > afterMs && endMs <= byMs);
}
