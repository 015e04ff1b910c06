/** What can go wrong with Raft before or beside its messages. Never thrown for a message that is merely late, lost or repeated. */
export type RaftErrorCode =
  /** An option is out of its range. */
  | 'BAD_OPTION'
  /** A change of membership that is not allowed from the present configuration. */
  | 'CONFIGURATION_REFUSED'
  /** Storage holds something that Raft cannot have written. */
  | 'BAD_STORAGE'
  /** The node was used out of turn: ready twice without advance. */
  | 'OUT_OF_TURN'
  /** One of Raft's own invariants does not hold. The node must stop: going on could lose what was committed. */
  | 'INVARIANT_BROKEN';

export class RaftError extends Error {
  readonly code: RaftErrorCode;
  /** The sentence without code and values. */
  readonly reason: string;
  /** The offending value. */
  readonly value: unknown;
  /** What would have been accepted. */
  readonly valid: string;

  constructor(code: RaftErrorCode, reason: string, value: unknown, valid: string) {
    super(`${code}: ${reason} (got ${String(value)}; valid: ${valid})`);
    this.name = 'RaftError';
    this.code = code;
    this.reason = reason;
    this.value = value;
    this.valid = valid;
  }
}
