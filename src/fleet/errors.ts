/** Stable codes of errors that mean a mistake in the calling program, not in a record from outside. */
export type FleetErrorCode =
  | 'CELL_KEY_INVALID'
  | 'CELL_MISMATCH'
  | 'CELLS_INVALID'
  | 'WINDOW_NOT_DUE'
  | 'STATE_UNREADABLE'
  | 'FLEET_RECORD_INVALID'
  | 'REFERENCE_OPTION_INVALID'
  | 'TIME_BACKWARDS';

export class FleetError extends Error {
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string) {
    super(`${code}: ${message}`);
    this.name = 'FleetError';
    this.code = code;
  }
}
