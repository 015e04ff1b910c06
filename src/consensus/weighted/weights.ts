/**
 * How much a vote may weigh, and how much weight binds: a function of n and f alone. Which validators are the heavy ones is up to
 * reputation.ts, and nothing in this file depends on it: what it promises holds for every choice of them.
 *
 * Sousa and Bessani, "Separating the WHEAT from the Chaff" (SRDS 2015), section III-B, scaled by f so that all weights are integers.
 */
import { ConsensusError } from '../errors.ts';

export interface Weights {
  /** n */
  readonly size: number;
  /** f: how many may lie. */
  readonly faulty: number;
  /** Weight of an ordinary vote: f (1 where f is 0). */
  readonly light: number;
  /** Weight of a vote of one of the heavy: f + d, where n = 3f + 1 + d. */
  readonly heavy: number;
  /** There are exactly this many of the heavy: 2f. */
  readonly heavyCount: number;
  /** Of all votes together; the same whoever is heavy. */
  readonly total: number;
  /** The most that f validators can hold: all of them heavy. */
  readonly faultyMax: number;
  /** Weight that binds: two such sets share more than `faultyMax`, and the n - f honest always hold it. */
  readonly quorum: number;
  /** Heads that bind, besides: 2f + 1, so that f + 1 honest ones stand behind everything. Follows from `quorum` and is counted all the same. */
  readonly heads: number;
}

/**
 * `faulty`: 0 to floor((size - 1) / 3). Fewer than the most there may be leave more spare validators, and smaller quorums.
 * @throws ConsensusError BAD_PARAMETER
 */
export function createWeights(size: number, faulty: number): Weights {
  const most = Math.floor((size - 1) / 3);
  if (!Number.isSafeInteger(faulty) || faulty < 0 || faulty > most) {
    throw new ConsensusError('BAD_PARAMETER', 'validators that may lie', faulty, `an integer from 0 to ${most}`);
  }
  const spare = size - 3 * faulty - 1;
  const light = Math.max(1, faulty);
  const heavy = light + spare;
  const heavyCount = 2 * faulty;
  const total = heavyCount * heavy + (size - heavyCount) * light;
  const faultyMax = faulty * heavy;
  const quorum = Math.floor((total + faultyMax) / 2) + 1;
  return { size, faulty, light, heavy, heavyCount, total, faultyMax, quorum, heads: 2 * faulty + 1 };
}
