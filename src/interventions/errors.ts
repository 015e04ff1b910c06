/** Stable codes of what the planner and the outcome tracker refuse to be fed. Hostile proposals and policies are answers, not errors. */
export type InterventionErrorCode = 'WRONG_CELL' | 'UNREADABLE_STATE' | 'BAD_OPTION' | 'BAD_POLICY';

/** A caller's mistake or a broken state: what is wrong, the value found, and what would be valid. */
export class InterventionError extends Error {
  override readonly name = 'InterventionError';
  readonly code: InterventionErrorCode;
  readonly value: unknown;
  readonly valid: string;

  constructor(code: InterventionErrorCode, what: string, value: unknown, valid: string) {
    super(`${code}: ${what} (got ${String(value)}; valid: ${valid})`);
    this.code = code;
    this.value = value;
    this.valid = valid;
  }
}
