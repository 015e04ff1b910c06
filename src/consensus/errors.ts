/** What can go wrong before a protocol runs: wrong keys, wrong configuration, unreadable state. Never thrown for a hostile record. */
export type ConsensusErrorCode =
  | 'BAD_KEY'
  | 'BAD_VALIDATOR_SET'
  | 'BAD_PARAMETER'
  | 'BAD_ENCODING'
  | 'HISTORY_MISSING'
  | 'UNKNOWN_VALIDATOR';

export class ConsensusError extends Error {
  readonly code: ConsensusErrorCode;
  /** The offending value, shortened where it is long or secret. */
  readonly value: unknown;
  /** What would have been accepted. */
  readonly valid: string;

  constructor(code: ConsensusErrorCode, message: string, value: unknown, valid: string) {
    super(`${code}: ${message} (got ${String(value)}; valid: ${valid})`);
    this.name = 'ConsensusError';
    this.code = code;
    this.value = value;
    this.valid = valid;
  }
}
