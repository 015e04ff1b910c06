/** What the safety of the weighing rests on, in one place, as hotstuff/rules.ts is for the rest. The simulator swaps one at a time. */
import type { Weights } from './weights.ts';

export interface WeightRules {
  /** Whether votes of so many heads and so much weight bind. */
  binds(weights: Weights, heads: number, weight: number): boolean;
  /** How many are heavy. */
  heavyCount(weights: Weights): number;
  /** What a vote weighs. */
  weigh(weights: Weights, isHeavy: boolean): number;
  /** Whether it is time to choose the heavy anew: when a height is decided, and at no other time. */
  mayReweigh(isDecided: boolean): boolean;
  /** Whether signatures weigh for their signers already: only once a committed block vouches for them. */
  mayCredit(isCommittedTo: boolean): boolean;
  /** Whether blocks name the weights that they are voted on under. */
  namesWeights(): boolean;
}

export const WEIGHT_RULES: WeightRules = Object.freeze({
  binds: (weights, heads, weight) => heads >= weights.heads && weight >= weights.quorum,
  heavyCount: (weights) => weights.heavyCount,
  weigh: (weights, isHeavy) => (isHeavy ? weights.heavy : weights.light),
  mayReweigh: (isDecided) => isDecided,
  mayCredit: (isCommittedTo) => isCommittedTo,
  namesWeights: () => true,
} satisfies WeightRules);
