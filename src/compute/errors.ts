/** What can go wrong in this folder; a code is stable. */
export type ComputeErrorCode =
  /** No provider of those asked for could load the program. */
  | 'device-unavailable'
  /** The program's file does not have the inputs and outputs of a step. */
  | 'program-invalid'
  /** A batch's arrays do not fit its row count. */
  | 'batch-shape'
  /** More steps are waiting than the runner admits. */
  | 'runner-busy'
  /** The runner was closed. */
  | 'runner-closed';

export class ComputeError extends Error {
  override readonly name = 'ComputeError';
  readonly code: ComputeErrorCode;

  constructor(code: ComputeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
