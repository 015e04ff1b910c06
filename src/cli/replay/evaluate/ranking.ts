/** AS@k, the published measure: the share of faults whose service is among the first k that are named. */
import type { Fault } from '../nezha/labels.ts';
import { type ScoredWindow, windowsWithin } from '../score-book.ts';

/** Shares of 1. */
export interface Ranking {
  readonly faults: number;
  readonly at1: number;
  readonly at3: number;
  readonly at5: number;
}

/** The more suspect, the larger. */
export type Suspicion = ReadonlyMap<string, number>;

/** Log-odds beyond this are as certain as a 32-bit score can tell. */
const logOddsMax = 16;

/** How suspect each agent is at the end of a fault: the mean log-odds of its failure scores over the windows that closed while it lasted and that held it. */
export function suspicion(windows: readonly ScoredWindow[], { injectMs, endMs }: Fault): Suspicion {
  const scores = new Map<string, number[]>();
  for (const { failure } of windowsWithin(windows, injectMs, endMs)) {
    for (const [agent, p] of failure) {
      const own = scores.get(agent) ?? [];
      scores.set(agent, own);
      own.push(logOdds(p));
    }
  }
  return new Map([...scores].map(([agent, own]) => [agent, own.reduce((sum, one) => sum + one / own.length, 0)]));
}

/**
 * Place of the service among all, from 1; ties count against it, and one that was not named at all comes after all that were. Infinity where nobody was
 * named: that is no hit.
 */
export function rankOf(service: string, suspects: Suspicion): number {
  if (suspects.size === 0) return Number.POSITIVE_INFINITY;
  const own = suspects.get(service) ?? Number.NEGATIVE_INFINITY;
  let rank = 1;
  for (const [agent, value] of suspects) if (agent !== service && value >= own) rank++;
  return suspects.has(service) ? rank : suspects.size + 1;
}

export function rankingOf(ranks: readonly number[]): Ranking {
  const share = (k: number) => (ranks.length === 0 ? 0 : ranks.filter((rank) => rank <= k).length / ranks.length);
  return { faults: ranks.length, at1: share(1), at3: share(3), at5: share(5) };
}

/** For a person. */
export function rankText(rank: number): string {
  return Number.isFinite(rank) ? String(rank) : 'nobody';
}

function logOdds(p: number): number {
  return Math.max(-logOddsMax, Math.min(logOddsMax, Math.log(p) - Math.log1p(-p)));
}
