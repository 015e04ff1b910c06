/** Numbers that a deployment may choose. Those of `agreed` must be the same at every validator of an instance. */
import { ConsensusError } from '../errors.ts';

export interface TendermintParameters {
  /** Agreed. Most items in one block. */
  readonly blockItemsMax: number;
  /** Agreed. How many of the latest decided proposals are remembered, so that a copy of one is not decided again. */
  readonly decidedKept: number;
  /** Timeout of each step of the first round. ms */
  readonly timeoutMs: number;
  /** And how much longer with each further round. ms */
  readonly timeoutDeltaMs: number;
  /**
   * While a height is open, a process says so often where it stands, and is told what it missed. Longer than a step: what a proposer keeps
   * from some is to cost it its turn and blame it, not to be made good every time just before. ms
   */
  readonly resendMs: number;
  /** Latest blocks kept for those who missed them. A validator that missed more starts from another's disk. */
  readonly blocksKept: number;
  /** Agreed. A process whose turn to propose came to nothing sits out so many heights; below `blocksKept`, as the records of these tell. */
  readonly benchHeights: number;
}

export const DEFAULT_TENDERMINT: TendermintParameters = Object.freeze({
  blockItemsMax: 256,
  decidedKept: 8192,
  timeoutMs: 500,
  timeoutDeltaMs: 250,
  resendMs: 1000,
  blocksKept: 1024,
  benchHeights: 1000,
});

/** @throws ConsensusError BAD_PARAMETER */
export function createTendermintParameters(chosen: Partial<TendermintParameters> = {}): TendermintParameters {
  const parameters = { ...DEFAULT_TENDERMINT, ...chosen };
  const limits: Record<keyof TendermintParameters, readonly [number, number]> = {
    blockItemsMax: [1, 4096],
    decidedKept: [parameters.blockItemsMax, 65_536],
    timeoutMs: [1, 600_000],
    timeoutDeltaMs: [0, 600_000],
    resendMs: [1, 600_000],
    blocksKept: [1, 65_536],
    benchHeights: [0, parameters.blocksKept - 1],
  };
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = parameters[name as keyof TendermintParameters];
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new ConsensusError('BAD_PARAMETER', name, value, `an integer from ${low} to ${high}`);
    }
  }
  return Object.freeze(parameters);
}
