import { persistence, ripsOfLowerTriangle } from '../../../src/topology/index.ts';
import { persistenceInParallel, shared, type Workers } from '../../../src/topology/parallel/index.ts';
import type { BarSummary } from '../peers/peer.ts';
import type { BenchInput, Instance } from './inputs.ts';

/** The engine on one thread: from distances in memory to bars. */
export function compute(instance: Instance, { maxDimension, threshold }: BenchInput): Answer {
  const started = performance.now();
  const filtration = ripsOfLowerTriangle(instance.lower, instance.count, threshold === null ? {} : { threshold });
  const { diagrams } = persistence(filtration, { maxDimension });
  return { ms: performance.now() - started, bars: summaryOf(diagrams) };
}

/** The engine on the workers' threads: the clock runs from distances in shared memory. */
export function computeOn(workers: Workers, { instances }: BenchInput) {
  const inShared = instances.map(({ count, lower }) => ({ count, lower: shared(lower) }));
  return async (instance: number, { maxDimension, threshold }: BenchInput): Promise<Answer> => {
    const { count, lower } = inShared[instance];
    const options = threshold === null ? { maxDimension } : { maxDimension, threshold };
    const started = performance.now();
    const { diagrams } = await persistenceInParallel(workers, lower, count, options);
    return { ms: performance.now() - started, bars: summaryOf(diagrams) };
  };
}

export interface Answer {
  readonly ms: number;
  readonly bars: BarSummary;
}

export function summaryOf(
  diagrams: readonly { readonly births: Float64Array; readonly deaths: Float64Array }[],
): BarSummary {
  return diagrams.map(({ births, deaths }) => {
    let total = 0;
    for (let k = 0; k < births.length; k++) if (deaths[k] < Number.POSITIVE_INFINITY) total += deaths[k] - births[k];
    return [births.length, total];
  });
}

/** Same numbers of bars, and lengths that agree to float32 rounding. */
export function agree(ours: BarSummary, theirs: BarSummary): boolean {
  return (
    ours.length === theirs.length &&
    ours.every(([count, total], dimension) => {
      const [otherCount, otherTotal] = theirs[dimension];
      return count === otherCount && Math.abs(total - otherTotal) <= 1e-5 * Math.max(1, total);
    })
  );
}
