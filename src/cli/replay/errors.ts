/** What goes wrong with recorded data; codes are stable. */
export type ReplayErrorCode =
  /** The folder or one of its files cannot be read. */
  | 'data-unreadable'
  /** The folder holds no recording of the format asked for. */
  | 'data-missing'
  /** A file is not what its name says; the message names the line. */
  | 'data-malformed'
  /** Somebody ended it. */
  | 'replay-interrupted'
  /** The pipeline stood still for too long. */
  | 'replay-stalled';

export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;

  constructor(code: ReplayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
