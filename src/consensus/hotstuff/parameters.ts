/** Numbers that a deployment may choose. Those of `agreed` must be the same at every validator and learner of an instance. */
import { ConsensusError } from '../errors.ts';

export interface AgreedParameters {
  /** Most items in one block. */
  readonly blockItemsMax: number;
  /** How many of the latest decided proposals are remembered, so that a copy of one is not decided again. */
  readonly decidedKept: number;
  /** A checkpoint is written after every so many blocks. */
  readonly checkpointEvery: number;
}

export interface LocalParameters {
  /** First view timeout; doubles with every view in a row that failed, up to 2^timeoutDoublings. ms */
  readonly timeoutMs: number;
  readonly timeoutDoublings: number;
}

export type Parameters = AgreedParameters & LocalParameters;

export const DEFAULT_PARAMETERS: Parameters = Object.freeze({
  blockItemsMax: 256,
  decidedKept: 8192,
  checkpointEvery: 256,
  timeoutMs: 500,
  timeoutDoublings: 4,
});

/** @throws ConsensusError BAD_PARAMETER */
export function createParameters(chosen: Partial<Parameters> = {}): Parameters {
  const parameters = { ...DEFAULT_PARAMETERS, ...chosen };
  const limits: Record<keyof Parameters, readonly [number, number]> = {
    blockItemsMax: [1, 4096],
    decidedKept: [1, 65_536],
    checkpointEvery: [1, 1_000_000],
    timeoutMs: [1, 600_000],
    timeoutDoublings: [0, 16],
  };
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = parameters[name as keyof Parameters];
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new ConsensusError('BAD_PARAMETER', name, value, `an integer from ${low} to ${high}`);
    }
  }
  if (parameters.decidedKept < parameters.blockItemsMax) {
    throw new ConsensusError('BAD_PARAMETER', 'decidedKept', parameters.decidedKept, 'at least blockItemsMax');
  }
  return Object.freeze(parameters);
}
