/** What may go wrong in a run. Everything follows from the seed. */
import type { Random } from './random.ts';

export const FAULTS = ['loss', 'delay', 'duplication', 'crash', 'partition', 'checks', 'twins', 'liars'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultPlan {
  /** Probability that a record is lost before it is appended. */
  readonly loss: number;
  /** Most time between sending and appending, and between appending and reading, ms. Unequal delays reorder what is sent. */
  readonly delayMs: number;
  /** Probability that a record is appended twice. */
  readonly duplication: number;
  readonly crashes: boolean;
  readonly partitions: boolean;
  /** Checks that wait, and that change their mind at different times at different validators. */
  readonly checks: boolean;
}

export const CALM: FaultPlan = Object.freeze({
  loss: 0,
  delayMs: 4,
  duplication: 0,
  crashes: false,
  partitions: false,
  checks: false,
});

/** Of the faults allowed, each is in a run or not, and as hard as the seed says. */
export function drawFaults(random: Random, allowed: ReadonlySet<Fault>): FaultPlan {
  const has = (fault: Fault): boolean => random.chance(0.6) && allowed.has(fault);
  return {
    loss: has('loss') ? random.next() * 0.2 : 0,
    delayMs: has('delay') ? random.int(10, 300) : CALM.delayMs,
    duplication: has('duplication') ? random.next() * 0.3 : 0,
    crashes: has('crash'),
    partitions: has('partition'),
    checks: has('checks'),
  };
}
