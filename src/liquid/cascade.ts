import { sigmoid } from './dense.ts';
import type { CellFeatures } from './features.ts';
import { type Logistic, logisticLogOdds } from './logistic.ts';

/**
 * Cascade risk: the probability that at least `needed` agents of a cell fail within the horizon. A small logistic model over what the agents'
 * own scores say, were they independent, and over what makes them depend on each other.
 */
export const CASCADE_FEATURES = [
  /** Log-odds that at least `needed` agents fail, were they independent (Poisson binomial), clipped to [-12, 12]. */
  'independent.logOdds',
  /** Log-odds of the agent that ranks `needed`-th by failure score, clipped to [-12, 12]. */
  'ranked.logOdds',
  /** Mean over the agents of (1 - p) x the failure scores of whom they ask, by share of requests: failure that can still spread to callers. */
  'contagion',
  /** 1 - stability of the cell's shape; 0 where unknown. */
  'instability',
  /** Mean trouble of the cell's agents, t / (t + 1). */
  'trouble',
] as const;

/** From how many agents on a failure counts as a cascade: 3 or a tenth of the cell, whichever is more. */
export function cascadeSize(agents: number): number {
  return Math.max(3, Math.ceil(agents / 10));
}

export function cascadeFeatures(cell: CellFeatures, failure: ArrayLike<number>, stability: number): Float64Array {
  const { n, edges, trouble } = cell;
  const needed = cascadeSize(n);
  const ranked = Float64Array.from({ length: n }, (_, i) => failure[i]).sort();
  let spread = 0;
  for (let k = 0; k < edges.callers.length; k++) {
    const from = edges.callers[k];
    const to = edges.callees[k];
    if (from >= 0 && to >= 0) spread += (1 - failure[from]) * edges.shares[k] * failure[to];
  }
  let troubleSum = 0;
  for (let i = 0; i < n; i++) troubleSum += trouble[i];
  const meanTrouble = n === 0 ? 0 : troubleSum / n;
  return Float64Array.of(
    logOdds(atLeast(needed, failure, n)),
    logOdds(n < needed ? 0 : ranked[n - needed]),
    n === 0 ? 0 : spread / n,
    1 - stability,
    meanTrouble / (meanTrouble + 1),
  );
}

/** 0 to 1; 0 for a cell of fewer agents than a cascade needs. */
export function cascadeRisk(
  model: Logistic,
  cell: CellFeatures,
  failure: ArrayLike<number>,
  stability: number,
): number {
  if (cell.n < cascadeSize(cell.n)) return 0;
  return sigmoid(logisticLogOdds(model, cascadeFeatures(cell, failure, stability)));
}

/** Probability that at least k of n independent events happen, by the recursion over the events. */
export function atLeast(k: number, probabilities: ArrayLike<number>, n: number): number {
  // counts[j]: probability that exactly j of the events so far happened, j < k; the rest of the mass has reached k.
  const counts = new Float64Array(k);
  counts[0] = 1;
  let reached = 0;
  for (let i = 0; i < n; i++) {
    const p = probabilities[i];
    reached += counts[k - 1] * p;
    for (let j = k - 1; j > 0; j--) counts[j] = counts[j] * (1 - p) + counts[j - 1] * p;
    counts[0] *= 1 - p;
  }
  return Math.min(reached, 1);
}

function logOdds(p: number): number {
  return Math.max(-12, Math.min(12, Math.log(p) - Math.log1p(-p)));
}
