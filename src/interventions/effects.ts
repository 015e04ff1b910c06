/**
 * What each kind of intervention was seen to do, learned from outcomes: a running mean of the effect with a prior.
 *
 * For a kind k and a trouble t: expected effect = (w0 prior(k, t) + w_k mean_k) / (w0 + w_k), clipped to [0, 1]. The prior is the catalogue's and
 * counts as w0 = 4 outcomes. mean_k is the mean of the kind's measured effects, each clipped to [-1, 1]; w_k is how many there were, at most 16,
 * and halves every 30 min of event time, so that a kind that once made things worse is given another chance, late. The mean is pooled over
 * troubles: a kind and trouble that never met still profit from what the kind did elsewhere.
 *
 * Targets are chosen when they are at their worst, so some of what follows is regression to the mean: effects are optimistic alike for all kinds.
 */
import type { CatalogueEntry, Kind, Trouble } from './catalogue.ts';

const priorWeight = 4;
const weightMax = 16;
const halfLifeMs = 30 * 60_000;

export interface KindEffect {
  readonly kind: Kind;
  /** -1 to 1. */
  readonly mean: number;
  /** 0 to 16 outcomes, as of `timeMs`. */
  readonly weight: number;
  readonly timeMs: number;
}

export class LearnedEffects {
  readonly #kinds = new Map<Kind, KindEffect>();

  constructor(kinds: readonly KindEffect[] = []) {
    for (const effect of kinds) this.#kinds.set(effect.kind, effect);
  }

  /** Takes one measured effect, at event time `timeMs`. */
  learn(kind: Kind, effect: number, timeMs: number): void {
    const clipped = Math.max(-1, Math.min(1, effect));
    const known = this.#kinds.get(kind);
    // An outcome that comes late counts as if it came with the newest one: time does not run backwards here.
    const nowMs = Math.max(timeMs, known?.timeMs ?? timeMs);
    const weight = known === undefined ? 0 : decayed(known, nowMs);
    const mean = (weight * (known?.mean ?? 0) + clipped) / (weight + 1);
    this.#kinds.set(kind, { kind, mean, weight: Math.min(weightMax, weight + 1), timeMs: nowMs });
  }

  /** Share of the failures at stake that is expected to be avoided, 0 to 1; 0 where the kind does not fit the trouble. */
  expected(entry: CatalogueEntry, trouble: Trouble, nowMs: number): number {
    const prior = entry.fits[trouble];
    if (prior === undefined) return 0;
    const known = this.#kinds.get(entry.kind);
    if (known === undefined) return prior;
    const weight = decayed(known, nowMs);
    const blended = (priorWeight * prior + weight * known.mean) / (priorWeight + weight);
    return Math.max(0, Math.min(1, blended));
  }

  toJSON(): readonly KindEffect[] {
    return [...this.#kinds.values()];
  }
}

function decayed(effect: KindEffect, nowMs: number): number {
  return effect.weight * 2 ** (-Math.max(0, nowMs - effect.timeMs) / halfLifeMs);
}
