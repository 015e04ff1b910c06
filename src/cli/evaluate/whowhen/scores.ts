/** How often the agent and the step at fault are named, in percent of the runs. */
import type { Attribution } from '../../../liquid/attribution/attribute.ts';
import type { Random } from '../../../liquid/parameters.ts';
import type { Figures } from '../evaluation.ts';
import type { Fault } from './read-runs.ts';

/** What one run's attribution hit. */
export interface Hits {
  readonly agent: boolean;
  readonly step: boolean;
  /** The step at fault is among the three likeliest. */
  readonly top3: boolean;
  /** The likeliest step is at most one away. */
  readonly withinOne: boolean;
}

export function hitsOf({ steps, agents }: Attribution, { agent, step }: Fault): Hits {
  const first = steps.at(0)?.index;
  return {
    agent: agents.at(0)?.agent === agent,
    step: first === step,
    top3: steps.slice(0, 3).some(({ index }) => index === step),
    withinOne: first !== undefined && Math.abs(first - step) <= 1,
  };
}

const measures = ['agent', 'step', 'top3', 'withinOne'] as const;
export type Measure = (typeof measures)[number];

export function percent(hits: readonly Hits[], measure: Measure): number {
  return hits.length === 0 ? Number.NaN : toPercent(hits.filter((hit) => hit[measure]).length / hits.length);
}

export const toPercent = (share: number): number => Math.round(share * 1000) / 10;

export function figuresOf(hits: readonly Hits[]): Figures {
  return {
    cases: hits.length,
    ...Object.fromEntries(measures.map((measure) => [measure, percent(hits, measure)])),
  };
}

/** The 95 % interval of a share of hits, in percent, by the bootstrap's percentiles (Efron 1979). */
export function interval(hits: readonly Hits[], measure: Measure, random: Random): readonly [number, number] {
  const draws = Array.from({ length: 2000 }, () => {
    let sum = 0;
    for (let i = 0; i < hits.length; i++) sum += Number(hits[Math.floor(random() * hits.length)][measure]);
    return sum / hits.length;
  }).sort((a, b) => a - b);
  return [toPercent(draws[50]), toPercent(draws[1949])];
}
