/** A span of time in which an agent had failed, by the ground truth of whoever recorded it. */
export interface FailureSpan {
  readonly agent: string;
  readonly fromMs: number;
  /** When it was well again; null: not yet when the recording ended. */
  readonly toMs: number | null;
}

/**
 * The label of an agent at the end of a window is 1 where it is failed at any instant of [endMs, endMs + horizonMs). So the score is to rise
 * before a failure, to stay while it lasts, and to fall once it is over.
 */
export class FailureLabels {
  readonly #spans = new Map<string, { readonly fromMs: number; readonly toMs: number }[]>();

  constructor(failures: readonly FailureSpan[]) {
    for (const { agent, fromMs, toMs } of failures) {
      const spans = this.#spans.get(agent) ?? [];
      spans.push({ fromMs, toMs: toMs ?? Number.POSITIVE_INFINITY });
      this.#spans.set(agent, spans);
    }
  }

  failsWithin(agent: string, endMs: number, horizonMs: number): boolean {
    return (this.#spans.get(agent) ?? []).some(({ fromMs, toMs }) => fromMs < endMs + horizonMs && toMs > endMs);
  }

  failedAt(agent: string, endMs: number): boolean {
    return (this.#spans.get(agent) ?? []).some(({ fromMs, toMs }) => fromMs <= endMs && toMs > endMs);
  }
}
