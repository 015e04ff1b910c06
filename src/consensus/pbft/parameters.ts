/** Numbers that a deployment may choose. Those of `agreed` must be the same at every validator of an instance. */
import { ConsensusError } from '../errors.ts';

export interface PbftParameters {
  /** Agreed. Most items in one block. */
  readonly blockItemsMax: number;
  /** Agreed. How many of the latest decided proposals are remembered, so that a copy of one does not count again. */
  readonly decidedKept: number;
  /** Agreed. A checkpoint is taken at every height that this divides. */
  readonly checkpointEvery: number;
  /** Agreed. Heights above the last stable checkpoint in which votes are taken; at least checkpointEvery. */
  readonly window: number;
  /** Blocks that a primary has under way at a time. */
  readonly inFlightMax: number;
  /** First timeout of a view; doubles with every view change in a row, up to 2^timeoutDoublings. ms */
  readonly timeoutMs: number;
  readonly timeoutDoublings: number;
  /** While something is open, a replica says so often where it stands, and is told what it missed. ms */
  readonly resendMs: number;
}

export const DEFAULT_PBFT: PbftParameters = Object.freeze({
  blockItemsMax: 256,
  decidedKept: 8192,
  checkpointEvery: 64,
  window: 128,
  inFlightMax: 4,
  timeoutMs: 500,
  timeoutDoublings: 6,
  resendMs: 250,
});

/** @throws ConsensusError BAD_PARAMETER */
export function createPbftParameters(chosen: Partial<PbftParameters> = {}): PbftParameters {
  const parameters = { ...DEFAULT_PBFT, ...chosen };
  const limits: Record<keyof PbftParameters, readonly [number, number]> = {
    blockItemsMax: [1, 4096],
    decidedKept: [parameters.blockItemsMax, 65_536],
    checkpointEvery: [1, 65_536],
    window: [parameters.checkpointEvery, 65_536],
    inFlightMax: [1, 1024],
    timeoutMs: [1, 600_000],
    timeoutDoublings: [0, 16],
    resendMs: [1, 600_000],
  };
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = parameters[name as keyof PbftParameters];
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new ConsensusError('BAD_PARAMETER', name, value, `an integer from ${low} to ${high}`);
    }
  }
  return Object.freeze(parameters);
}
